// Where events are met first: at the window, in capture, before any listener of the page's elements.

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

/**
 * Meets the events of a window. What happens in the layer stays there: the page is told nothing, and cannot stop it; a copy
 * goes to the element that it happened to. Everything else is `outside`'s to judge.
 *
 * @returns {() => void} undoes it
 */
export function meet(view, layer, outside) {
  const inside = insideOf(layer);
  const listener = (event) => (event.target === layer.host ? inside(event) : outside(event));
  for (const type of TYPES) view.addEventListener(type, listener, { capture: true, passive: SCROLLING.includes(type) });
  return () => TYPES.forEach((type) => view.removeEventListener(type, listener, true));
}

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
    // What a script of the page makes up is nothing that a person did.
    if (!event.isTrusted || !HANDED_ON.includes(event.type)) return;
    const target = targetOf(event);
    if (event.type === "pointerdown") pressed = target;
    if (event.type === "pointerup" || event.type === "pointercancel") pressed = null;
    const copy = new Event(event.type, { bubbles: true, cancelable: true });
    for (const fact of FACTS) copy[fact] = event[fact];
    if (target && !target.dispatchEvent(copy)) event.preventDefault();
  };
}
