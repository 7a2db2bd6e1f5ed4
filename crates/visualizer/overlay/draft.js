// What is being defined, before it is a definition: plain data, kept over navigations.

import { written } from "./counts.js";

/** A new event for a click. */
export function clickDraft(url) {
  return {
    kind: "click",
    ...unnamed(),
    pages: [],
    target: { selector: "", text: null, fingerprint: null },
    /** What counts as well: targets, each with the kinds of signals that are switched off in it as `without`. */
    alternatives: [],
    /** Kinds of signals that are switched off. */
    without: [],
    /** Whether the selector decides, as somebody has written it. */
    isByHand: false,
    /** Whether several that look alike are meant to be counted together; none while that is not decided. */
    isForAll: null,
    /** Whether the fingerprint must be made anew: not because somebody looks at the event on another page. */
    isDue: false,
    /** How many elements were meant on the pages of this sitting, the latest last. */
    seen: {},
    url,
  };
}

/** Most pages of which it is kept how many elements were meant. Judgement (November 2026): what fits the panel in a few lines. */
const MAX_SEEN = 12;

/** What was meant on the pages that were looked at, when on this one so many are. */
export function looked({ ...seen }, path, count) {
  delete seen[path];
  return Object.fromEntries([...Object.entries(seen), [path, count]].slice(-MAX_SEEN));
}

/** How many elements were meant on other pages than this one, as words; none if no other was looked at. */
export function elsewhere(seen, path) {
  const others = Object.entries(seen).filter(([other]) => other !== path);
  return others.map(([other, count]) => `${other} ${count || "none"}`).join(", ");
}

/** A new event for the view of a page. */
export function pageDraft(url, pattern) {
  return { kind: "page", ...unnamed(), pages: [pattern], url };
}

function unnamed() {
  return { original: null, label: "", name: "", isNamed: false, description: "", status: "active", rest: {} };
}

/** A definition, to be changed; its name stays. */
export function draftOf(definition, url) {
  const { name, label = "", description = "", status = "active", trigger, ...rest } = definition;
  const isClick = trigger.type === "CLICKED_ELEMENT";
  const common = { original: name, name, isNamed: true, label, description, status, rest, pages: trigger.pages ?? [] };
  if (!isClick) return { ...pageDraft(url), ...common };
  const { selector, text = null, fingerprint = null, alternatives = [] } = trigger;
  return {
    ...clickDraft(url),
    ...common,
    target: { selector, text, fingerprint },
    alternatives,
    isByHand: !fingerprint,
    isForAll: targetsOf(trigger).some(({ fingerprint }) => !fingerprint || fingerprint.alike > 1) ? true : null,
  };
}

/** The definition that a draft stands for, as the collector takes it. */
export function definitionOf(draft) {
  const { name, label, description, status, rest } = draft;
  return { ...rest, name, label: label.trim(), description: description.trim(), status, trigger: triggerOf(draft) };
}

/** When the event of a draft fires. */
export function triggerOf({ kind, pages, target, alternatives, isByHand }) {
  if (kind === "page") return { type: "VISITED_URL", pages };
  const { selector, text, fingerprint } = target;
  return {
    type: "CLICKED_ELEMENT",
    pages,
    selector,
    ...(text && { text }),
    ...(fingerprint && !isByHand && { fingerprint }),
    ...(alternatives.length && { alternatives: alternatives.map(({ without, ...target }) => target) }),
  };
}

/** The kinds that are switched off, once some more are, or some no longer. */
export function switched(without, kinds, isOff) {
  const rest = without.filter((kind) => !kinds.includes(kind));
  return isOff ? [...rest, ...kinds] : rest;
}

/** All the ways in which a definition knows its element. */
export function targetsOf({ selector, text, fingerprint, alternatives = [] }) {
  return [{ selector, text, fingerprint }, ...alternatives];
}

/**
 * Why a draft cannot be saved yet, as a sentence; none if it can. `count` is how many elements it means here, `alike` how
 * many look the same to it, if known.
 */
export function obstacle(draft, { count, alike, names = [] }) {
  if (draft.kind === "click") {
    if (!draft.target.selector) return "Pick an element that can be known again.";
    if (count === 0 && !draft.original) return "Nothing on this page is meant. Pick an element, or make it looser.";
    if (alike > 1 && draft.isForAll !== true) return `${written(alike)} elements look the same. Decide whether all are counted.`;
  } else if (!draft.pages.some(({ value }) => value.trim())) {
    return "Say which pages are meant.";
  }
  if (!draft.label.trim()) return "Give the event a name.";
  if (!draft.name) return "Give the event a short name.";
  if (!draft.original && names.includes(draft.name)) return `“${draft.name}” is taken. Choose another short name.`;
  return null;
}
