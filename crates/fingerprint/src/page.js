// Reads a page for the fingerprint engine: the text that page.rs describes, and the elements in its order.
//
// Everything is asked of the browser's own prototypes, because a control named "id" hides its form's property of that name.

const own = (prototype, name) => {
  const { get, value } = Object.getOwnPropertyDescriptor(prototype, name);
  return get ? (node) => get.call(node) : (node, ...given) => value.apply(node, given);
};
const firstChild = own(Node.prototype, "firstChild");
const nextSibling = own(Node.prototype, "nextSibling");
const nodeType = own(Node.prototype, "nodeType");
const localName = own(Element.prototype, "localName");
const shadowRoot = own(Element.prototype, "shadowRoot");
const attributeNames = own(Element.prototype, "getAttributeNames");
const attribute = own(Element.prototype, "getAttribute");
const matches = own(Element.prototype, "matches");
const data = own(CharacterData.prototype, "data");

// What is no part of what a page shows.
const UNSEEN = new Set(["script", "style", "template", "noscript", "link", "meta", "head"]);

// What people type or choose, and what the site marks as private, is not the site's text.
const UNREAD = "[data-pugmark-private],[contenteditable]:not([contenteditable=false]),textarea,select";

// Attributes that say something of an element, besides data-… and aria-….
const TELLING = new Set(["id", "class", "name", "src", "alt", "title", "role", "type", "for", "action", "placeholder"]);

// A button's value is its label; every other input's is the visitor's.
const BUTTONS = new Set(["submit", "button", "reset"]);

// Longer texts and values are cut; page.rs cuts them again, to what is compared.
const ENOUGH = 400;

/** The text of everything inside `root`, and its elements in the order of their lines. */
export function readPage(root = document) {
  const lines = [];
  const elements = [];
  const walk = (parent, depth, isRead) => {
    for (let node = firstChild(parent); node; node = nextSibling(node)) {
      const kind = nodeType(node);
      if (kind === 3) {
        const text = isRead ? line(data(node)).trim() : "";
        if (text) lines.push(`${depth}\t"${text}`);
      } else if (kind === 1 && !UNSEEN.has(localName(node))) {
        lines.push(`${depth}\t${described(node)}`);
        elements.push(node);
        const isReadInside = isRead && !matches(node, UNREAD);
        const shadow = shadowRoot(node);
        if (shadow) walk(shadow, depth + 1, isReadInside);
        walk(node, depth + 1, isReadInside);
      }
    }
  };
  walk(root, 0, true);
  return { text: lines.join("\n"), elements };
}

function described(element) {
  const tag = localName(element).toLowerCase();
  const parts = [tag];
  for (const name of attributeNames(element)) {
    if (name === "href" || name === "xlink:href") parts.push(`href=${line(link(attribute(element, name)))}`);
    else if (name === "onclick") parts.push("onclick=1");
    else if (name === "value" ? tag === "input" && BUTTONS.has(attribute(element, "type")) : isTelling(name)) {
      parts.push(`${name}=${line(attribute(element, name))}`);
    }
  }
  return parts.join("\t");
}

const isTelling = (name) => TELLING.has(name) || name.startsWith("data-") || name.startsWith("aria-");

/** Where a link leads: a path on the page's own site, else host and path. */
function link(href) {
  const written = href.slice(0, ENOUGH);
  if (written.startsWith("#")) return written;
  try {
    const url = new URL(written, document.baseURI);
    if (!url.protocol.startsWith("http")) return written;
    const path = url.pathname + url.search + url.hash;
    return url.host === location.host ? path : url.host.replace(/^www\./, "") + path;
  } catch {
    return written;
  }
}

const line = (text) => text.slice(0, ENOUGH).replace(/[\t\n\r]+/g, " ");
