// Where events are met first: at the window, in capture, before any listener of the page's elements.

import { matches } from "./dom.js";

/** What people do, and what browsers make of it. */
const TYPES = [
  ...["keydown", "keypress", "keyup", "beforeinput", "input", "compositionstart", "compositionupdate", "compositionend"],
  ...["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerover", "pointerout", "pointerenter", "pointerleave"],
  ...["mousedown", "mousemove", "mouseup", "mouseover", "mouseout", "mouseenter", "mouseleave"],
  ...["click", "dblclick", "auxclick", "contextmenu", "submit", "dragstart", "selectstart"],
  ...["touchstart", "touchmove", "touchend", "touchcancel", "wheel"],
  ...["focus", "blur", "focusin", "focusout", "copy", "cut", "paste"],
];

// Nobody waits for us before scrolling.
const SCROLLING = ["touchstart", "touchmove", "wheel"];

// What the panel's own listeners want to know. Copied onto a plain event, because a copied click of the mouse would press a
// button for a second time.
const HANDED_ON = ["keydown", "input", "pointerdown", "pointermove", "pointerup", "pointercancel", "click"];
const FACTS = ["key", "altKey", "ctrlKey", "metaKey", "shiftKey", "clientX", "clientY", "pointerId", "button", "detail"];

/** How long a click may come after the pointer was let go, in milliseconds. Judgement (November 2026). */
const LATE = 50;

/**
 * Meets the events of a window. What happens in the layer stays there: the page is told nothing, and cannot stop it; a copy
 * goes to the element that it happened to. Everything else is `outside`'s to judge.
 *
 * A page that was here first may keep clicks and keys from us. Until one is heard, letting go stands for it.
 *
 * @returns {() => void} undoes it
 */
export function meet(view, layer, outside) {
  const heard = new Set();
  const inside = insideOf(layer);
  const listener = (event) => {
    if (event.isTrusted) heard.add(event.type);
    const isInside = event.target === layer.host;
    const target = isInside ? inside(event) : outside(event);
    if (!event.isTrusted) return;
    if (event.type === "keyup" && !heard.has("keydown")) pressInstead(event, isInside ? target : null, outside);
    if (event.type === "pointerup" && isInside && target && !heard.has("click")) {
      setTimeout(() => heard.has("click") || handOn(target, event, "click"), LATE);
    }
  };
  for (const type of TYPES) view.addEventListener(type, listener, { capture: true, passive: SCROLLING.includes(type) });
  return () => TYPES.forEach((type) => view.removeEventListener(type, listener, true));
}

// While picking, keys mean the same wherever the focus is; else they are for what has it.
function pressInstead(event, target, outside) {
  let isTaken = false;
  const take = () => (isTaken = true);
  outside({ ...copied(event), type: "keydown", isTrusted: true, preventDefault: take, stopImmediatePropagation: take });
  if (isTaken || !target) return;
  const isClick = matches(target, "button") && (event.key === "Enter" || event.key === " ");
  if (!handOn(target, event, "keydown") && isClick) handOn(target, event, "click");
}

const copied = (event) => Object.fromEntries(FACTS.map((fact) => [fact, event[fact]]));

// Hands a copy on to the panel, and says whether it has taken the event for itself. What the browser makes of a copy is nothing, or
// WebKit would press a label and open a summary a second time.
function handOn(target, event, type = event.type) {
  let isTaken = false;
  const copy = new Event(type, { bubbles: true, cancelable: true });
  copy.preventDefault();
  target.dispatchEvent(Object.assign(copy, { ...copied(event), preventDefault: () => (isTaken = true) }));
  return isTaken;
}

// Gives what the event happened to.
function insideOf({ root }) {
  // What was pressed hears of the pointer until it is let go.
  let pressed = null;

  const targetOf = (event) => {
    if (pressed && event.type.startsWith("pointer")) return pressed;
    // A key presses a button by a click that is nowhere.
    const isPointed = event.type.startsWith("pointer") || (event.type === "click" && event.detail > 0);
    return (isPointed && root.elementFromPoint(event.clientX, event.clientY)) || root.activeElement;
  };

  return (event) => {
    event.stopImmediatePropagation();
    const target = targetOf(event);
    // What a script of the page makes up is nothing that a person did.
    if (!event.isTrusted || !HANDED_ON.includes(event.type)) return target;
    if (event.type === "pointerdown") pressed = target;
    if (event.type === "pointerup" || event.type === "pointercancel") pressed = null;
    if (target && handOn(target, event)) event.preventDefault();
    return target;
  };
}
