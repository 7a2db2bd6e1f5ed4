// Judges a click against the rules: which event fires, why, and which nearly did.

import { targetsOf } from "./draft.js";
import { aloud, targetInWords, titlesOf } from "./sentences.js";

/**
 * What each rule makes of a click: `{name, label, fires, way, score, threshold, matching, missing, reason}`, those that
 * fire first; `way` says which of several elements it is that counts. Rules of which nothing is near are left out.
 *
 * `ways` are how elements are asked: `family`, `observe`, `compare`, `select(element, selector)`, `text`,
 * `fits(rule, text)`, `isMeant(pages)`, and the model's `constants`.
 */
export function judge(path, definitions, ways) {
  const observed = new Map();
  const observation = (element) => {
    if (!observed.has(element)) observed.set(element, ways.observe(element));
    return observed.get(element);
  };
  return definitions
    .filter(({ trigger, status }) => trigger?.type === "CLICKED_ELEMENT" && status !== "archived")
    .map((definition) => verdict(path, definition, { ...ways, observe: observation }))
    .filter(Boolean)
    .sort((one, other) => other.fires - one.fires || other.score / other.threshold - one.score / one.threshold);
}

function verdict(path, { name, label, status, trigger }, ways) {
  const targets = targetsOf(trigger);
  const tries = targets.flatMap((target) => attempts(path, target, ways).map((attempt) => ({ ...attempt, target })));
  const best = tries.sort((one, other) => other.reached - one.reached || other.score / other.threshold - one.score / one.threshold)[0];
  if (!best || best.score * 100 < best.threshold * ways.constants.near) return null;
  const obstacle =
    (!best.reached && "") ||
    (!ways.isMeant(trigger.pages ?? []) && "This page is not one of its pages.") ||
    (!best.hasText && "Its text is not what the rule asks for.") ||
    (status === "paused" && "It is paused.") ||
    null;
  return {
    name,
    label: label || name,
    fires: best.reached && !obstacle,
    way: targets.length > 1 ? aloud(targetInWords(best.target)) : null,
    score: best.score,
    threshold: best.threshold,
    matching: best.matching,
    missing: best.missing,
    reason: obstacle,
  };
}

function attempts(path, { selector, text, fingerprint }, ways) {
  if (!fingerprint) {
    const element = path.find((at) => ways.select(at, selector));
    const { whole } = ways.constants;
    return element ? [{ reached: true, hasText: ways.fits(text, ways.text(element)), score: whole, threshold: whole, matching: ["selector"], missing: [] }] : [];
  }
  return path
    .filter((element) => ways.family(element) === fingerprint.family)
    .map((element) => {
      const { score, threshold, matching, missing } = ways.compare(fingerprint, ways.observe(element));
      return {
        reached: score >= threshold,
        hasText: ways.fits(text, ways.text(element)),
        score,
        threshold,
        matching: titlesOf(matching),
        missing: titlesOf(missing),
      };
    });
}
