// The events of this page, and what can be made.

import { plural } from "../counts.js";
import { events } from "../store.js";
import { inWords } from "../patterns.js";
import { Health, Icon, Public, Switch } from "./parts.jsx";

export function Home({ desk, state }) {
  // What a draft would archive stays in sight, so that one can think better of it.
  const all = events(state).filter(({ definition, isDraft }) => definition.status !== "archived" || isDraft);
  const here = all.filter(({ definition }) => state.here[definition.name]);
  const elsewhere = all.filter(({ definition }) => !state.here[definition.name]);
  return (
    <>
      <h3>New event</h3>
      <div class="ways">
        <button type="button" class="way" onClick={() => desk.newClick()}>
          <Icon name="point" />
          <span>
            <strong>A click</strong> Point at a button or link
          </span>
        </button>
        <button type="button" class="way" onClick={() => desk.newPage()}>
          <Icon name="page" />
          <span>
            <strong>A page view</strong> Choose which pages
          </span>
        </button>
      </div>
      <div class="row apart">
        <h3>On this page</h3>
        {here.length > 0 && (
          <Switch checked={state.isOutlined} onChange={(is) => desk.outlined(is)}>
            Outline them
          </Switch>
        )}
      </div>
      {!state.isLoaded && !state.problem && <p class="muted">Asking the collector which events there are…</p>}
      {state.isLoaded && !here.length && <p class="muted">No event is about this page yet.</p>}
      <ul class="entries">
        {here.map((event) => (
          <Event key={event.definition.name} desk={desk} event={event} doing={state.here[event.definition.name]} />
        ))}
      </ul>
      {elsewhere.length > 0 && (
        <details>
          <summary>{plural(elsewhere.length, "event", "events")} of other pages</summary>
          <ul class="entries">
            {elsewhere.map((event) => (
              <Event key={event.definition.name} desk={desk} event={event} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Event({ desk, event: { definition, isDraft, isPublished }, doing }) {
  const { name, label, trigger, status } = definition;
  const isClick = trigger.type === "CLICKED_ELEMENT";
  const title = label || name;
  return (
    <li class="entry">
      <p class="entry-title">
        <Icon name={isClick ? "point" : "page"} />
        <bdi>{title}</bdi>
        {status === "paused" && <span class="badge">Paused</span>}
        {status === "archived" && <span class="badge">Archived</span>}
        {isDraft && <span class="badge draft">Draft</span>}
      </p>
      <p class="muted">{isClick ? (doing ? found(doing) : pagesOf(trigger)) : pagesOf(trigger)}</p>
      {doing?.health && doing.count > 0 && doing.health.word !== "strong" && <Health health={doing.health} />}
      {doing?.renewed && (
        <>
          <p class="row">
            <button type="button" class="link" aria-label={`Show what is nearest: ${title}`} onClick={() => desk.here.showNearest(name)}>
              Show what is nearest
            </button>
            <button type="button" class="link" aria-label={`It is this one: take it for ${title}`} onClick={() => desk.saving.takeNearest(name)}>
              It is this one
            </button>
          </p>
          <Public fingerprints={[doing.renewed]}>If one of them is somebody’s, choose Edit instead: there it can be switched off.</Public>
        </>
      )}
      {isDraft && (
        <p class="muted">
          {isPublished ? "A change that waits" : "Waits"} to be published in the{" "}
          <a href={desk.session.studio} target="_blank" rel="noopener">
            studio
          </a>
          .
        </p>
      )}
      <p class="row">
        {status !== "archived" && (
          <button type="button" class="link" aria-label={`Edit ${title}`} onClick={() => desk.edit(name)}>
            Edit
          </button>
        )}
        {isPublished && status !== "archived" && (
          <button
            type="button"
            class="link"
            aria-label={`${status === "paused" ? "Resume" : "Pause"} ${title}`}
            onClick={() => desk.saving.setStatus(name, status === "paused" ? "active" : "paused")}
          >
            {status === "paused" ? "Resume" : "Pause"}
          </button>
        )}
        {isPublished && status !== "archived" && (
          <button type="button" class="link" aria-label={`Archive ${title}`} onClick={() => desk.saving.setStatus(name, "archived")}>
            Archive
          </button>
        )}
        {isDraft && (
          <button type="button" class="link" aria-label={`Discard draft of ${title}`} onClick={() => desk.saving.discard(name)}>
            Discard draft
          </button>
        )}
      </p>
    </li>
  );
}

function found({ found, count, renewed, score, threshold }) {
  if (found === "weak") return `${plural(count, "element", "elements")} here, but more than half of what may change has changed.`;
  if (count) return `${plural(count, "element", "elements")} here.`;
  if (!renewed) return "Not found on this page.";
  if (score >= threshold) return "Not found: the element is here, but its text is not what the event asks for.";
  return `Not found. Perhaps it has changed: the nearest element has ${score} of the ${threshold} points needed.`;
}

function pagesOf({ pages = [] }) {
  return pages.length ? `On ${pages.map(inWords).join(", or ")}` : "On every page";
}
