// Asks the page with the browser's own methods, because a control named "id" hides its form's property of that name. They
// work on the elements of same-origin frames as well, where `instanceof` does not.

const own = (prototype, name) => {
  const { get, value } = Object.getOwnPropertyDescriptor(prototype, name);
  return get ? (node) => get.call(node) : (node, ...given) => value.apply(node, given);
};

const { Document, DocumentFragment, Element, HTMLElement, Node } = globalThis;

export const parentNode = own(Node.prototype, "parentNode");
export const firstChild = own(Node.prototype, "firstChild");
export const nextSibling = own(Node.prototype, "nextSibling");
export const nodeType = own(Node.prototype, "nodeType");
export const ownerDocument = own(Node.prototype, "ownerDocument");
export const isConnected = own(Node.prototype, "isConnected");
export const compare = own(Node.prototype, "compareDocumentPosition");
export const contains = own(Node.prototype, "contains");
export const append = own(Element.prototype, "append");
export const attribute = own(Element.prototype, "getAttribute");
export const localName = own(Element.prototype, "localName");
export const shadowRoot = own(Element.prototype, "shadowRoot");
export const rectangleOf = own(Element.prototype, "getBoundingClientRect");
export const childElementCount = own(Element.prototype, "childElementCount");
const elementMatches = own(Element.prototype, "matches");
const elementFind = own(Element.prototype, "querySelector");
const findAllIn = {
  1: own(Element.prototype, "querySelectorAll"),
  9: own(Document.prototype, "querySelectorAll"),
  11: own(DocumentFragment.prototype, "querySelectorAll"),
};
const elementClick = own(HTMLElement.prototype, "click");
const scrollIntoView = own(Element.prototype, "scrollIntoView");

export const matches = (element, selector) => elementMatches(element, selector);
export const find = (element, selector) => elementFind(element, selector);

/** What a selector selects in a document, in an open component or below an element. */
export const findAll = (root, selector) => findAllIn[nodeType(root)](root, selector);

export const isElement = (node) => Boolean(node) && nodeType(node) === 1;

/** The tag, in lower case. */
export const tag = (element) => localName(element).toLowerCase();

/** The element around another one, across the borders of components. */
export function outer(element) {
  const parent = parentNode(element);
  if (!parent) return null;
  if (nodeType(parent) === 1) return parent;
  return nodeType(parent) === 11 ? (parent.host ?? null) : null;
}

/** An element and what is around it, outwards. */
export function pathOf(element) {
  const path = [];
  for (let at = element; at; at = outer(at)) path.push(at);
  return path;
}

/** The first of the elements around another one, itself included, that is selected, across the borders of components. */
export const closest = (element, selector) => pathOf(element).find((at) => matches(at, selector)) ?? null;

export function show(element) {
  scrollIntoView(element, { block: "center", inline: "nearest", behavior: isStill() ? "auto" : "smooth" });
}

/** Clicks as a keyboard does. */
export const press = (element) => elementClick(element);

/** Whether the person prefers that nothing moves. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** White space folded. */
export const folded = (text) => text.replace(/\s+/g, " ").trim();
