// What an event will carry: the properties that are recorded by themselves, with what is masked shown as masked.

import { details, textAlong } from "../../../src/click.js";
import { attribute, closest, matches, pathOf } from "./dom.js";

const TYPED = "input:not([type=submit],[type=button],[type=reset]),textarea,select,[contenteditable]:not([contenteditable=false])";

/**
 * The rows of the preview: `{name, value, isMasked}`, their texts no longer than the model's `limits`. A masked one says in
 * words why nothing is read.
 */
export function recordedOf(element, limits) {
  const rows = element ? elementRows(element, limits) : [];
  const { href } = location;
  return [
    ...rows,
    { name: "hs_page_url", value: href.slice(0, limits.link) },
    { name: "hs_page_title", value: document.title.slice(0, limits.value) },
    { name: "hs_referrer", value: document.referrer.slice(0, limits.link) },
  ].filter(({ value, isMasked }) => value || isMasked);
}

function elementRows(element, limits) {
  if (closest(element, "[data-pugmark-private]")) {
    return [{ name: "hs_element_text", value: "The site marks this part as private: nothing of it is read.", isMasked: true }];
  }
  const [said, id, classes, link, position] = (details(pathOf(element), "1", limits.link) ?? "").split("\t");
  const words = matches(element, TYPED)
    ? { name: "hs_element_text", value: "What visitors type or choose is never read.", isMasked: true }
    : { name: "hs_element_text", value: said?.slice(0, limits.value) };
  return [
    words,
    { name: "hs_element_id", value: id?.slice(0, limits.value) },
    { name: "hs_element_class", value: classes?.slice(0, limits.value) },
    { name: "hs_link_href", value: link },
    { name: "hs_element_position", value: position },
  ];
}

/** The text of an element as rules see it. */
export function textOf(element, limits) {
  return textAlong(pathOf(element), limits.value) ?? "";
}

/** The opening tag of an element, short enough for a message to a developer. */
export function opening(element, tag) {
  const named = ["id", "class", "name", "type", "href"].map((name) => [name, attribute(element, name)]);
  const written = named.filter(([, value]) => value).map(([name, value]) => ` ${name}="${value.slice(0, 60)}"`);
  return `<${tag}${written.join("")}>`;
}
