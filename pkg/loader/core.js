// What the script tag and the npm module have in common: starting the wasm, and calls before and after that.

import * as wasm from "./exports.js";
import bytes from "wasm:bytes";

const METHODS = Object.keys(wasm.methods);

let isStarting = false;
let isLive = false;
let hasFailed = false;
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
    if (typeof command === "function") {
      guard(() => command(api));
    } else if (command && METHODS.includes(command[0])) {
      call(command[0], [].slice.call(command, 1), command.at);
    } else {
      warn(`unknown command ${JSON.stringify(command?.[0])}; known are ${METHODS.join(", ")}`);
    }
  }
}

// Starts the tracker. `home` is where the script came from; the collector is there if no option says otherwise.
export function start(options, home) {
  if (isStarting) {
    return warn("is started already; a second start changes nothing");
  }
  isStarting = true;
  let module;
  try {
    module = bytes();
    wasm.initSync({ module });
  } catch {
    // Some engines refuse to compile this much on the main thread, but not in the background.
    try {
      WebAssembly.compile(module).then((compiled) => wasm.initSync({ module: compiled })).then(() => begin(options, home), refused);
    } catch (error) {
      refused(error);
    }
    return;
  }
  begin(options, home);
}

function begin(options, home) {
  guard(() => {
    wasm.start(options, home);
    isLive = true;
    for (const { run, at } of waiting.splice(0)) {
      wasm.calledAt(at);
      run();
    }
    wasm.calledAt(0);
    takeOver(options.queue);
    wasm.ready();
  });
}

function call(method, args, at) {
  const run = () => guard(() => wasm.methods[method](...args));
  if (isLive && !at) {
    return run();
  }
  if (isLive) {
    return replay(run, at);
  }
  return later(method, run, at || Date.now());
}

function replay(run, at) {
  wasm.calledAt(at);
  const result = run();
  wasm.calledAt(0);
  return result;
}

// Keeps a call until the tracker is live; what it gives back is given then.
function later(method, run, at) {
  if (method === "flush") {
    return new Promise((resolve) => waiting.push({ run: () => resolve(run()), at }));
  }
  let undo;
  waiting.push({ run: () => (undo = run()), at });
  return method === "on" ? () => undo?.() : undefined;
}

// Answers HubSpot's queues: `_hsq`, and beside it `_hsp` for consent.
function takeOver(name) {
  if (!name) return;
  for (const global of name === "_hsq" ? [name, "_hsp"] : [name]) {
    const queue = (window[global] = Array.isArray(window[global]) ? window[global] : []);
    const take = (command) =>
      guard(() => {
        if (typeof command === "function") command(api, {});
        else if (Array.isArray(command)) wasm.hubspot(command);
      });
    const early = queue.splice(0);
    queue.push = (...commands) => {
      commands.forEach(take);
      return queue.length;
    };
    early.forEach(take);
  }
}

function refused(error) {
  waiting = [];
  warn(`WebAssembly is refused, so nothing is recorded; a Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src (${error})`);
}

// Nothing gets out into the page. A trap in the wasm is ours to mend, so it is named, but only once.
function guard(run) {
  try {
    return run();
  } catch (error) {
    if (!hasFailed) {
      hasFailed = true;
      console.error("pugmark: something went wrong in the tracker; the page is not affected", error);
    }
  }
}

function warn(text) {
  console.warn(`pugmark: ${text}`);
}
