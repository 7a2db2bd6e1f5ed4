// What the browser itself costs: batches of a second, a beacon at leaving, no storage, no second try.
const endpoint = window.SUBJECT_ENDPOINT;
let waiting = [];
let timer;
function flush() {
  clearTimeout(timer);
  timer = undefined;
  if (waiting.length) navigator.sendBeacon(`${endpoint}/floor`, JSON.stringify(waiting.splice(0)));
}
function add(name, properties) {
  waiting.push({ name, time: Date.now(), url: location.href, ...properties });
  timer ??= setTimeout(flush, 1000);
}
addEventListener("pagehide", flush);
window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding, more) => add("fault", { marker, padding, ...more }),
  pageView: () => (add("page"), flush()),
};
