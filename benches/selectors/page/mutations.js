// What the next release may do to a page, one change at a time. Each gets an element and changes the document around it, or
// returns false where it has nothing to change, or the element that stands for it from then on.

import { clickables } from "./truth.js";

const make = (tag, text = "") => Object.assign(document.createElement(tag), { textContent: text });

const drop = (name) => (element) => element.hasAttribute(name) && element.removeAttribute(name);

const around = (element) => {
  const outer = [];
  for (let node = element.parentElement; node && node !== document.body; node = node.parentElement) outer.push(node);
  return outer;
};

/** The outermost of its kind: what stands in a list, with what it holds. */
const item = (element) => {
  let node = element;
  while (node.parentElement && node.parentElement !== document.body && node.parentElement.children.length === 1) {
    node = node.parentElement;
  }
  return node;
};

function shuffle(parent, random) {
  const children = [...parent.children];
  if (children.length < 2) return false;
  for (let last = children.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [children[last], children[other]] = [children[other], children[last]];
  }
  if (children.every((child, place) => child === parent.children[place])) children.reverse();
  parent.append(...children);
}

function rename(element, tag) {
  if (!element.parentNode || element === document.body) return false;
  const renamed = make(tag);
  for (const { name, value } of element.attributes) renamed.setAttribute(name, value);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
  return renamed;
}

/** Its texts become others, of as many words. */
function reword(element, words) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let place = 0;
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.trim()) texts.push(walker.currentNode);
  for (const text of texts) text.data = text.data.replace(/[^\s]+/g, () => words[place++ % words.length]);
  return place > 0;
}

const OTHER_WORDS = ["Voyage", "kindly", "amber", "Quilt", "northward"];

const link = (change) => (element) => {
  const href = element.getAttribute("href");
  if (!href || /^(#|javascript:|mailto:|tel:)/.test(href)) return false;
  element.setAttribute("href", change(href));
};

const classes = (change) => (element) => element.classList.length > 0 && element.setAttribute("class", change([...element.classList]).join(" "));

export const mutations = {
  "siblings in another order": (element, random) => {
    const node = item(element);
    return shuffle(node.parentElement, random);
  },
  "parts of the page in another order": (element, random) => {
    const parent = around(item(element))[1];
    return parent ? shuffle(parent, random) : false;
  },
  "a wrapper around it": (element) => {
    const wrapper = make("div");
    element.replaceWith(wrapper);
    wrapper.append(element);
  },
  "a wrapper further out": (element) => {
    const outer = around(element)[1];
    if (!outer) return false;
    const wrapper = make("div");
    outer.replaceWith(wrapper);
    wrapper.append(outer);
  },
  "its parent gone": (element) => {
    const parent = element.parentElement;
    if (parent === document.body) return false;
    parent.replaceWith(...parent.childNodes);
  },
  "its parent of another tag": (element) => {
    const parent = element.parentElement;
    return rename(parent, parent.localName === "div" ? "section" : "div") ? undefined : false;
  },
  "a sibling of its tag before it": (element) => {
    const node = item(element);
    const other = node.cloneNode(true);
    for (const one of [other, ...other.querySelectorAll("*")]) {
      for (const name of ["id", "name", "title", "aria-label", "alt"]) one.removeAttribute(name);
      if (one.hasAttribute("href")) one.setAttribute("href", "/brand/new");
    }
    reword(other, ["Brand", "new"]);
    node.before(other);
  },
  "another sibling before it": (element) => item(element).before(make("p", "Brand new")),
  "the sibling before it gone": (element) => {
    const before = item(element).previousElementSibling;
    return before ? before.remove() : false;
  },
  "a banner on top": () => document.body.prepend(make("div", "Brand new")),
  "moved to the end of the page": (element) => document.body.append(element),
  "another tag": (element) => {
    const other = { a: "button", button: "a" }[element.localName];
    return other ? rename(element, other) : false;
  },
  "its id gone": drop("id"),
  "the ids around it gone": (element) => {
    const outer = around(element).filter((node) => node.hasAttribute("id"));
    outer.forEach((node) => node.removeAttribute("id"));
    return outer.length > 0;
  },
  "a class gone": classes((names) => names.slice(1)),
  "its classes gone": drop("class"),
  "the classes around it gone": (element) => {
    const outer = around(element).filter((node) => node.hasAttribute("class"));
    outer.forEach((node) => node.removeAttribute("class"));
    return outer.length > 0;
  },
  "a state class": classes((names) => [...names, "is-active"]),
  "utility classes first": (element) => element.setAttribute("class", `mt-4 md:flex ${element.getAttribute("class") ?? ""}`),
  "a campaign in its link": link((href) => `${href.split("#")[0]}${href.includes("?") ? "&" : "?"}utm_source=spring`),
  "its link elsewhere": link(() => "/somewhere/else"),
  "its link gone": drop("href"),
  "its label another": (element) => {
    const names = ["aria-label", "title", "placeholder", "alt"].filter((name) => element.hasAttribute(name));
    names.forEach((name) => element.setAttribute(name, "Voyage kindly"));
    return names.length > 0;
  },
  "its text another": (element) => reword(element, OTHER_WORDS),
  "a number in its text": (element) => {
    const node = [...element.childNodes].findLast((child) => child.nodeType === 3 && child.data.trim());
    if (!node) return false;
    node.data = `${node.data.trimEnd()} (3)`;
  },
  "every other link's text another": (element) => {
    clickables().filter((other) => other !== element && !other.contains(element) && !element.contains(other)).forEach((other) => reword(other, OTHER_WORDS));
  },
  "data attributes gone": (element) => {
    const names = element.getAttributeNames().filter((name) => name.startsWith("data-"));
    names.forEach((name) => element.removeAttribute(name));
    return names.length > 0;
  },
};

/** The element itself is gone: nothing is right but to find nothing. */
export const removal = (element) => element.remove();

/** Builds that name classes anew each time: the names as one build makes them. */
export const builds = {
  "next build, CSS-in-JS": (name, seed) => `css-${hash(name + seed).slice(0, 6)}`,
  "next build, CSS modules": (name, seed) => `${name}__${hash(name + seed).slice(0, 5)}`,
};

/** Gives every element the classes that a build makes of those that were written. */
export function rebuild(written, build, seed) {
  for (const [element, names] of written) {
    element.setAttribute("class", names.map((name) => build(name, seed)).join(" "));
  }
}

function hash(text) {
  let value = 0x811c9dc5n;
  for (const letter of text) value = ((value ^ BigInt(letter.codePointAt(0))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return value.toString(36).padStart(10, "0").slice(-10);
}
