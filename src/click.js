// Reads clicks: what rules may ask about the elements on a click's path, and what is recorded of those that they select.
// Everything is asked with the browser's own methods, as in element.js.

import { BUTTON, PRIVATE, SPACES, TYPED, around, attribute, folded, is, own, position, shadowOf, tag, words } from "./element.js";
import { family, observe } from "./signals.js";

const { closest, getAttribute, getAttributeNames, hasAttribute } = Element.prototype;

const EVENT = "data-pugmark-event";
const PROPERTY = "data-pugmark-prop-";

// So long what the focus does comes of what somebody did on the page, in milliseconds. Judgement (November 2026).
const SAME_DEED = 1_000;

// A control that is disabled, for the browser or for assistive technology.
const DISABLED = ":disabled,[aria-disabled=true]";

// While the rules are not known, so many elements are observed for fingerprints, the innermost.
const ENOUGH_WITHOUT_RULES = 6;

// Calls back with the path of each click, its elements from the innermost outwards, before the page's own listeners can
// stop it.
export function onClick(clicked) {
  const pathOf = guarded((event) => event.composedPath().filter((node) => node instanceof Element));
  addEventListener("click", (event) => clicked(pathOf(event) ?? []), true);
  onFrame(clicked);
}

// Of a click into another site's frame a page hears only that the frame takes the focus, when somebody has done something, and not
// on the page itself: a key that moves the focus there is no click, nor is a button that puts the frame in its place. A further
// click there is heard of when something outside has had the focus in between.
export function onFrame(clicked) {
  let done = -Infinity;
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, (event) => (done = event.timeStamp), true);
  const pathOf = guarded((at) => {
    if (at - done < SAME_DEED || navigator.userActivation?.isActive === false) return;
    let element = Reflect.get(Document.prototype, "activeElement", document);
    for (let inner; (inner = shadowOf(element)?.activeElement); ) element = inner;
    // What can be looked into is a page of its own.
    if (!is(element, "iframe") || element.contentDocument) return;
    const path = [];
    for (; element; element = around(element)) path.push(element);
    return path;
  });
  // Not every browser has moved the focus by now.
  addEventListener("blur", ({ timeStamp }) =>
    setTimeout(() => {
      const path = pathOf(timeStamp);
      if (path) clicked(path);
    }),
  );
}

// An event that the page's markup declares: its properties, and its name with the details of the element after it.
export const declared = guarded((path, enough) => {
  const place = path.findIndex((element) => hasAttribute.call(element, EVENT));
  if (place < 0 || path.slice(0, place + 1).some(isDisabled)) return;
  const element = path[place];
  const properties = getAttributeNames
    .call(element)
    .filter((name) => name.startsWith(PROPERTY))
    // Written with hyphens, as attributes are; a name with underscores means the same.
    .map((name) => [name.slice(PROPERTY.length).replaceAll("-", "_"), attribute(element, name)]);
  const name = folded(attribute(element, EVENT).slice(0, enough));
  return [Object.fromEntries(properties), `${name}\t${recorded(path.slice(place), enough)}`];
});

// The path of a click as the rules read it (crates/engine/src/rules), with the attributes that are of interest; ":" stands
// for the places among siblings, "=" and a family for what fingerprints are compared with, "*" for everything.
export const lines = guarded((path, interests) => {
  const all = interests === "*";
  const names = interests.split("\t");
  const counts = all || names.includes(":");
  const hasFamilies = interests.includes("\t=");
  // Most often nothing is disabled, and one question to the innermost element of each tree tells so.
  const mayBeDisabled = path.some((element, place) => {
    const isInnermost = !place || own(path[place - 1], "parentElement") !== element;
    return isInnermost && closest.call(element, DISABLED);
  });
  const answers = new Map();
  const line = (element, place) => {
    let text = (mayBeDisabled && isDisabled(element) ? "!\t<" : "<") + tag(element);
    const id = attribute(element, "id");
    if (id) text += `\t#${clean(id)}`;
    for (const name of attribute(element, "class").split(SPACES)) {
      if (name) text += `\t.${name}`;
    }
    for (const name of all ? getAttributeNames.call(element) : names) {
      const value = getAttribute.call(element, name);
      if (value != null) text += `\t[${name}=${clean(value)}`;
    }
    if (counts) {
      let child = 1;
      let ofType = 1;
      for (let other = element; (other = own(other, "previousElementSibling")); child++) {
        if (tag(other) === tag(element)) ofType++;
      }
      text += `\t:${child}\t/${ofType}`;
    }
    const isCompared = all ? place < ENOUGH_WITHOUT_RULES : hasFamilies && names.includes(`=${family(element)}`);
    if (isCompared) text += `\t${observe(element, answers)}`;
    return text;
  };
  return path.map(line).join("\n");
});

// What is recorded of the elements of the path that are marked with a "1", line by line, and nothing of the others.
export const details = guarded((path, marks, enough) => {
  // What is private or typed may lie further out than what is marked.
  const read = (place) => (marks[place] > 0 ? recorded(path.slice(place), enough) : "");
  return path.slice(0, marks.length).map((_, place) => read(place)).join("\n");
});

// What is recorded of an element, given with what is around it, innermost first: text, id, class and link, `enough` of each, and its position;
// of one that the site marks as private, nothing.
function recorded(path, enough) {
  if (isPrivate(path)) return "";
  const [element] = path;
  const link = closest.call(element, "a[href]");
  const href = typeof link?.href === "string" ? link.href : link && attribute(link, "href");
  const parts = [attribute(element, "id"), attribute(element, "class"), href ?? ""].map((part) => kept(part, enough));
  return [textOf(path, enough), ...parts, position(element)].join("\t");
}

// The text alone.
export const textAlong = guarded((path, enough) => (isPrivate(path) ? "" : textOf(path, enough)));

function textOf(path, enough) {
  return path.some((outer) => is(outer, TYPED)) ? "" : kept(label(path[0], enough), enough);
}

function kept(part, enough) {
  return folded(part.slice(0, enough));
}

// The path rather than `closest` tells, because it crosses the borders of components.
function isPrivate(path) {
  return path.some((outer) => is(outer, PRIVATE));
}

// The text of an element; of a button without any, its label.
function label(element, enough) {
  return (
    words(element, enough) || (is(element, BUTTON) && attribute(element, "value")) || attribute(element, "aria-label")
  );
}

// A form feed is white space as well, and no rule speaks of it.
function clean(text) {
  return text.replace(/[\t\n]/g, "\f");
}

function isDisabled(element) {
  return is(element, DISABLED);
}

// Where a page has put something into the prototype that throws, nothing is read.
function guarded(read) {
  return (...given) => {
    try {
      return read(...given);
    } catch {}
  };
}
