// Draws around elements of the page, in our own layer: one box for what is pointed at, and numbered ones for what is meant.

import { MAX_OUTLINED } from "./counts.js";
import { isConnected, isStill } from "./dom.js";
import { isInWindow, rectangle } from "./page.js";

/** Space between an element and its outline, in pixels. */
const GAP = 3;

export class Outlines {
  #boxes = new Map();
  #frame = 0;

  constructor(layer) {
    this.element = document.createElement("div");
    this.element.className = "outlines";
    this.element.setAttribute("aria-hidden", "true");
    layer.element.prepend(this.element);
  }

  /**
   * Shows boxes of one kind instead of those shown before, `MAX_OUTLINED` of them: `{element, label}` each. Kinds are "hover",
   * "match", "current", "event", "clickable" and "veil"; the last catches the pointer and tells `onPointed` and `onPicked`, as
   * long as it is not `isHidden`. The box of an item that was shown before stays.
   */
  show(kind, items) {
    const before = new Map((this.#boxes.get(kind) ?? []).map((box) => [box.item, box]));
    const boxes = items.slice(0, MAX_OUTLINED).map((item) => before.get(item) ?? this.#boxOf(item, kind));
    const after = new Set(boxes);
    for (const box of before.values()) if (!after.has(box)) box.node.remove();
    this.#boxes.set(kind, boxes);
    this.#run();
  }

  #boxOf(item, kind) {
    const { label, isWarned, onPointed, onPicked } = item;
    const node = document.createElement("div");
    node.className = `outline ${kind}${isWarned ? " warned" : ""}`;
    if (label) {
      const chip = document.createElement("bdi");
      chip.className = "outline-label";
      chip.textContent = label;
      node.append(chip);
    }
    if (onPointed) node.addEventListener("pointermove", onPointed);
    if (onPicked) node.addEventListener("click", onPicked);
    this.element.append(node);
    return { node, item, at: "" };
  }

  clear(...kinds) {
    for (const kind of kinds) this.show(kind, []);
  }

  /** Lets an element light up for a moment. */
  pulse(element, hasFired) {
    const node = document.createElement("div");
    node.className = `outline pulse${hasFired ? " fired" : ""}`;
    this.element.append(node);
    put({ node, at: "" }, placeOf({ element }));
    setTimeout(() => node.remove(), isStill() ? 1_500 : 900);
  }

  // Elements move for many reasons that nobody tells of: each frame looks, as long as there is something to follow.
  #run() {
    cancelAnimationFrame(this.#frame);
    const boxes = [...this.#boxes.values()].flat();
    if (!boxes.length) return;
    // All are asked before any is moved: to answer in between, the browser would lay out the page for each.
    const places = boxes.map(({ item }) => placeOf(item));
    boxes.forEach((box, at) => put(box, places[at]));
    this.#frame = requestAnimationFrame(() => this.#run());
  }
}

// Where a box belongs, as text; empty where there is nothing to see.
function placeOf({ element, isHidden }) {
  const place = isConnected(element) ? rectangle(element) : { width: 0, height: 0 };
  const { left, top, width, height } = place;
  const isSeen = width > 0 && height > 0 && isInWindow(place) && !isHidden?.();
  return isSeen ? [left - GAP, top - GAP, width + 2 * GAP, height + 2 * GAP].map(Math.round).join() : "";
}

function put(box, at) {
  const { node } = box;
  if (at === box.at && at) return;
  box.at = at;
  node.hidden = !at;
  if (!at) return;
  const [x, y, w, h] = at.split(",").map(Number);
  node.style.transform = `translate(${x}px, ${y}px)`;
  node.style.width = `${w}px`;
  node.style.height = `${h}px`;
  // At the top of the window there is no room above.
  node.classList.toggle("low", y < 28);
  node.classList.toggle("far", x > innerWidth - 220);
}
