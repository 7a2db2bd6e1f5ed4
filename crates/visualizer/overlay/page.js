// Reads the page: what people can click, what lies around it, where it is on the screen, and what cannot be reached.

import {
  attribute,
  childElementCount,
  contains,
  findAll,
  firstChild,
  isElement,
  localName,
  matches,
  nextSibling,
  nodeType,
  outer,
  ownerDocument,
  pathOf,
  rectangleOf,
  shadowRoot,
  tag,
} from "./dom.js";

// What people click as one thing.
const CLICKABLE = [
  "a[href]",
  "area[href]",
  "button",
  "input:not([type=hidden])",
  "select",
  "textarea",
  "summary",
  "label",
  "[onclick]",
  "[data-pugmark-event]",
  ...["button", "link", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "switch", "option", "radio"].map(
    (role) => `[role=${role}]`,
  ),
].join();

// What people see as one part of a page.
const PART =
  "li,article,section,form,dialog,nav,header,footer,aside,main,fieldset,figure,table,[role=dialog],[role=group],[role=region],[role=listitem]";

/** The tag of our own element, which is no part of the page. */
export const HOST = "pugmark-visualizer";

const FRAMES = "iframe,frame";
const UNREACHABLE = "iframe,frame,object,embed";

/** Most parts around an element that are offered. Judgement (November 2026): what fits the panel in two lines. */
const MAX_OUTER = 4;

const isClickable = (element) => matches(element, CLICKABLE);

/** Every element of a document or part of it, those in open components included, in the order of the document. */
export function* elementsIn(root) {
  const open = [];
  let node = firstChild(root);
  for (;;) {
    while (!node) {
      if (!open.length) return;
      node = open.pop();
    }
    const next = nextSibling(node);
    if (nodeType(node) !== 1 || localName(node) === HOST) {
      node = next;
      continue;
    }
    yield node;
    const shadow = shadowRoot(node);
    if (next) open.push(next);
    const child = firstChild(node);
    if (shadow) {
      if (child) open.push(child);
      node = firstChild(shadow);
    } else {
      node = child;
    }
  }
}

/** A document and the insides of its open components. */
export function rootsIn(document) {
  return [document, ...[...elementsIn(document)].map(shadowRoot).filter(Boolean)];
}

/** What can be clicked, in the order of the document, if it is to be seen. */
export function clickables(root) {
  return [...elementsIn(root)].filter((element) => isClickable(element) && isVisible(element));
}

/** What is meant when somebody points at an element: the nearest that can be clicked, not the icon inside it. */
export function snapped(element) {
  const path = pathOf(element);
  const clickable = path.find(isClickable);
  if (clickable) return clickable;
  // A page's own buttons are told by their cursor, which what is inside them inherits.
  const pointed = path.findLastIndex?.((at, place) => hasPointer(at) && path.slice(0, place).every(hasPointer)) ?? -1;
  return pointed >= 0 ? path[pointed] : element;
}

/** Whether an element is what would be meant if somebody pointed at it, because it can be clicked. */
export function isTarget(element) {
  if (isClickable(element)) return true;
  if (!hasPointer(element)) return false;
  const around = outer(element);
  return !(around && hasPointer(around)) && !pathOf(element).some(isClickable);
}

const hasPointer = (element) => getComputedStyle(element).cursor === "pointer";

/** What an element may be exchanged for: itself, what is inside it where it was hit, and what is around it; innermost first. */
export function levels(element, hit) {
  const inner = hit && hit !== element && contains(element, hit) ? [hit] : [];
  const around = pathOf(element)
    .slice(1)
    .filter((at) => isClickable(at) || matches(at, PART));
  return [...inner, element, ...around.slice(0, MAX_OUTER)];
}

export function isVisible(element) {
  const { width, height } = rectangleOf(element);
  return width > 0 && height > 0 && (element.checkVisibility?.({ visibilityProperty: true }) ?? true);
}

