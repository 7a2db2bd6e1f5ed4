// What can be said of an element, so that it is known again after the page has changed: read here for a click, and in the
// visualizer for a whole page. How much of it is worth what is decided elsewhere (crates/fingerprint).
//
// An observation is one line, its parts separated by tabs: "f" with the family, then a letter for the kind with what is
// said. Capitals speak of the element itself, small letters of what is around it (protocol/fingerprint.rs lists them).

import { BUTTON, PRIVATE, TYPED, around, attribute, folded, is, own, shadowOf, tag, words } from "./element.js";

const { closest, contains, getAttributeNames, getRootNode, querySelector } = Element.prototype;

/** Most elements of a page that are looked at. Judgement (November 2026): twice the 50,000 with which a picker must cope. */
export const MAX_ELEMENTS = 100_000;

// Of each kind so many are told: more say nothing that these don't. The same number of elements inside one is looked at.
const MANY = 8;

// Elements around one that are asked for their classes, for their tags and for their ids: farther ones say nothing more.
const NEAR = 5;
const NEARER = 4;

// Places beyond this are not counted: one of a hundred is not told apart by counting.
const MAX_PLACE = 100;

// Longest text, value, and what is looked at of a longer one. Texts are longer than the label of anything to be clicked.
const MAX_TEXT = 80;
const MAX_VALUE = 120;
const ENOUGH = 400;

// What is clicked as one thing, whatever lies inside it.
const CONTROL =
  "a,button,input,select,textarea,summary,[onclick],[role=button],[role=link],[role=tab],[role=menuitem]," +
  "[role=checkbox],[role=switch],[role=option],[role=radio]";

// What is no part of what a page shows.
const UNSEEN = /^(script|style|template|noscript|link|meta|head)$/i;

// Where nothing is read.
const UNREAD = `${PRIVATE},${TYPED}`;

// Attributes that are there for tests and trackers, that label, and that say what an element does.
const HOOK = /^data-(test|cy|qa|track|analytics|event|pugmark|amp-track|ga|gtm|action|automation)/;
const LABEL = /^(aria-label|title|alt|placeholder)$/;
const TELLING = /^(type|for|action|aria-controls|role|data-(?!v-).*)$/;

