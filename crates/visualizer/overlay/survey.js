// Observes all elements of a family on the page, once, and keeps the result until the page changes.

import { elementsIn } from "./page.js";
import { inSlices } from "./turns.js";

/**
 * Most elements of a family that are compared; what comes after them on the page counts as not there.
 *
 * Judgement (November 2026): all controls of the largest pages we know; the plain boxes of such a page are cut.
 */
export const MAX_OBSERVED = 20_000;

export class Survey {
  #kept = new Map();

  /** `signals` observes: src/signals.js. */
  constructor(signals) {
    this.signals = signals;
  }

  /**
   * The elements of a family in a document, and what was observed of each: `{elements, lines}`. Asked twice for the same,
   * it observes once.
   */
  of(root, family) {
    const key = this.#kept.get(root) ?? new Map();
    this.#kept.set(root, key);
    if (!key.has(family)) key.set(family, this.#observe(root, family));
    return key.get(family);
  }

  /** Forgets what was observed, because the page has changed. */
  forget() {
    this.#kept.clear();
  }

  async #observe(root, family) {
    const elements = [];
    const lines = [];
    // What neighbours have in common is asked for once.
    const answers = new Map();
    await inSlices(elementsIn(root), (element) => {
      if (elements.length === MAX_OBSERVED || this.signals.family(element) !== family) return;
      elements.push(element);
      lines.push(this.signals.observe(element, answers));
    });
    return { elements, lines };
  }
}