/** The neighbours of an element for the arrow keys; none where the page ends. */
export const neighbour = {
  ArrowUp: (element) => (["html", "body"].includes(tag(outer(element) ?? element)) ? null : outer(element)),
  ArrowDown: (element) => firstElement(shadowRoot(element) ?? element, isVisible),
  ArrowRight: (element) => sibling(element, 1),
  ArrowLeft: (element) => sibling(element, -1),
};

function firstElement(root, fits) {
  for (let node = firstChild(root); node; node = nextSibling(node)) {
    if (isElement(node) && fits(node)) return node;
  }
  return null;
}

function sibling(element, step) {
  const all = [...childrenOf(outer(element) ?? ownerDocument(element))].filter((at) => at === element || isVisible(at));
  return all[all.indexOf(element) + step] ?? null;
}

function* childrenOf(root) {
  for (let node = firstChild(root); node; node = nextSibling(node)) {
    if (isElement(node) && localName(node) !== HOST) yield node;
  }
}

/** Where an element is in the window of the top page: left, top, width and height in CSS pixels. */
export function rectangle(element) {
  let { left, top, width, height } = rectangleOf(element);
  for (let frame = frameOf(ownerDocument(element)); frame; frame = frameOf(ownerDocument(frame))) {
    const around = rectangleOf(frame);
    left += around.left + frame.clientLeft;
    top += around.top + frame.clientTop;
  }
  return { left, top, width, height };
}

/** Whether some of a rectangle is in the window. */
export const isInWindow = ({ left, top, width, height }) => top < innerHeight && left < innerWidth && top + height > 0 && left + width > 0;

/** The frame in which a document is shown; none for the top page. */
export function frameOf(document) {
  try {
    return document.defaultView?.frameElement ?? null;
  } catch {
    return null;
  }
}

/** The documents that can be read: the page, then its frames of the same origin. */
export function documents(root = document, found = [root]) {
  for (const frame of findAll(root, FRAMES)) {
    const inner = contentOf(frame);
    if (inner && !found.includes(inner)) documents(inner, (found.push(inner), found));
  }
  return found;
}

function contentOf(frame) {
  try {
    // A frame that is still empty shows a document that it will not keep.
    return frame.contentDocument?.defaultView ? frame.contentDocument : null;
  } catch {
    return null;
  }
}

/** The frames whose inside cannot be reached. */
export function closedFrames() {
  return documents()
    .flatMap(rootsIn)
    .flatMap((root) => [...findAll(root, UNREACHABLE)])
    .filter((frame) => isClosed(frame) && isVisible(frame));
}

/** Whether an element is a frame, or a plug-in, whose inside cannot be reached. */
export const isClosed = (element) => matches(element, UNREACHABLE) && !contentOf(element);

/** Whether clicks into an element are heard of by what has the focus. */
export const isFrame = (element) => matches(element, "iframe");

/** Whether something of the page lies above the middle of an element; `ours` does not count. */
export function isCovered(element, ours) {
  const { left, top, width, height } = rectangleOf(element);
  const above = ownerDocument(element).elementsFromPoint(left + width / 2, top + height / 2);
  return above.find((at) => at !== ours) !== element;
}

/** Why what is inside an element cannot be pointed at, as a sentence; none if it can. */
export function barrier(element) {
  const name = tag(element);
  if (isClosed(element)) {
    const host = hostOf(attribute(element, "src") ?? attribute(element, "data") ?? "");
    const counted = isFrame(element) ? "a first click into it can be counted, not what it was on" : "only the page around it can be counted";
    return `This part is shown by ${host ?? "another site"}. Browsers keep its inside from us: ${counted}.`;
  }
  if (name.includes("-") && !shadowRoot(element) && !childElementCount(element)) {
    return `The inside of <${name}> is closed. It can be counted as a whole, not what is in it.`;
  }
  return null;
}

function hostOf(address) {
  try {
    return new URL(address, document.baseURI).host || null;
  } catch {
    return null;
  }
}
