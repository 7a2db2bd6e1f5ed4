// Finds elements of the page: those that a target means, and the one that a fingerprint knows best.

import { findAll, matches, ownerDocument, tag } from "./dom.js";
import { documents, rootsIn } from "./page.js";
import { textOf } from "./recorded.js";
import { MAX_OBSERVED, Survey } from "./survey.js";

/** Thrown where `isOver` says that nobody waits for the answer any more. */
export const isNewer = Symbol("a newer question makes this one pointless");

export class Finder {
  #roots = new Map();

  constructor({ model, signals }) {
    Object.assign(this, { model, signals });
    this.survey = new Survey(signals);
  }

  /** Forgets what was read, because the page has changed. */
  forget() {
    this.survey.forget();
    this.#roots.clear();
  }

  /** The documents that page patterns speak of: a frame is a page of its own. */
  about(pages) {
    return documents().filter(({ location }) => this.model.isMeant(pages, location.href));
  }

  /** What a target means in some documents, and how near its fingerprint comes to each of the `elements` there. */
  async find({ selector, text, fingerprint }, roots, isOver) {
    const meant = [];
    const scores = [];
    const elements = [];
    for (const root of roots) {
      if (fingerprint) {
        const found = await this.#scored(root, fingerprint, isOver);
        for (const [place, score] of found.scores.entries()) {
          scores.push(score);
          elements.push(found.elements[place]);
          if (score >= fingerprint.threshold) meant.push(found.elements[place]);
        }
      } else if (selector) {
        meant.push(...(select(this.rootsIn(root), selector) ?? []));
      }
    }
    const fits = (element) => this.model.fits(text, textOf(element, this.model.constants.limits));
    return { meant: text ? meant.filter(fits) : meant, scores, elements };
  }

  /** What a fingerprint knows best, if it knows anything. */
  async refind(fingerprint, isOver) {
    const { scores, elements } = await this.find({ fingerprint }, documents(), isOver);
    const best = highest(scores);
    return best >= fingerprint.threshold ? elements[scores.indexOf(best)] : null;
  }

  /** Whether only the first of a page's elements of a family were read. */
  async isCut(family) {
    return (await this.survey.of(document, family)).elements.length === MAX_OBSERVED;
  }

  /** The first of the model's proposals that selects nothing else; else the one that selects the fewest. */
  selectorOf(element, own) {
    const roots = this.rootsIn(ownerDocument(element));
    const counts = this.model.selectors(own).map((selector) => {
      const found = select(roots, selector);
      return { selector, count: found?.includes(element) ? found.length : Infinity };
    });
    const best = counts.find(({ count }) => count === 1) ?? counts.sort((one, other) => one.count - other.count)[0];
    return best && best.count < Infinity ? best.selector : tag(element);
  }

  /** A document and the open shadow roots in it, until the page changes. */
  rootsIn(document) {
    if (!this.#roots.has(document)) this.#roots.set(document, rootsIn(document));
    return this.#roots.get(document);
  }

  async #scored(root, fingerprint, isOver) {
    const { elements, lines } = await this.survey.of(root, fingerprint.family);
    const scores = await this.model.scores(fingerprint, lines, isOver);
    if (!scores) throw isNewer;
    return { elements, scores };
  }
}

/** The highest score, which may be of very many; 0 of none. */
export const highest = (scores) => scores.reduce((best, score) => Math.max(best, score), 0);

/** Whether a selector, perhaps none, selects an element. */
export function isSelected(element, selector) {
  try {
    return matches(element, selector);
  } catch {
    return false;
  }
}

// What a selector selects; nothing where it is none.
function select(roots, selector) {
  try {
    return roots.flatMap((root) => [...findAll(root, selector)]);
  } catch {
    return null;
  }
}
