// Points at elements of the page, with the pointer and with the keyboard.
//
// Three moods: "rest" leaves the page alone; in "pick" a click picks and is kept from the page; in "trial" a click is told
// of and, as long as `isHolding`, kept from the page as well. Whoever holds Shift uses the page.

import { compare, isElement, press, show } from "./dom.js";
import { barrier, clickables, documents, isVisible, neighbour, snapped } from "./page.js";

// What a page could take for a click, from the first touch to what comes of it.
const PRESSING = [
  ...["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick", "auxclick", "contextmenu"],
  ...["touchend", "submit", "dragstart", "selectstart"],
];

// What opens and closes menus. Kept from the page while it is frozen.
const HOVERING = [
  ...["pointermove", "pointerover", "pointerout", "pointerenter", "pointerleave"],
  ...["mousemove", "mouseover", "mouseout", "mouseenter", "mouseleave", "blur", "focusout"],
];

export class Picker {
  mood = "rest";
  isFrozen = false;
  isHolding = true;
  /** What is pointed at now. */
  current = null;
  #hit = null;
  // Whether the keyboard chose it, and where the pointer was last.
  #isByKey = false;
  #place = null;
  // A pick is made when the button is let go; the click that follows is no click of the page's either.
  #isSwallowing = false;

  /** `heard` is told: `pointed(element, hit, warning, where)`, `picked(element, hit)`, `cancelled()`, `helped()`,
   * `froze(isFrozen)`, `revealed()` and `clicked(path)`. */
  constructor(heard) {
    this.heard = heard;
  }

  begin(mood) {
    this.mood = mood;
    this.current = null;
    this.isFrozen = false;
    this.#isByKey = false;
  }

  /** Judges an event of the page: for `meet` in events.js. */
  outside = (event) => {
    if (this.mood === "rest") return this.#isSwallowing && this.#swallow(event);
    if (!event.isTrusted) return;
    if (event.type === "keydown" && this.mood === "pick") return this.keyed(event);
    if (this.isFrozen && HOVERING.includes(event.type)) event.stopImmediatePropagation();
    if (event.type === "pointermove" || event.type === "pointerover") return this.mood === "pick" && this.#moved(event);
    if (!PRESSING.includes(event.type)) return;
    if (event.shiftKey) return event.type === "click" && this.#letThrough(event);
    if (this.mood === "trial") return this.#tried(event);
    if (event.type === "pointerdown") this.#moved(event);
    if (event.type === "pointerup" && event.button === 0) this.#pick(event);
    this.#stop(event);
  };

  /** Judges a click into a frame whose inside is closed to us. */
  entered(path) {
    if (this.mood === "trial") this.heard.clicked(path);
  }

  /** Does what a key means while picking; whether it meant something. */
  keyed(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (key === "Escape") this.heard.cancelled();
    else if (key === "?") this.heard.helped();
    else if (key === "Pause" || key === "F8") this.#freeze();
    else if ((key === "a" || key === "A") && !ctrlKey && !metaKey && !altKey) this.heard.revealed();
    else if (key === "Tab") this.#tab(shiftKey ? -1 : 1);
    else if (Object.hasOwn(neighbour, key)) this.#point(this.current && neighbour[key](this.current));
    else if (key === "Enter" && this.current) this.heard.picked(this.current, this.current);
    else return false;
    this.#stop(event);
    return true;
  }

  #freeze() {
    this.isFrozen = !this.isFrozen;
    this.heard.froze(this.isFrozen);
  }

  // Through everything that can be clicked, in the order of the document, from what is pointed at.
  #tab(step) {
    const all = documents().flatMap(clickables);
    const from = this.current;
    const place = from ? all.indexOf(from) : -1;
    const after = all.findIndex((at) => from && compare(from, at) & Node.DOCUMENT_POSITION_FOLLOWING);
    let next = step > 0 ? place + 1 : place - 1;
    // The arrows may have led to something that Tab would not stop at.
    if (from && place < 0) next = step > 0 ? after : (after < 0 ? all.length : after) - 1;
    const element = all.at(next % (all.length || 1));
    this.#point(element, `${all.indexOf(element) + 1} of ${all.length}`);
  }

  #point(element, where = "") {
    if (!element) return;
    show(element);
    this.#isByKey = true;
    this.#hit = element;
    this.current = element;
    this.heard.pointed(element, element, barrier(element), where);
  }

  #moved(event) {
    // What is scrolled under a pointer at rest is not pointed at.
    const place = `${event.screenX} ${event.screenY}`;
    const isAtRest = place === (this.#place ?? place) && event.type !== "pointerdown";
    this.#place = place;
    if (this.#isByKey && isAtRest) return;
    this.#isByKey = false;
    const hit = elementsOf(event)[0];
    if (!hit || hit === this.#hit) return;
    this.#hit = hit;
    const element = snapped(hit);
    if (element === this.current) return;
    this.current = element;
    this.heard.pointed(element, hit, barrier(hit));
  }

  #pick(event) {
    const hit = elementsOf(event)[0];
    if (!hit || !isVisible(hit)) return;
    this.#isSwallowing = true;
    this.heard.picked(snapped(hit), hit);
  }

  #tried(event) {
    if (event.type === "click") this.heard.clicked(elementsOf(event));
    if (this.isHolding) this.#stop(event);
  }

  // With Shift a browser would open a link in a window of its own; to the page it is a plain click.
  #letThrough(event) {
    const target = elementsOf(event)[0];
    if (this.mood === "trial") this.heard.clicked(elementsOf(event));
    this.#stop(event);
    press(target);
  }

  #swallow(event) {
    if (!PRESSING.includes(event.type)) return;
    // The next press is meant for the page again.
    if (event.type === "pointerdown") this.#isSwallowing = false;
    else this.#stop(event);
    if (event.type === "click") this.#isSwallowing = false;
  }

  #stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation?.();
  }
}

// The path of an event ends with the window, which is no node.
function elementsOf(event) {
  return event.composedPath().filter((node) => node !== node.window && isElement(node));
}
