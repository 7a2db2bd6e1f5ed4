// What an event will carry: the properties that are recorded by themselves, with what is masked shown as masked.

import { details, textAlong } from "../../../src/click.js";
import { attribute, closest, matches, pathOf } from "./dom.js";

/** Longest text and longest address that are recorded, in UTF-16 code units. Source: docs/api.md. */
const [MAX_TEXT, MAX_LINK] = [256, 1024];

const TYPED = "input:not([type=submit],[type=button],[type=reset]),textarea,select,[contenteditable]:not([contenteditable=false])";

/** The rows of the preview: `{name, value, isMasked}`. A masked one says in words why nothing is read. */
export function recordedOf(element) {
  const rows = element ? elementRows(element) : [];
  const { href } = location;
  return [
    ...rows,
    { name: "hs_page_url", value: href.slice(0, MAX_LINK) },
    { name: "hs_page_title", value: document.title.slice(0, MAX_TEXT) },
    { name: "hs_referrer", value: document.referrer.slice(0, MAX_LINK) },
  ].filter(({ value, isMasked }) => value || isMasked);
}

function elementRows(element) {
  if (closest(element, "[data-pugmark-private]")) {
    return [{ name: "hs_element_text", value: "The site marks this part as private: nothing of it is read.", isMasked: true }];
  }
  const [said, id, classes, link, position] = (details(pathOf(element), "1", MAX_LINK) ?? "").split("\t");
  const words = matches(element, TYPED)
    ? { name: "hs_element_text", value: "What visitors type or choose is never read.", isMasked: true }
    : { name: "hs_element_text", value: said?.slice(0, MAX_TEXT) };
  return [
    words,
    { name: "hs_element_id", value: id?.slice(0, MAX_TEXT) },
    { name: "hs_element_class", value: classes?.slice(0, MAX_TEXT) },
    { name: "hs_link_href", value: link },
    { name: "hs_element_position", value: position },
  ];
}

/** The text of an element as rules see it. */
export function textOf(element) {
  return textAlong(pathOf(element), MAX_TEXT) ?? "";
}

/** The opening tag of an element, short enough for a message to a developer. */
export function opening(element, tag) {
  const named = ["id", "class", "name", "type", "href"].map((name) => [name, attribute(element, name)]);
  const written = named.filter(([, value]) => value).map(([name, value]) => ` ${name}="${value.slice(0, 60)}"`);
  return `<${tag}${written.join("")}>`;
}
