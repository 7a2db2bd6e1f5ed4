// A page as it was observed at one moment: each element at most once, and only those that are asked for.

import { beside, everything, family, item, observe } from "../../../src/signals.js";

export class Observed {
  #lines = new Map();
  #answers = new Map();
  #families;

  /** `isLeftOut` tells of elements that are no part of the page, such as our own. */
  constructor(root = document, isLeftOut = () => false) {
    const elements = everything(root).filter((element) => !isLeftOut(element));
    this.#families = Map.groupBy(elements, family);
  }

  /** The elements of a family, in the order of the document. */
  of(family) {
    return this.#families.get(family) ?? [];
  }

  /** What was observed of an element. */
  line(element) {
    if (!this.#lines.has(element)) this.#lines.set(element, observe(element, this.#answers));
    return this.#lines.get(element);
  }

  /** Observations of several, one a line. */
  lines(elements) {
    return elements.map((element) => this.line(element)).join("\n");
  }

  /** What a fingerprint is made of: the arguments of the model's `make`. */
  around(element) {
    const others = this.of(family(element)).filter((other) => other !== element);
    // Without the element only what stands beside something that holds it changes.
    const parents = new Set();
    for (let node = element; node; node = node.parentNode ?? node.host) parents.add(node);
    const changes = (other) => parents.has(item(other).parentNode);
    return {
      own: this.line(element),
      others: this.lines(others),
      beside: others.map((other) => (changes(other) ? beside(other, element) : "")).join("\n"),
    };
  }
}
