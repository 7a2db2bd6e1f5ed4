// While an element is picked: as little as possible, so that the page can be seen.

import { outlined } from "../counts.js";
import { Switch } from "./parts.jsx";

export function Picking({ desk, state: { pointed, isAdding, isFrozen, isRevealing, inView } }) {
  return (
    <>
      <div
        class="aim"
        role="application"
        tabIndex={0}
        aria-roledescription="element picker"
        aria-label="Picker. Tab goes through what can be clicked, the arrow keys through everything. Enter picks, Escape cancels, question mark helps."
        onKeyDown={(event) => desk.picker.keyed(event)}
      >
        {pointed ? <bdi class="pointed">{pointed.name}</bdi> : <span>{isAdding ? "Click what counts as well" : "Click what you want to count"}</span>}
        {pointed?.warning && <p class="warning">{pointed.warning}</p>}
        {isFrozen && <p class="badge">The page holds still</p>}
      </div>
      <Switch checked={isRevealing} onChange={() => desk.revealed()}>
        Outline everything that can be clicked (A)
      </Switch>
      {outlined(inView) && <p class="muted">{outlined(inView)}</p>}
      <p class="keys">
        <kbd>Shift</kbd> use the page <kbd>Tab</kbd> next <kbd>Esc</kbd> cancel <kbd>F8</kbd> hold menus open
      </p>
      <p class="row">
        <button type="button" class="button quiet" onClick={() => desk.cancelled()}>
          Cancel
        </button>
      </p>
    </>
  );
}
