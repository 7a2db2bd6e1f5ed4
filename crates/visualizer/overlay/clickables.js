// Outlines everything that can be clicked, on demand while an element is picked: what of it is in view, and no more.

import { documents, elementsIn, isTarget, isVisible } from "./page.js";
import { inSlices } from "./turns.js";

/** Most that are outlined at a time. Judgement (November 2026): more than a window usually shows, and few enough to be moved
 * with every frame while the page is scrolled. */
const MAX_SHOWN = 200;

export class Clickables {
  #inView = new Set();
  #observer = null;
  // One for each element as long as there is one: so its box stays when the page is looked at anew.
  #items = new WeakMap();

  constructor(outlines) {
    this.outlines = outlines;
  }

  /** Shows them as the page is now. */
  async show() {
    this.#forget();
    // The browser tells what comes into view and what leaves it, at most once a frame.
    const observer = new IntersectionObserver((entries) => this.#observer === observer && this.#saw(entries));
    this.#observer = observer;
    const look = (element) => isTarget(element) && observer.observe(element);
    const isOver = () => this.#observer !== observer;
    for (const root of documents()) {
      if (!(await inSlices(elementsIn(root), look, isOver))) return;
    }
  }

  hide() {
    this.#forget();
    this.outlines.clear("clickable");
  }

  #forget() {
    this.#observer?.disconnect();
    this.#observer = null;
    this.#inView.clear();
  }

  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#inView.add(target);
      else this.#inView.delete(target);
    }
    const items = [...this.#inView].filter(isVisible).map((element) => this.#itemOf(element));
    this.outlines.show("clickable", items, MAX_SHOWN);
  }

  #itemOf(element) {
    if (!this.#items.has(element)) this.#items.set(element, { element });
    return this.#items.get(element);
  }
}
