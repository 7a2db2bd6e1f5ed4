// What the script tag and the npm module have in common: starting the wasm, and calls before and after that.

import { initSync, tracker as wasm } from "./exports.js";
import { commands, handedOver } from "./hubspot.js";
import { EDIT, isInvited, isReached } from "./invitation.js";
import bytes from "wasm:bytes";

const METHODS = Object.keys(wasm.methods);

// The visit's mark, in session storage, that the wasm is refused: each further try would be one more report to the
// site's owner.
const REFUSED = "pm:js";

// What answers the calls: the wasm, or its translation.
let tracker = wasm;
// "new" until it is started, "starting" while it is made ready, then "live", or "dead" where it cannot be.
let state = "new";
// What is left to do once the wasm is compiled.
let begins;
let hasFailed = false;
let isDebugging;
// Calls made before the tracker is live, in order; each knows when it was made.
let waiting = [];

// Everything a page can call, as functions that never throw.
export const api = { push };
for (const method of METHODS) {
  api[method] = (...args) => call(method, args);
}

// Takes commands: ["trackCustomEvent", "signed_up", {}] or functions. An array may carry `at`, the time of the call.
export function push(...commands) {
  for (const command of commands) {
    guard(() => {
      if (typeof command === "function") {
        command(api);
      } else if (METHODS.includes(command?.[0])) {
        call(command[0], [].slice.call(command, 1), command.at);
      } else {
        warn(`unknown command ${String(command?.[0])}; known are ${METHODS.join(", ")}`);
      }
    });
  }
}

// Starts the tracker. `home` is where the script came from; the collector is there if no option says otherwise. `load`
// loads a part that few need by its name: "fallback", the tracker as JavaScript, for pages that refuse the wasm; "debug";
// "visualizer".
export function start(options, home, load) {
  if (state !== "new" || window.pugmark?.isLoaded) {
    return warn("is started already; a second start changes nothing");
  }
  state = "starting";
  const go = () => make(options, home, load);
  if (isReached()) return die();
  if (!isInvited) return go();
  // Whoever edits is no visitor: where the visualizer opens, nothing is recorded.
  load("visualizer")
    .then((part) => part.open({ collector: options?.endpoint || home, site: options?.site, key: EDIT }))
    .then((isOpen) => (isOpen ? die() : go()), go);
}

// Makes the wasm ready, or its translation.
function make(options, home, load) {
  const run = () => begin(options, home, load);
  const fallBack = (error) => {
    if (error) {
      warn(
        "WebAssembly is refused, so a translation to JavaScript does its work; a Content-Security-Policy allows it " +
          `with 'wasm-unsafe-eval' in script-src (${error})`,
      );
    }
    load("fallback").then((loaded) => {
      tracker = loaded.tracker;
      run();
      guard(remember);
    }, dead);
  };
  if (isRefused()) return fallBack();
  const module = bytes();
  try {
    initSync({ module });
  } catch (error) {
    if (!(error instanceof RangeError)) return fallBack(error);
    // Some engines refuse to compile this much on the main thread, but not in the background.
    WebAssembly.compile(module).then((module) => initSync({ module })).then(run, fallBack);
    return;
  }
  // In a task of its own, so that neither half of the start holds up a slow page for long; but no later than the first
  // call, nor than the page is left.
  begins = () => {
    begins = undefined;
    run();
  };
  setTimeout(() => begins?.());
  addEventListener("pagehide", () => begins?.());
}

function begin(options, home, load) {
  try {
    tracker.addListener("debug", (isOn) => (isDebugging = isOn) && examine(load));
    tracker.start(options, home, options?.queue ? handedOver() : undefined);
    state = "live";
  } catch (error) {
    failed(error);
    return die();
  }
  for (const { run, at } of waiting.splice(0)) {
    at ? replay(run, at) : run();
  }
  guard(() => takeOver(options?.queue));
  guard(() => tracker.ready());
}

// With debug on, a part of its own says what does not fit the site's definitions; completions wait for it.
function examine(load) {
  const completions = [];
  tracker.addListener("completion", (completion) => completions.push(completion));
  load("debug").then((part) => part.examine(completions, api.status(), () => isDebugging)).catch(() => {});
}

function call(method, args, at) {
  begins?.();
  if (state === "dead") {
    return nothing(method);
  }
  const run = () => (state === "live" ? guard(() => tracker.methods[method](...args)) : undefined) ?? nothing(method);
  if (state !== "live") {
    return later(method, run, at || Date.now());
  }
  return at ? replay(run, at) : run();
}

function replay(run, at) {
  tracker.calledAt(at);
  const result = run();
  tracker.calledAt(0);
  return result;
}

// Keeps a call until the tracker is live; what it gives back is given then.
function later(method, run, at) {
  if (method === "flush") {
    return new Promise((resolve) => waiting.push({ run: () => resolve(run()), at }));
  }
  let undo;
  let isUndone = false;
  waiting.push({ run: () => isUndone || (undo = run()), at });
  if (method === "on") {
    return () => {
      isUndone = true;
      undo?.();
    };
  }
}

// What a call gives back that came to nothing.
function nothing(method) {
  if (method === "flush") return Promise.resolve({ sent: 0, pending: 0, lost: 0 });
  if (method === "on") return () => {};
}

// Answers HubSpot's queues: `_hsq`, and beside it `_hsp` for consent.
function takeOver(name) {
  if (!name) return;
  const known = commands(api, tracker);
  for (const global of name === "_hsq" ? [name, "_hsp"] : [name]) {
    const queue = (window[global] = Array.isArray(window[global]) ? window[global] : []);
    const take = (command) =>
      guard(() => {
        if (typeof command === "function") command(api, {});
        else if (Array.isArray(command) && Object.hasOwn(known, command[0])) known[command[0]](...command.slice(1));
      });
    const early = queue.splice(0);
    queue.push = (...commands) => {
      commands.forEach(take);
      return queue.length;
    };
    early.forEach(take);
  }
}

// Whether an earlier page of the visit has found that the wasm is refused.
function isRefused() {
  try {
    return sessionStorage.getItem(REFUSED);
  } catch {
    // Then each page finds it out anew.
  }
}

// Marks the visit, as long as something may be stored.
function remember() {
  const mark = ({ consent }) => {
    try {
      if (consent === "granted") sessionStorage.setItem(REFUSED, 1);
      else sessionStorage.removeItem(REFUSED);
    } catch {
      // The storage is refused or full.
    }
  };
  tracker.methods.on("consent", mark);
  mark(tracker.methods.status());
}

function dead(error) {
  warn(`the translation cannot be loaded either, so nothing is recorded (${error})`);
  die();
}

// Nothing is recorded any more. Who waits for an answer gets one.
function die() {
  state = "dead";
  for (const { run } of waiting.splice(0)) run();
}

// Nothing gets out into the page. A trap in the wasm is ours to mend, so it is named, but only once.
function guard(run) {
  try {
    return run();
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  if (hasFailed) return;
  hasFailed = true;
  guard(() => console.error("pugmark: something went wrong in the tracker; the page is not affected", error));
}

function warn(text) {
  guard(() => console.warn(`pugmark: ${text}`));
}
