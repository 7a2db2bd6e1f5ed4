// How much an element may differ and still be meant, in steps from strict to loose.

/** Scores closer than this belong to one step. Judgement (November 2026): less than any signal that people would notice. */
const STEP = 40;

/** What says which one an element is. What is left without it says of what sort it is: its look, and where such things
 * stand. */
export const SINGULAR = [
  ...["hook", "id", "name", "label", "text", "wording", "word", "link", "target", "query", "picture"],
  ...["heading", "before", "after", "place"],
];

/** Most steps looser than what was made. */
const MAX_LOOSER = 4;

/**
 * The steps, strict first: from which score on an element is meant, and how many of the page are. One of them, marked
 * `isMade`, is the threshold with which the fingerprint was made; each looser one lets in the elements that come next. None is lower than
 * `least`, and `whole` is the score of the same element.
 */
export function steps(fingerprint, scores, { whole, least }) {
  const made = fingerprint.threshold;
  const step = (threshold, isMade = false) => ({ threshold, isMade, count: scores.filter((score) => score >= threshold).length });
  const strict = Math.round((made + whole) / 2);
  const looser = [];
  const below = scores.filter((score) => score < made).sort((one, other) => other - one);
  for (let place = 0; place < below.length && looser.length < MAX_LOOSER; ) {
    const last = below.findLastIndex((score) => score >= below[place] - STEP);
    // Half way to what comes next, so that these are still meant when they change a little.
    const next = below[last + 1] ?? 0;
    const threshold = Math.max(least, Math.ceil((below[last] + next) / 2));
    if (below[place] < least || threshold >= made) break;
    looser.push(step(threshold));
    place = last + 1;
  }
  return [...(strict > made ? [step(strict)] : []), step(made, true), ...looser];
}
