// The Rust model in the overlay's words (its exports are those of crates/visualizer).

import { inSlices } from "./turns.js";

/** How many observations are scored at once. Judgement (November 2026): a few milliseconds of the translated model. */
const AT_ONCE = 500;

/** The model, for a site, from what `engine` exports. */
export function modelOf(engine, site) {
  const constants = engine.constants();
  return {
    constants,
    make: engine.make,
    compare: engine.compare,
    renewed: engine.renewed,
    selectors: engine.selectors,
    strength: engine.strength,
    strengthOfSelector: engine.strength_of_selector,
    breaches: engine.breaches,
    nameOf: (label) => engine.name_of(label, site),

    /** What an observation says, as signals without weights. */
    signalsOf: (observation) =>
      observation
        .split("\t")
        .slice(1)
        .map((part) => ({ kind: constants.kinds.get(part[0]), value: part.slice(1), weight: 0 })),

    /** Whether a text is as a rule says; no rule asks for anything. */
    fits: (rule, text) => !rule || engine.text_fits(rule, text),

    /** Whether one of the patterns means a page; none of them means every page. */
    isMeant: (patterns, url) => !patterns.length || patterns.some((pattern) => isMeant(pattern, url)),

    /** The score of each observation; none where `isOver` says so meanwhile. */
    async scores(fingerprint, lines, isOver) {
      const scores = [];
      const starts = Array.from({ length: Math.ceil(lines.length / AT_ONCE) }, (_, i) => i * AT_ONCE);
      const score = (start) => {
        scores.push(...engine.scores(fingerprint, lines.slice(start, start + AT_ONCE).join("\n")));
      };
      return (await inSlices(starts, score, isOver)) ? scores : null;
    },
  };

  // Half a pattern, while it is being written, means nothing.
  function isMeant(pattern, url) {
    try {
      return engine.page_matches(pattern, url);
    } catch {
      return false;
    }
  }
}
