// What the event is called.

import { obstacle, targetsOf, triggerOf } from "../draft.js";
import { Public, Steps } from "./parts.jsx";

export function NameScreen({ desk, state }) {
  const { draft, names, picked } = state;
  const { limits } = desk.model.constants;
  const hindrance = obstacle(draft, { ...picked, names });
  return (
    <>
      <label class="field">
        Name
        <input dir="auto" maxLength={limits.label} value={draft.label} onInput={(event) => desk.rename(event.target.value)} />
        <span class="muted">As it stands in reports</span>
      </label>
      <label class="field">
        Short name
        <input
          class="code"
          maxLength={limits.name}
          value={draft.name}
          spellcheck={false}
          autocomplete="off"
          readOnly={Boolean(draft.original)}
          onInput={(event) => desk.edited({ name: event.target.value, isNamed: true })}
        />
        <span class="muted">{draft.original ? "It stays as it is: events are kept under it." : "For programs; it can never be changed"}</span>
      </label>
      <label class="field">
        Description
        <textarea dir="auto" rows={3} maxLength={limits.description} value={draft.description} onInput={(event) => desk.edited({ description: event.target.value })} />
        <span class="muted">What it is for, if the name does not say it</span>
      </label>
      {draft.kind === "click" && (
        <Public fingerprints={targetsOf(triggerOf(draft)).map(({ fingerprint }) => fingerprint)}>If one of them is somebody’s, switch it off under Element, or remove there what also counts.</Public>
      )}
      <Steps desk={desk} obstacle={hindrance} />
    </>
  );
}
