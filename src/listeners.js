// Those who listen with `on`, wait for `flush`, or read what debug mode says on the console.

// What can be listened to.
const KINDS = ["completion", "delivered", "lost", "adjusted", "consent", "identity"];

let listeners = [];
let flushes = [];
let explains = false;
// What a developer has been told of already.
const told = new Set();

export function on(kind, listener) {
  if (!KINDS.includes(kind) || typeof listener !== "function") {
    warn(`on needs one of ${KINDS.join(", ")} and a function`);
    return () => {};
  }
  return add(kind, listener);
}

// Adds a listener to any kind of notice, also those that are our own business. Returns the function that undoes it.
export function add(kind, listener) {
  const entry = { kind, listener };
  listeners.push(entry);
  return () => {
    listeners = listeners.filter((other) => other !== entry);
  };
}

// Tells those who listen; `json` is what they are given.
export function tell(kind, json) {
  if (explains) say("info", `${kind} ${json}`);
  if (kind === "adjusted") nameSlips(JSON.parse(json));
  for (const { listener } of listeners.filter((entry) => entry.kind === kind)) {
    try {
      listener(JSON.parse(json));
    } catch {
      warn(`a listener of "${kind}" has thrown`);
    }
  }
}

// Explains on the console what is done, or no longer does. The loader is told, too: debug mode has a part of its own.
export function explain(yes) {
  explains = yes;
  tell("debug", yes);
}

// The answer to `flush()`, which comes with `flushed`.
export function flush() {
  return new Promise((resolve) => flushes.push(resolve));
}

export function flushed(json) {
  for (const resolve of flushes.splice(0)) resolve(JSON.parse(json));
}

// Warns a developer. Says who speaks, so that nobody has to search.
export function warn(text) {
  say("warn", text);
}

// A value that cannot be recorded is a slip in the page's code: it is named, once.
function nameSlips({ name, changes }) {
  for (const change of changes.filter((change) => change.startsWith("no_value:"))) {
    const sentence = `${name}: a value was left out because it cannot be recorded (${change})`;
    if (!told.has(sentence)) warn(sentence);
    told.add(sentence);
  }
}

function say(how, text) {
  try {
    // A page may have put its own functions here, and they may throw.
    console[how](`pugmark: ${text}`);
  } catch {}
}
