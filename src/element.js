// What is read of elements, for clicks and for fingerprints alike. Everything is asked with the browser's own methods,
// because a control named "matches" hides its form's method of that name.

const { getAttribute, matches } = Element.prototype;

// Nothing under an element with this attribute is read.
export const PRIVATE = "[data-pugmark-private]";

// What people type or choose is not the site's text, nor what visitors never see.
export const TYPED = "[contenteditable]:not([contenteditable=false]),textarea,select";
const UNREAD = `${PRIVATE},${TYPED},script,style,template,noscript,[hidden]`;

// As the classes of an element are parted.
export const SPACES = /[\t\n\f\r ]+/;

// Positions are counted so far.
export const MAX_POSITION = 1_000;

// An input whose value the site wrote, not the visitor.
export const BUTTON = "input[type=submit],input[type=button],input[type=reset]";

// The words inside a node, until there are enough, or more. A text of megabytes is looked at no further than that. With `shadows`,
// also what open shadow roots inside it show.
export function words(node, enough, shadows) {
  let text = "";
  const shadow = shadows && shadowOf(node);
  if (shadow) text = words(shadow, enough, shadows);
  for (let child = own(node, "firstChild"); child && text.length < enough; child = own(child, "nextSibling")) {
    const kind = own(child, "nodeType");
    let more = "";
    // A text is indented and broken into lines as it happens to be written.
    if (kind === 3) more = child.data.trimStart().slice(0, 4 * enough);
    if (kind === 1 && !is(child, UNREAD)) more = words(child, enough, shadows);
    if (more) text = folded(`${text} ${more}`);
  }
  return text;
}

// The open shadow root of an element; of any other node, none.
export function shadowOf(node) {
  return own(node, "nodeType") === 1 && own(node, "shadowRoot");
}

export function folded(text) {
  return text.replace(/\s+/g, " ").trim();
}

export function tag(element) {
  return own(element, "localName").toLowerCase();
}

export function attribute(element, name) {
  return getAttribute.call(element, name) ?? "";
}

export function is(element, selector) {
  return matches.call(element, selector);
}

// Which of several alike an element is, from 1: its own place, or that of what is around it, among those of the same tag.
export function position(element) {
  for (; element; element = around(element)) {
    const before = like(element, "previousElementSibling", MAX_POSITION);
    if (before || like(element, "nextElementSibling", 1)) return before + 1;
  }
  return 1;
}

// How many of its siblings on one side have its tag; `most` of them.
function like(element, way, most) {
  const name = tag(element);
  let found = 0;
  for (let other = element; found < most && (other = own(other, way)); ) {
    if (tag(other) === name) found++;
  }
  return found;
}

// The element around one; around what is outermost in a shadow root, its host.
export function around(element) {
  const parent = own(element, "parentNode");
  return parent instanceof ShadowRoot ? parent.host : own(element, "parentElement");
}

export function own(node, name) {
  return (getters[name] ??= getter(Element.prototype, name)).call(node);
}

const getters = {};

function getter(prototype, name) {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get ?? getter(Object.getPrototypeOf(prototype), name);
}
