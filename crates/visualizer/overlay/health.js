// How a definition does on the page, and how likely it survives the next redesign: in a word, with the one reason and the one
// thing to do.

import { weightsOf } from "./sentences.js";

const POSITIONAL = /:nth-(child|of-type)|:first-/;

// Bare tags and classes, which many elements share.
const BROAD = /^[a-z*][a-z0-9-]*$|^[^#[]*$/i;

/**
 * The health of what decides about an element: `word` is "strong", "ok" or "fragile".
 *
 * A fingerprint is as strong as what is left when one thing about the element changes: it is strong if no single change
 * makes it silent, and fragile if several could. `whole` is the score of an element that has not changed.
 */
export function healthOf({ fingerprint, selector }, count, { whole }) {
  return fingerprint ? ofFingerprint(fingerprint, count, whole) : ofSelector(selector);
}

function ofFingerprint(fingerprint, count, whole) {
  const vital = weightsOf(fingerprint)
    .filter(({ weight }) => whole - weight < fingerprint.threshold)
    .sort((one, other) => other.weight - one.weight);
  if (count > 1 && count > fingerprint.alike) {
    return {
      word: "fragile",
      reason: `${count} elements of this page are meant, and it was made for ${fingerprint.alike}.`,
      action: "Make it stricter, or pick the element again.",
    };
  }
  if (!vital.length) return { word: "strong", reason: "It is known by several things; no single change makes it silent.", action: null };
  const reason = `It goes silent when its ${vital[0].title} changes${vital.length > 1 ? `, or its ${vital[1].title}` : ""}.`;
  return vital.length === 1
    ? { word: "ok", reason, action: "A tracking attribute in the page's code would make it strong.", needsHook: true }
    : { word: "fragile", reason, action: "Ask a developer for a tracking attribute.", needsHook: true };
}

function ofSelector(selector) {
  if (POSITIONAL.test(selector)) {
    return {
      word: "fragile",
      reason: "The selector counts places: when something is inserted before, another element is counted.",
      action: "Name an id or an attribute instead, or let the picker decide.",
      needsHook: true,
    };
  }
  if (BROAD.test(selector)) {
    return {
      word: "fragile",
      reason: "The selector names only tags and classes, which a redesign changes.",
      action: "Name an id or an attribute instead, or let the picker decide.",
      needsHook: true,
    };
  }
  return { word: "ok", reason: "A selector written by hand knows the element by that alone.", action: null };
}

/**
 * How an event does, in the collector's words: "one", or "several" where `isMore` says that more are meant than it was made
 * for; "weak" where of what may change before it goes silent more than half has changed; "none".
 */
export function foundOf({ count, isMore, score, threshold }, { whole }) {
  if (!count) return "none";
  if (isMore) return "several";
  return spared(score, threshold, whole) < 1 / 2 ? "weak" : "one";
}

/** How much of what may change before an element is not known any more is still so: from 0 to 1. */
export const spared = (score, threshold, whole) => (threshold < whole ? (score - threshold) / (whole - threshold) : 1);

/** What to send to the developers of the page so that an element can be told apart: a sentence that can be copied. */
export function wish(name, opening) {
  return `For our statistics, please add the attribute data-track="${name.replaceAll("_", "-") || "…"}" to this element, and keep it in later versions of the page: ${opening}`;
}
