// The panel: which screen is shown, where it stands, and what is said aloud.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { rectangle } from "../page.js";
import { STEPS } from "../store.js";
import { ElementScreen } from "./element.jsx";
import { Help } from "./help.jsx";
import { Home } from "./home.jsx";
import { NameScreen } from "./name.jsx";
import { PagesScreen } from "./pages.jsx";
import { IconButton, Problem } from "./parts.jsx";
import { Picking } from "./picking.jsx";
import { Saved } from "./saved.jsx";
import { Trial } from "./trial.jsx";

const SCREENS = {
  home: { title: "Events", View: Home },
  pick: { title: "Pick an element", View: Picking },
  element: { title: "What is clicked", View: ElementScreen },
  pages: { title: "On which pages", View: PagesScreen },
  name: { title: "What it is called", View: NameScreen },
  trial: { title: "Try it out", View: Trial },
  saved: { title: "Saved as a draft", View: Saved },
};

const CORNERS = ["bottom-right", "bottom-left", "top-left", "top-right"];

export function Panel({ desk }) {
  const [state, set] = useState(desk.state);
  // Before the browser does anything else: an effect that waits for the next frame would miss what comes in between.
  useLayoutEffect(() => desk.store.listen(set), [desk]);
  const { title, View } = SCREENS[state.screen];
  const panel = useRef();
  const heading = useRef();
  const drag = useDrag(panel, desk);
  useAvoidance(panel, desk, state);

  // Whoever works with the keyboard goes on where the new screen begins.
  useLayoutEffect(() => {
    const start = state.screen === "pick" ? panel.current.querySelector("[role=application]") : heading.current;
    start?.focus({ preventScroll: true });
  }, [state.screen, state.isSmall, state.isHelping]);

  return (
    <section ref={panel} class={`panel ${state.corner} ${state.isSmall ? "small" : ""} on-${state.screen}`} aria-label="Pugmark event visualizer">
      <header class="bar" onPointerDown={drag}>
        <span class="mark" aria-hidden="true" />
        <h2 ref={heading} tabIndex={-1}>
          {state.isHelping ? "Help" : title}
        </h2>
        <IconButton icon="help" label="Help" pressed={state.isHelping} onClick={() => desk.helped()} />
        <IconButton icon="move" label="Move to the next corner" onClick={() => moveOn(desk)} />
        <IconButton
          icon={state.isSmall ? "up" : "small"}
          label={state.isSmall ? "Open the panel" : "Make the panel small"}
          onClick={() => desk.store.tell("set", { change: { isSmall: !state.isSmall } })}
        />
      </header>
      <div class="mode">
        <span class="dot" aria-hidden="true" />
        <span>Edit mode: your visit is not counted</span>
        <button type="button" class="link" onClick={() => desk.ask("leave")}>
          Close
        </button>
      </div>
      {state.leaving && <Leaving desk={desk} then={state.leaving} />}
      {!state.isSmall && (
        <div class="body" key={state.screen}>
          <Problem problem={state.problem} studio={desk.session.studio} />
          {state.isHelping ? <Help desk={desk} /> : <Where state={state} />}
          {!state.isHelping && <View desk={desk} state={state} />}
        </div>
      )}
      <p class="said" aria-live="polite">
        {state.said}
      </p>
    </section>
  );
}

// Where in the making of an event one is.
function Where({ state: { draft, screen } }) {
  const all = draft ? STEPS[draft.kind] : [];
  const place = all.indexOf(screen);
  if (place < 0) return null;
  return (
    <ol class="where" aria-label={`Step ${place + 1} of ${all.length}`}>
      {all.map((step, at) => (
        <li key={step} aria-current={at === place ? "step" : undefined} class={at < place ? "done" : ""}>
          {WORDS[step]}
        </li>
      ))}
    </ol>
  );
}

const WORDS = { element: "Element", pages: "Pages", name: "Name", trial: "Try" };

function Leaving({ desk, then }) {
  const stay = () => desk.store.tell("set", { change: { leaving: null } });
  const first = useRef();
  useEffect(() => first.current.focus(), []);
  return (
    <div class="problem" role="alertdialog" aria-label="Leave what is not saved?">
      <p>What you were making is not saved.</p>
      <p class="row">
        <button type="button" class="button" ref={first} onClick={stay}>
          Go on
        </button>
        <button type="button" class="button quiet" onClick={() => desk[then]()}>
          {then === "home" ? "Throw it away" : "Close without saving"}
        </button>
      </p>
    </div>
  );
}

function moveOn(desk) {
  const corner = CORNERS[(CORNERS.indexOf(desk.state.corner) + 1) % CORNERS.length];
  desk.store.tell("set", { change: { corner } });
  desk.say(`The panel is at the ${corner.replace("-", " ")}.`);
}

/** Drags the panel by its bar; it docks to the corner that is nearest where it is let go. */
function useDrag(panel, desk) {
  return (event) => {
    if (event.button || event.target.closest("button")) return;
    const bar = event.currentTarget;
    const [startX, startY] = [event.clientX, event.clientY];
    const move = ({ clientX, clientY }) => {
      panel.current.style.transform = `translate(${clientX - startX}px, ${clientY - startY}px)`;
    };
    const drop = () => {
      const { left, top, width, height } = panel.current.getBoundingClientRect();
      const corner = `${top + height / 2 < innerHeight / 2 ? "top" : "bottom"}-${left + width / 2 < innerWidth / 2 ? "left" : "right"}`;
      panel.current.style.transform = "";
      desk.store.tell("set", { change: { corner } });
      for (const [type, listener] of listeners) bar.removeEventListener(type, listener);
    };
    const listeners = [
      ["pointermove", move],
      ["pointerup", drop],
      ["pointercancel", drop],
    ];
    for (const [type, listener] of listeners) bar.addEventListener(type, listener);
    panel.current.setPointerCapture?.(event.pointerId);
    event.preventDefault();
  };
}

/** Moves the panel away from what is pointed at, if it covers that. */
function useAvoidance(panel, desk, { corner, screen, picked }) {
  const avoid = (element) => {
    const target = rectangle(element);
    const { width, height } = panel.current.getBoundingClientRect();
    const covered = (at) => overlap(target, boxAt(at, width, height));
    if (covered(corner) < (target.width * target.height) / 4) return;
    const best = CORNERS.reduce((best, at) => (covered(at) < covered(best) ? at : best), corner);
    if (best !== corner) desk.store.tell("set", { change: { corner: best } });
  };
  desk.onPointed = avoid;
  // The panel grows with what it says of the element.
  useEffect(() => {
    if (screen === "element" && desk.meaning.element) avoid(desk.meaning.element);
  }, [screen, picked?.opening]);
}

function boxAt(corner, width, height) {
  return {
    left: corner.endsWith("left") ? 0 : innerWidth - width,
    top: corner.startsWith("top") ? 0 : innerHeight - height,
    width,
    height,
  };
}

function overlap(one, other) {
  const wide = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const high = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  return Math.max(0, wide) * Math.max(0, high);
}
