// What things are called when people talk about them: "Button “Add to cart” in Boots".

import { textAlong } from "../../../src/click.js";
import { attribute, closest, find, folded, matches, outer, ownerDocument, pathOf, tag } from "./dom.js";

/** Longest text in a name, in characters. Judgement (November 2026): one line of the panel. */
const MAX_TEXT = 40;

// Told by role first, then by tag.
const WORDS = {
  a: "Link",
  area: "Link",
  article: "Card",
  aside: "Side part",
  button: "Button",
  checkbox: "Checkbox",
  combobox: "Field",
  dialog: "Dialog",
  fieldset: "Group",
  figure: "Picture",
  footer: "Footer",
  form: "Form",
  header: "Header",
  iframe: "Frame",
  img: "Picture",
  input: "Field",
  label: "Label",
  li: "List item",
  link: "Link",
  listitem: "List item",
  main: "Main part",
  menuitem: "Menu item",
  nav: "Navigation",
  option: "Option",
  p: "Text",
  picture: "Picture",
  radio: "Choice",
  section: "Section",
  select: "Choice",
  span: "Text",
  summary: "Fold",
  svg: "Icon",
  switch: "Switch",
  tab: "Tab",
  table: "Table",
  textarea: "Field",
  video: "Video",
};

const INPUTS = { submit: "Button", button: "Button", reset: "Button", image: "Button", checkbox: "Checkbox", radio: "Choice" };
const HEADINGS = "h1,h2,h3,h4,h5,h6,[role=heading]";
const PARTS = "li,article,section,form,dialog,fieldset,[role=dialog],[role=group],[role=region],nav,header,footer,aside,tr";

/** The name of an element, in its parts: the kind of thing, its text (none where it has none), and in what it stands. */
export function nameOf(element) {
  const text = shortened(textOf(element));
  return { kind: kindOf(element), text, where: whereOf(element, text) };
}

/** A name as a sentence has it. */
export function spoken({ kind, text, where }) {
  return [kind, text && `“${text}”`, where && `in ${where}`].filter(Boolean).join(" ");
}

export function kindOf(element) {
  const role = attribute(element, "role");
  const name = tag(element);
  if ((name === "li" || role === "listitem") && find(element, HEADINGS)) return "Card";
  if (Object.hasOwn(WORDS, role ?? "")) return WORDS[role];
  if (name === "input") return INPUTS[attribute(element, "type")?.toLowerCase()] ?? "Field";
  if (/^h[1-6]$/.test(name)) return "Heading";
  if (name.includes("-")) return `Component <${name}>`;
  return Object.hasOwn(WORDS, name) ? WORDS[name] : "Part";
}

/** Cut where the panel ends, between characters as people see them. */
function shortened(text, most = MAX_TEXT) {
  // A text of megabytes is not taken apart.
  const start = text.slice(0, most * 4);
  const characters = globalThis.Intl?.Segmenter
    ? [...new Intl.Segmenter().segment(start)].map(({ segment }) => segment)
    : [...start];
  return characters.length > most ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : start;
}

// The text as it would be recorded, else what stands for it; never what somebody typed.
function textOf(element) {
  const recorded = textAlong(pathOf(element), 4 * MAX_TEXT);
  if (recorded) return recorded;
  if (closest(element, "[data-pugmark-private]")) return "";
  const label = labelOf(element) ?? attribute(element, "placeholder") ?? attribute(element, "title");
  const picture = matches(element, "img,svg") ? element : find(element, "img[alt],svg[aria-label]");
  return folded(label || (picture && (attribute(picture, "alt") || attribute(picture, "aria-label"))) || attribute(element, "name") || "");
}

// The label of a control: what stands in its <label>, or is named as its label.
function labelOf(element) {
  const given = attribute(element, "aria-label");
  if (given) return given;
  const document = ownerDocument(element);
  const named = attribute(element, "aria-labelledby")?.split(/\s+/)[0];
  const id = attribute(element, "id");
  const label =
    (named && find(document.documentElement, `#${CSS.escape(named)}`)) ||
    (id && find(document.documentElement, `label[for="${CSS.escape(id)}"]`)) ||
    closest(element, "label");
  return label && label !== element ? textAlong(pathOf(label), 4 * MAX_TEXT) : null;
}

// The nearest part that has a heading or a label of its own; else the landmark.
function whereOf(element, text) {
  for (let at = outer(element), tried = 0; at && tried < 4; at = outer(at)) {
    if (!matches(at, PARTS)) continue;
    tried++;
    const heading = find(at, HEADINGS);
    const words = heading && heading !== element ? textOf(heading) : attribute(at, "aria-label");
    const where = shortened(words ?? "", 30);
    if (where && where !== text) return matches(at, "nav") ? `the navigation “${where}”` : where;
    if (matches(at, "nav,header,footer")) return `the ${kindOf(at).toLowerCase()}`;
  }
  return "";
}
