// Draws around elements of the page, in our own layer: one box for what is pointed at, and numbered ones for what is meant.

import { isConnected, isStill } from "./dom.js";
import { rectangle } from "./page.js";

/** Most boxes of a kind, where nothing else is said; of more, those nearest to the beginning of the page. Judgement (November 2026). */
const MAX_BOXES = 60;

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
   * Shows boxes of one kind instead of those shown before, `most` of them: `{element, label}` each. Kinds are "hover",
   * "match", "current", "event", "clickable" and "veil"; the last catches the pointer and tells `onPointed`, as long as it is
   * not `isHidden`.
   */
  show(kind, items, most = MAX_BOXES) {
    for (const box of this.#boxes.get(kind) ?? []) box.node.remove();
    const boxes = items.slice(0, most).map(({ element, label, isWarned, onPointed, isHidden }) => {
      const node = document.createElement("div");
      node.className = `outline ${kind}${isWarned ? " warned" : ""}`;
      if (label) {
        const chip = document.createElement("bdi");
        chip.className = "outline-label";
        chip.textContent = label;
        node.append(chip);
      }
      if (onPointed) node.addEventListener("pointermove", onPointed);
      this.element.append(node);
      return { node, element, isHidden, at: "" };
    });
    this.#boxes.set(kind, boxes);
    this.#run();
  }

  clear(...kinds) {
    for (const kind of kinds) this.show(kind, []);
  }

  /** Lets an element light up for a moment. */
  pulse(element, hasFired) {
    const node = document.createElement("div");
    node.className = `outline pulse${hasFired ? " fired" : ""}`;
    this.element.append(node);
    place({ node, element, at: "" });
    setTimeout(() => node.remove(), isStill() ? 1_500 : 900);
  }

  // Elements move for many reasons that nobody tells of: each frame looks, as long as there is something to follow.
  #run() {
    cancelAnimationFrame(this.#frame);
    const boxes = [...this.#boxes.values()].flat();
    if (!boxes.length) return;
    boxes.forEach(place);
    this.#frame = requestAnimationFrame(() => this.#run());
  }
}

function place(box) {
  const { node, element, isHidden } = box;
  const { left, top, width, height } = isConnected(element) ? rectangle(element) : { width: 0, height: 0 };
  const isInside = top < innerHeight && left < innerWidth && top + height > 0 && left + width > 0;
  const isSeen = width > 0 && height > 0 && isInside && !isHidden?.();
  const at = isSeen ? [left - GAP, top - GAP, width + 2 * GAP, height + 2 * GAP].map(Math.round).join() : "";
  if (at === box.at && at) return;
  box.at = at;
  node.hidden = !isSeen;
  if (!isSeen) return;
  const [x, y, w, h] = at.split(",").map(Number);
  node.style.transform = `translate(${x}px, ${y}px)`;
  node.style.width = `${w}px`;
  node.style.height = `${h}px`;
  // At the top of the window there is no room above.
  node.classList.toggle("low", y < 28);
  node.classList.toggle("far", x > innerWidth - 220);
}
