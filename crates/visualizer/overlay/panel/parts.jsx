// The pieces that several screens are made of.

import { useRef, useState } from "preact/hooks";
import { wordsOf } from "../sentences.js";

export function Icon({ name }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

const ICONS = {
  back: "M12 4 6 10l6 6",
  next: "M8 4l6 6-6 6",
  up: "M4 12l6-6 6 6",
  down: "M4 8l6 6 6-6",
  close: "M5 5l10 10M15 5 5 15",
  small: "M4 14h12",
  move: "M10 3v14M3 10h14M7 6l3-3 3 3M7 14l3 3 3-3M6 7l-3 3 3 3M14 7l3 3-3 3",
  help: "M7 7.5a3 3 0 1 1 4.2 2.7c-.8.4-1.2.9-1.2 1.8M10 15v.5",
  point: "M5 4l10 5-4.5 1.5L9 15z",
  page: "M6 3h6l3 3v11H6zM12 3v3h3",
  check: "M4 10.5l4 4 8-9",
};

export function IconButton({ icon, label, onClick, pressed }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

/** What went wrong, and what to do. */
export function Problem({ problem, studio }) {
  if (!problem) return null;
  const { sentence, breaches, isOver, again } = problem;
  return (
    <div class="problem" role="alert">
      <p>{sentence}</p>
      {breaches.length > 0 && <Breaches breaches={breaches} />}
      {isOver && (
        <p>
          <a href={studio} target="_blank" rel="noopener">
            Open the studio
          </a>
        </p>
      )}
      {again && (
        <button type="button" class="button quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Breaches({ breaches }) {
  return (
    <ul class="breaches">
      {breaches.map((breach) => (
        <li key={breach}>{breach}</li>
      ))}
    </ul>
  );
}

/** The words of the page by which an element is known, and what to do about them: whoever is logged in may see their own name. */
export function Public({ fingerprints, children }) {
  const words = wordsOf({ signals: fingerprints.flatMap((each) => each?.signals ?? []) });
  if (!words.length) return null;
  return (
    <p class="muted">
      These words become part of your site’s public configuration:{" "}
      {words.map((word, place) => (
        <>
          {place > 0 && ", "}
          <bdi class="value">{word}</bdi>
        </>
      ))}
      . {children}
    </p>
  );
}

const HEALTH = { strong: "Strong", ok: "OK", fragile: "Fragile" };

/** The health of a definition: a word, the one reason and the one thing to do. */
export function Health({ health, wish }) {
  if (!health) return null;
  return (
    <div class={`health ${health.word}`}>
      <p>
        <strong class="badge">{HEALTH[health.word]}</strong> {health.reason} {health.action}
      </p>
      {health.needsHook && wish && <Wish text={wish} />}
    </div>
  );
}

/** What to send to a developer. */
export function Wish({ text }) {
  return (
    <details>
      <summary>What to tell a developer</summary>
      <Copyable text={text} label="Message to a developer" />
    </details>
  );
}

export function Copyable({ text, label }) {
  const area = useRef();
  const [said, say] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied");
    } catch {
      // The page's policy, or an address without https, refuses the clipboard.
      area.current.focus();
      area.current.select();
      say("Selected: press Ctrl+C, or ⌘C");
    }
  };
  return (
    <div class="copyable">
      <textarea ref={area} readOnly rows={4} aria-label={label} value={text} />
      <p class="row">
        <button type="button" class="button quiet" onClick={copy}>
          Copy
        </button>
        <span role="status" class="muted">
          {said}
        </span>
      </p>
    </div>
  );
}

export function Switch({ checked, onChange, children, disabled }) {
  return (
    <label class="switch">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
    </label>
  );
}

/** The way on and the way back, and why the way on is closed. */
export function Steps({ desk, next = "Next", onNext, obstacle, busy, isFirst }) {
  return (
    <footer class="steps">
      {obstacle && (
        <p class="muted" id="obstacle">
          {obstacle}
        </p>
      )}
      <button type="button" class="button quiet" onClick={() => desk.step(-1)}>
        {isFirst ? "Cancel" : "Back"}
      </button>
      <button
        type="button"
        class="button"
        aria-disabled={obstacle || busy ? "true" : undefined}
        aria-describedby={obstacle ? "obstacle" : undefined}
        onClick={() => (obstacle || busy ? desk.say(obstacle || "One moment.") : onNext ? onNext() : desk.step(1))}
      >
        {next}
      </button>
    </footer>
  );
}

/** Words and quoted values in turn. */
export function Sentence({ words }) {
  return (
    <>
      {words.map((word, place) => (place % 2 ? <bdi class="value">{word}</bdi> : word))}
    </>
  );
}
