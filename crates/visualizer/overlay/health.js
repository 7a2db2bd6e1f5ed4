// How a definition does on the page, and how likely it survives the next redesign: in a word, with the one reason and the one
// thing to do.

import { written } from "./counts.js";

const ACTIONS = {
  strong: null,
  ok: "A tracking attribute in the page's code would make it strong.",
  fragile: "Ask a developer for a tracking attribute.",
};

/** The health of what decides about an element: `word` is "strong", "ok" or "fragile". The model judges. */
export function healthOf({ fingerprint, selector }, count, model) {
  if (fingerprint && count > Math.max(1, fingerprint.alike)) {
    return {
      word: "fragile",
      reason: `${written(count)} elements of this page are meant, and it was made for ${fingerprint.alike}.`,
      action: "Make it stricter, or pick the element again.",
    };
  }
  if (fingerprint) {
    const { strength: word, reason } = model.strength(fingerprint);
    return { word, reason, action: ACTIONS[word], needsHook: word !== "strong" };
  }
  const { strength: word, reason } = model.strengthOfSelector(selector);
  const isFragile = word === "fragile";
  const action = isFragile ? "Name an id or an attribute instead, or let the picker decide." : null;
  return { word, reason, action, needsHook: isFragile };
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
