// Tries it out: each click on the page says which event fires, why, and what nearly did.

import { obstacle } from "../draft.js";
import { Steps, Switch } from "./parts.jsx";

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function Trial({ desk, state }) {
  const { draft, tried, picked, names, isHolding, busy, pages, url } = state;
  const hindrance = obstacle(draft, { ...picked, names });
  const isMeant = desk.model.isMeant(draft.pages, url);
  return (
    <>
      {draft.kind === "page" ? (
        <p>{isMeant ? "This page is one of them: opening it fires the event." : "This page is none of them. Go to one, and this panel comes along."}</p>
      ) : (
        <p>Click on the page as a visitor would. Nothing is recorded.</p>
      )}
      <Switch checked={isHolding} onChange={(is) => desk.trying.holding(is)}>
        Hold the page still (Shift lets a click through)
      </Switch>
      <ol class="tried" aria-label="Clicks, the latest first">
        {tried.map((click) => (
          <Tried key={click.at} click={click} />
        ))}
      </ol>
      {!tried.length && draft.kind === "click" && <p class="empty">No click yet.</p>}
      <Steps desk={desk} next={busy === "save" ? "Saving…" : "Save as a draft"} onNext={() => desk.saving.save()} obstacle={hindrance} busy={busy} />
    </>
  );
}

function Tried({ click: { name, at, verdicts } }) {
  const fired = verdicts.filter(({ fires }) => fires);
  const shown = fired.length ? fired : verdicts.slice(0, 1);
  return (
    <li class={fired.length ? "fired" : ""}>
      <p>
        <bdi>{name}</bdi> <time class="muted">{time.format(at)}</time>
      </p>
      {!shown.length && <p class="muted">No event fires, and none is near.</p>}
      {shown.map((verdict) => (
        <Verdict key={verdict.name} verdict={verdict} />
      ))}
    </li>
  );
}

function Verdict({ verdict: { label, fires, way, score, threshold, matching, missing, reason } }) {
  return (
    <div class="verdict">
      <p>
        <strong class={`badge ${fires ? "good" : ""}`}>{fires ? "Fires" : "Does not fire"}</strong> <bdi>{label}</bdi>{" "}
        <span class="muted">
          {score} points, and {threshold} are enough
        </span>
      </p>
      {way && (
        <p>
          {fires ? "It is" : "Nearest to"}: <bdi>{way}</bdi>
        </p>
      )}
      {reason && <p>{reason}</p>}
      {matching.length > 0 && <p class="muted">The same: {matching.join(", ")}</p>}
      {missing.length > 0 && <p class="muted">Different: {missing.join(", ")}</p>}
    </div>
  );
}
