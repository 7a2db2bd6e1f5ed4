// Outlines everything that can be clicked, on demand while an element is picked: what of it is in view, and no more.

import { documents, elementsIn, isInWindow, isTarget, isVisible, rectangle } from "./page.js";
import { inSlices } from "./turns.js";

export class Clickables {
  #inView = new Set();
  #observer = null;
  // One for each element as long as there is one: so its box stays when the page is looked at anew.
  #items = new WeakMap();

  /** `onShown` is told how many are in view, whenever that may have changed. */
  constructor(outlines, onShown) {
    Object.assign(this, { outlines, onShown });
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
    // WebKit does not tell of everything that has left the view.
    const seen = [...this.#inView].filter((element) => isVisible(element) && isInWindow(rectangle(element)));
    const items = seen.map((element) => this.#itemOf(element));
    this.outlines.show("clickable", items);
    this.onShown(items.length);
  }

  #itemOf(element) {
    if (!this.#items.has(element)) this.#items.set(element, { element });
    return this.#items.get(element);
  }
}
