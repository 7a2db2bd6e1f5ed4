// The live view: follows the stream and fills the page's template. What comes from the web is only ever set as text.

import { localise } from "./times.js";

// More makes the page slow and nobody scrolls so far. Judgement (November 2026).
const MOST_SHOWN = 200;
// How often a screen reader is told about news; each completion would drown everything else.
const NEWS_EVERY_MS = 5000;
// A stream that comes again repeats what was recent; far fewer ids than these would do.
const MOST_REMEMBERED = 5000;

const part = (id) => document.getElementById(id);
const list = part("completions");
const filter = part("filter");
const pause = part("pause");
const connection = part("connection");

const seen = new Set();
const names = new Set();
let ready = false;
let held = [];
let unread = 0;
let newest = "";

// ---- The stream

const source = new EventSource(list.dataset.stream);

source.addEventListener("open", () => connect("on", "Connected"));
source.addEventListener("ready", () => {
  ready = true;
  showState();
});
source.addEventListener("completion", (message) => take(JSON.parse(message.data)));
source.addEventListener("missed", (message) => {
  part("missed").hidden = false;
  part("missed").textContent = `Events came faster than this page could show them: ${message.data} are left out here. They are stored, and counted under Events.`;
});
source.addEventListener("error", () => {
  // A stream that was refused for good, as after the session's end, is not tried again by the browser.
  if (source.readyState === EventSource.CLOSED) {
    connect("off", "Signed out or not reachable. ");
    const again = document.createElement("a");
    again.href = location.pathname;
    again.textContent = "Try again";
    connection.append(again);
  } else {
    connect("waiting", "Connection lost, trying again");
  }
});

function connect(state, text) {
  connection.dataset.state = state;
  connection.textContent = text;
}

function take(completion) {
  if (seen.has(completion.id)) return;
  seen.add(completion.id);
  if (seen.size > MOST_REMEMBERED) seen.delete(seen.values().next().value);
  suggest(completion.name);
  if (isPaused()) {
    held.push(completion);
    if (held.length > MOST_SHOWN) held.shift();
    showPause();
  } else {
    show(completion);
  }
  if (ready && matches(completion.name, completion.label)) {
    unread += 1;
    newest = completion.label;
  }
}

// ---- Drawing

function show(completion) {
  const item = draw(completion);
  // Those who read further down keep what they read: the page grows above them, and their place moves along.
  const before = document.documentElement.scrollHeight;
  const reading = list.getBoundingClientRect().top < 0;
  list.prepend(item);
  if (reading) scrollBy({ top: document.documentElement.scrollHeight - before, behavior: "instant" });
  if (ready) item.classList.add("new");
  while (list.children.length > MOST_SHOWN) list.lastElementChild.remove();
  showState();
}

function draw(completion) {
  const item = part("completion").content.firstElementChild.cloneNode(true);
  item.dataset.name = completion.name;
  item.dataset.label = completion.label;
  item.hidden = !matches(completion.name, completion.label);

  slot(item, "label").textContent = completion.label;
  slot(item, "name").textContent = completion.name;
  slot(item, "name").hidden = completion.label === completion.name;
  const time = slot(item, "at");
  time.dateTime = completion.at;
  localise(time);
  for (const fact of ["page", "known", "visitor", "session"]) {
    const value = slot(item, fact);
    value.textContent = completion[fact];
    value.title = completion[fact];
    value.parentElement.hidden = completion[fact] === "";
  }
  shown(item, "undefined", completion.undefined);

  fill(item, "properties", completion.properties.map(drawProperty));
  listOf(item, "properties").hidden = completion.properties.length === 0;
  fill(item, "adjusted", completion.adjusted.map(drawSentence));
  shown(item, "adjustments", completion.adjusted.length > 0);
  fill(item, "automatic", completion.automatic.map(drawProperty));
  shown(item, "automatic", completion.automatic.length > 0);
  slot(item, "automatic-count").textContent = String(completion.automatic.length);
  return item;
}

function drawProperty(property) {
  const row = part("property").content.firstElementChild.cloneNode(true);
  slot(row, "name").textContent = property.name;
  slot(row, "value").textContent = property.value;
  shown(row, "undefined", property.undefined);
  shown(row, "adjusted", property.adjusted);
  return row;
}

function drawSentence(sentence) {
  const item = document.createElement("li");
  item.textContent = sentence;
  return item;
}

const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);
const listOf = (root, name) => root.querySelector(`[data-list="${name}"]`);
const fill = (root, name, children) => listOf(root, name).replaceChildren(...children);

function shown(root, name, isShown) {
  root.querySelector(`[data-show="${name}"]`).hidden = !isShown;
}

function showState() {
  const any = list.children.length > 0;
  part("waiting").hidden = !ready || any || seen.size > 0;
  const anyMatch = [...list.children].some((item) => !item.hidden);
  part("none-match").hidden = !any || anyMatch;
}

// ---- Filter, pause, clear

const wanted = () => filter.value.trim().toLowerCase();
const matches = (name, label) => name.includes(wanted()) || label.toLowerCase().includes(wanted());
const isPaused = () => pause.getAttribute("aria-pressed") === "true";

filter.addEventListener("input", () => {
  for (const item of list.children) item.hidden = !matches(item.dataset.name, item.dataset.label);
  showState();
});

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!isPaused()));
  if (!isPaused()) {
    const waiting = held;
    held = [];
    for (const completion of waiting) show(completion);
  }
  showPause();
});

part("clear").addEventListener("click", () => {
  held = [];
  list.replaceChildren();
  part("missed").hidden = true;
  showPause();
  showState();
});

function showPause() {
  if (!isPaused()) pause.textContent = "Pause";
  else pause.textContent = held.length > 0 ? `Resume (${held.length} new)` : "Resume";
}

function suggest(name) {
  if (names.has(name)) return;
  names.add(name);
  const option = document.createElement("option");
  option.value = name;
  part("names").append(option);
}

// ---- News for screen readers

setInterval(() => {
  if (unread === 0) return;
  part("news").textContent = unread === 1 ? `New: ${newest}` : `${unread} new completions, the latest: ${newest}`;
  unread = 0;
}, NEWS_EVERY_MS);