// What a program was meant to read, not what somebody has typed or is called.
const WORD_OF_CODE = /^[\w:./#-]{0,40}$/;

// Parts of a query that campaigns and sessions add.
const CAMPAIGN = /^(utm_|gclid|fbclid|msclkid|mc_|_hs|ref|source|sid|session)/;

// The host of a page's address, and the rest.
const PAGE = /^https?:\/\/(?:[^/?#]*@)?([\w.:[\]-]+)(\/.*)/;

const HEADING = "h1,h2,h3,h4,h5,h6,legend,caption";
const LANDMARK = /^(nav|header|footer|main|aside|form|dialog|article|table)$/;
const ROLES = {
  __proto__: null,
  navigation: "nav",
  banner: "header",
  contentinfo: "footer",
  complementary: "aside",
  search: "form",
};

const BEFORE = "previousElementSibling";
const AFTER = "nextElementSibling";

/** What an element may be confused with: among controls any other, else what has the same tag. */
export const family = (element) => (is(element, CONTROL) ? "control" : tag(element));

/** All that can be said of an element. Whoever observes many while the page stays as it is hands over the same `answers`. */
export function observe(element, answers = new Map()) {
  const parts = new Set([`f${family(element)}`]);
  const counts = {};
  const note = (kind, said) => {
    const part = kind + cut(said, MAX_VALUE);
    if (!said || parts.has(part)) return;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (counts[kind] <= MANY) parts.add(part);
  };
  // What the site marks as private may name a visitor: of that only what the site itself is made of.
  const isPrivate = isUnread(element) && isUnread(element, PRIVATE);
  if (isPrivate) parts.add("x");
  const noteAll = (kind, all) => all.forEach((said) => note(kind, said));

  note("t", tag(element));
  for (const name of getAttributeNames.call(element)) {
    const said = value(element, name);
    if (name === "id") note("I", said);
    else if (name === "class") noteAll("C", classes(element));
    else if (name === "name") note("N", said);
    else if (isPrivate) continue;
    else if (/^(xlink:)?href$/.test(name)) link(element, said, note);
    else if (LABEL.test(name)) note("L", cut(said, MAX_TEXT));
    else if (HOOK.test(name)) note("H", `${name}=${said}`);
    else if (TELLING.test(name) && WORD_OF_CODE.test(said)) note("A", `${name}=${said}`);
  }

  const told = once(answers, text, element) || (!isPrivate && is(element, BUTTON) ? cut(value(element, "value"), MAX_TEXT) : "");
  const wording = told.replace(/[\p{N}]+/gu, "#").toLowerCase();
  noteAll("V", wording.split(/[^\p{Alphabetic}\p{N}]+/u).filter(Boolean).slice(0, MANY));
  note("W", wording);
  note("T", told);

  for (const inner of isPrivate ? [] : everything(element, MANY)) {
    const name = tag(inner);
    if (/^(img|source)$/.test(name)) {
      note("L", cut(value(inner, "alt"), MAX_TEXT));
      const source = value(inner, "src");
      if (!source.startsWith("data:")) note("P", source.split(/[?#]/)[0].split("/").pop());
    } else if (name === "use") note("P", (value(inner, "href") || value(inner, "xlink:href")).split("#").pop());
    else if (/^(i|svg|span|em)$/.test(name)) noteAll("P", classes(inner).slice(0, 4));
  }

  let path = "";
  let outer = around(element);
  const parent = outer;
  const marks = [];
  for (let distance = 0; outer && distance < NEAR; outer = around(outer), distance++) {
    noteAll("s", once(answers, classes, outer));
    path = `${tag(outer)}>${path}`;
    if (distance % 2) note("p", path);
    marks.push(once(answers, mark, outer));
  }
  // What is farther out many elements have in common.
  if (outer) marks.push(...once(answers, marksFrom, outer));
  noteAll("a", marks.map(({ id }) => id).filter(Boolean).slice(0, NEARER));
  noteAll("l", marks.map(({ landmark }) => landmark));
  if (parent) {
    // A heading's own heading is that of what is around its part.
    let part = parent;
    while (part && once(answers, headingOf, part) === element) part = around(part);
    const heading = part && once(answers, headingOf, part);
    if (heading) note("h", once(answers, text, heading));
  }
  return `${[...parts].join("\t")}\t${beside(element, null, answers)}`;
}

/** What stands where an element stands, as in a list: the outermost one around it that holds nothing else. */
export function item(element) {
  let outer = element;
  while (outer && !next(outer, BEFORE) && !next(outer, AFTER)) [element, outer] = [outer, around(outer)];
  return outer ?? element;
}

/** The part of an observation that speaks of what stands before and after an element, or else its item: as it is, or as it
 * would be if `missing` were not on the page. */
export function beside(element, missing = null, answers = new Map()) {
  const standing = item(element);
  let place = 0;
  let other = standing;
  for (let steps = 0; steps < MAX_PLACE && (other = next(other, BEFORE, missing)); steps++) {
    if (tag(other) === tag(standing)) place++;
  }
  const says = (way, none) => {
    const other = next(standing, way, missing);
    return other ? once(answers, text, other) : none;
  };
  return [`b${says(BEFORE, "^")}`, `n${says(AFTER, "$")}`, `o${place}`].filter((part) => part[1]).join("\t");
}

/** Everything inside a node that a page may show, in the order of the document, with what open shadow roots hold; `most` of
 * it. */
export function everything(node, most = MAX_ELEMENTS, found = []) {
  const shadow = shadowOf(node);
  if (shadow) everything(shadow, most, found);
  for (let child = own(node, "firstChild"); child && found.length < most; child = own(child, "nextSibling")) {
    if (own(child, "nodeType") === 1 && !isUnseen(child)) {
      found.push(child);
      everything(child, most, found);
    }
  }
  return found;
}

// What a question has for an answer, asked of an element once: neighbours have the same around them.
function once(answers, question, element) {
  if (!answers.has(question)) answers.set(question, new Map());
  const known = answers.get(question);
  if (!known.has(element)) known.set(element, question(element, answers));
  return known.get(element);
}

function classes(element) {
  return value(element, "class").split(" ", MANY);
}

// What an element and all around it mark, the nearest first.
function marksFrom(element, answers) {
  const marks = [];
  for (; element; element = around(element)) marks.push(once(answers, mark, element));
  return marks;
}

// What an element marks for all that is in it: its id, and the landmark that it is.
function mark(element) {
  const role = value(element, "role");
  const landmark = [tag(element), ROLES[role] ?? role].find((each) => LANDMARK.test(each)) ?? "";
  return { id: value(element, "id"), landmark };
}

// The heading of the part of the page that an element holds, or is in. One beyond the landmark speaks of something else, and that
// of the whole page of everything.
function headingOf(element, answers) {
  for (; element && !/^(body|html)$/.test(tag(element)); element = around(element)) {
    const heading = once(answers, headingIn, element);
    if (heading || once(answers, mark, element).landmark) return heading;
  }
  return null;
}

function headingIn(element) {
  return shadowOf(element)?.querySelector(HEADING) ?? querySelector.call(element, HEADING);
}

// The sibling before or after an element. All that holds what is missing is missing with it: siblings never hold the element
// itself.
function next(node, way, missing) {
  do node = own(node, way);
  while (node && (isUnseen(node) || (missing && contains.call(node, missing))));
  return node;
}

function isUnseen(element) {
  return UNSEEN.test(own(element, "localName"));
}

// What an element says, in one line.
function text(element) {
  return isUnread(element) ? "" : cut(words(element, MAX_TEXT, true), MAX_TEXT).trim();
}

// Never through a pair of code units that are one character.
function cut(text, most) {
  return text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, "") : text;
}

// Whether it or something around it is not to be read.
function isUnread(element, what = UNREAD) {
  const root = getRootNode.call(element);
  return closest.call(element, what) || (root instanceof ShadowRoot && isUnread(root.host, what));
}

// The value of an attribute in one line. Of megabytes only the beginning is looked at.
function value(element, name) {
  return folded(attribute(element, name).slice(0, ENOUGH));
}

function link(element, href, note) {
  const [host, address] = addressOf(element, href);
  if (address.startsWith("javascript:") || address === "#") return;
  const [, path, query, fragment] = /^([^?#]*)\??([^#]*)#?(.*)/.exec(address);
  // Where there is nothing but a fragment, or an application keeps its routes there, it is the address.
  const isRoute = !path || /^[/!]/.test(fragment);
  const place = isRoute ? `${path}#${fragment}` : path;
  note("U", host + place);
  // A site may get another name, or write its own.
  if (place !== "/") note("U", place);
  if (!isRoute) note("E", (host + path).replace(/\/+$/, "").split("/").pop().split(".")[0]);
  note("Q", query.split("&").filter((part) => !CAMPAIGN.test(part)).join("&"));
}

// Where a link leads: another site's host, and the path; what is no page as it is written.
function addressOf(element, href) {
  const [, host, address] = (href[0] !== "#" && PAGE.exec(absolute(element, href).slice(0, ENOUGH))) || ["", "", href];
  return [host === location.host ? "" : host.replace(/^www\./, ""), address];
}

function absolute(element, href) {
  // An anchor knows it, and tells it sooner.
  if (typeof element.href === "string") return element.href;
  try {
    return new URL(href, own(element, "baseURI")).href;
  } catch {
    return href;
  }
}
