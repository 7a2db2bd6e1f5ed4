// Opens the visualizer: the loader imports this when a tab has been invited, and calls `open`.

import { h, render } from "preact";
import { onFrame } from "../../../src/click.js";
import * as signals from "../../../src/signals.js";
import { Desk } from "./desk.js";
import * as engine from "./engine.js";
import { meet } from "./events.js";
import { Layer } from "./layer.js";
import { modelOf } from "./model.js";
import { Outlines } from "./outlines.js";
import { documents } from "./page.js";
import { Note } from "./panel/note.jsx";
import { Panel } from "./panel/panel.jsx";
import { Picker } from "./picker.js";
import { Session } from "./session.js";
import { beginning, storeOf } from "./store.js";

/**
 * Opens the overlay with the invitation that is kept in session storage under `key`.
 *
 * @param {{collector: string, site: string, key: string}} options `collector` is its base URL as the page has
 *   it: perhaps relative, perhaps without a slash at the end
 * @returns {Promise<boolean>} whether it is open. If not, the key is gone, a note says why, and the visit is a visitor's.
 */
export async function open({ collector, site, key }) {
  // Before anything is waited for, so that as few of the page's listeners as possible are there first.
  const layer = new Layer();
  let outside = () => {};
  const attend = (view) => meet(view, layer, (event) => outside(event));
  const leave = attend(window);
  const mount = document.createElement("div");
  layer.element.append(mount);
  try {
    const base = new URL(collector.replace(/\/*$/, "/"), location.href);
    const session = await Session.enter({ collector: base, site, key });
    const picker = new Picker({});
    const outlines = new Outlines(layer);
    const desk = new Desk({ store: storeOf(beginning), session, model: modelOf(engine, site), signals, outlines, picker, host: layer.host });
    picker.heard = desk;
    outside = picker.outside;
    attendFrames(attend);
    onFrame((path) => picker.entered(path));
    render(h(Panel, { desk }), mount);
    desk.begin();
    return true;
  } catch (refusal) {
    // Whatever it was, the next page of this visit is a visitor's.
    sessionStorage.removeItem(key);
    const close = () => {
      leave();
      layer.remove();
    };
    render(h(Note, { sentence: refusal.message, close }), mount);
    return false;
  }
}

/** How often new frames are looked for, in milliseconds. */
const LOOK = 1_000;

// Frames come, and load other pages, without telling anybody.
function attendFrames(attend) {
  const known = new WeakSet([document]);
  const look = () => {
    for (const inner of documents()) {
      if (known.has(inner)) continue;
      known.add(inner);
      attend(inner.defaultView);
    }
  };
  look();
  setInterval(look, LOOK);
}
