// Sends batches with what the browser offers, and fetches texts. Which batch, and when again, is not decided here.

// A request without an answer after this long is given up, in milliseconds; the events are sent again.
//
// Judgement (November 2026): longer than a slow mobile network takes for a batch, shorter than people stay on a page.
const PATIENCE = 30_000;

// The same for a request from before the page was put into the back/forward cache: the browser may have cut it off
// without a word. Judgement (November 2026): answers that it has kept are told within milliseconds.
const PATIENCE_AFTER_RETURN = 3_000;

// Bodies longer than this are packed, in bytes.
//
// Judgement (November 2026): one or two events of ordinary size, which go into one network packet as they are.
const WORTH_PACKING = 1024;

// A body of plain text needs no preflight, whatever is in it.
const BATCH = { method: "POST", credentials: "omit", headers: { "content-type": "text/plain;charset=UTF-8" } };

// What says that the batch is to come again, whoever says it: 413 in parts.
const NOT_NOW = /408|413|425|429|5../;

const underWay = new Set();
let withdrawals = 0;
let isLeaving = false;
// Whether the page goes on: it is shown, or has been hidden for longer than a task, and there will be another try.
let goesOn = true;
// Whether the last request that would have outlived the page was refused.
let avoidsKeepalive = false;

// Sends a batch and calls `done` once: with the status of its answer, the pause in milliseconds that `Retry-After` asks for
// and the number of refused events, or with the status 0 where none came.
export function send(url, body, outlives, done) {
  const request = { url, body, outlives, done, isLast: !goesOn, abort: new AbortController() };
  underWay.add(request);
  waitFor(request, PATIENCE);
  if (isLeaving || body.length <= WORTH_PACKING) return depart(request);
  try {
    pack(body).then(
      (packed) => depart(request, packed),
      () => depart(request),
    );
  } catch {
    depart(request);
  }
}

// Gives a body to what sends it whatever becomes of the page, and tells nobody.
export function handOver(url, body) {
  try {
    fetchLater(url, { ...BATCH, body, activateAfter: 0 });
  } catch {
    navigator.sendBeacon(url, body);
  }
}

// Tells something that may be lost, without cookies, and asks for no answer.
export function mention(url, body) {
  try {
    fetch(url, { ...BATCH, body, keepalive: true }).catch(() => {});
  } catch {
    // Then it is lost.
  }
}

// Says whether the page is hidden or put away: it may never run again, and what is still being packed goes as it is.
export function setLeaving(yes) {
  isLeaving = yes;
  goesOn = !yes;
  if (!yes) return;
  setTimeout(() => (goesOn = true));
  for (const request of underWay) {
    request.isLast = true;
    depart(request);
  }
}

// The page is back from the back/forward cache: what was under way is settled soon.
export function settleSoon() {
  underWay.forEach((request) => waitFor(request, PATIENCE_AFTER_RETURN));
}

// Consent was taken back: nothing leaves any more, and nothing is told.
export function withdraw() {
  withdrawals++;
  for (const request of underWay) {
    clearTimeout(request.timer);
    underWay.delete(request);
    request.abort.abort();
  }
}

// Fetches a text, revalidating what the browser has; calls `found` only with a good answer, and not after `withdraw`.
export async function fetchText(url, found) {
  try {
    const before = withdrawals;
    const signal = AbortSignal.timeout?.(PATIENCE);
    const answer = await fetch(url, { credentials: "omit", cache: "no-cache", signal });
    const text = await answer.text();
    if (answer.ok && withdrawals === before) found(text);
  } catch {
    // What is known already has to do.
  }
}

function waitFor(request, millis) {
  clearTimeout(request.timer);
  request.timer = setTimeout(() => {
    end(request);
    request.abort.abort();
  }, millis);
}

// The text is not made a blob before: that would go to the browser's process and back.
function pack(text) {
  return new Response(new Response(text).body.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

async function depart(request, body = request.body) {
  // It may have departed as it was, or been withdrawn, while it was being packed.
  if (request.hasDeparted || !underWay.has(request)) return;
  request.hasDeparted = true;
  const { url, abort } = request;
  const keepalive = request.outlives && (isLeaving || !avoidsKeepalive);
  try {
    const answer = await fetch(url, { ...BATCH, body, keepalive, signal: abort.signal });
    avoidsKeepalive = false;
    const receipt = await answer.json().catch(() => {});
    const { status } = answer;
    // Only the collector may say that a batch is stored or refused. The offline page of a service worker, the form to log in
    // that a proxy shows, a server that is being set up: somebody has answered, but who knows nothing of it.
    const isHeeded = typeof receipt?.accepted === "number" || NOT_NOW.test(status);
    const pause = millis(answer.headers.get("retry-after"));
    end(request, isHeeded ? status : 0, pause, receipt?.refused?.length);
  } catch {
    if (!underWay.has(request)) return;
    // There is no network, or the other scripts of the page have used up what may be under way when a page is left.
    // The page that is being left has other ways out; the next batch of one that stays goes as an ordinary request. A
    // page that is merely hidden tries again, and need not send everything twice.
    avoidsKeepalive = keepalive;
    if (isLeaving && request.isLast) handOver(url, body);
    end(request);
  }
}

// What `Retry-After` says, in seconds or as a date; undefined where it says nothing.
function millis(text) {
  const wait = /^\s*\d+\s*$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

function end(request, status = 0, pause, refused = 0) {
  clearTimeout(request.timer);
  if (underWay.delete(request)) request.done(status, pause, refused);
}
