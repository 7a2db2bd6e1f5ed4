// Web Locks as proof of life: a tab that holds its lock is alive, however throttled its timers are.
//
// A tab holds it only while its journal has something in it, and gives it back when a navigation begins: Firefox puts no
// page into its back/forward cache that holds a lock then, even one released on `pagehide` (Firefox 153).

// What releases the locks this page holds.
let releases = [];
// What withdraws the request for this tab's own lock; set while the lock is held or asked for.
let own;
// Whether the page is put away. A lock asked for now would keep it out of the back/forward cache.
let isAway = false;

// Whether there are locks at all. There are none on pages of plain http.
export function areKnown() {
  return Boolean(navigator.locks);
}

// Takes this tab's own lock and keeps it until `releaseAll`. While another tab has it, which took it when this one was away,
// waiting for it proves life as well; should this one die then, the other has to be done before a third may adopt.
export function holdOwn(name) {
  if (isAway || own) return;
  own = new AbortController();
  ask(name, { signal: own.signal });
}

// Calls `then` if nobody holds the lock `name` or waits for it, and keeps it from then on. No request of this kind can be
// withdrawn.
export function whenFree(name, then) {
  if (!isAway) ask(name, { ifAvailable: true }, then);
}

// Gives back every lock. The request for this tab's own is withdrawn: an answer to a page that is put away already would have
// Chromium throw it out of its back/forward cache.
export function releaseAll() {
  own?.abort();
  own = undefined;
  for (const release of releases.splice(0)) release();
}

// Says whether the page is put away: then it gives back every lock and takes none.
export function setAway(yes) {
  isAway = yes;
  if (yes) releaseAll();
}

async function ask(name, how, then) {
  try {
    await navigator.locks.request(name, how, (lock) => {
      if (!lock || isAway) return;
      // The lock is held for as long as this promise is open.
      const open = new Promise((release) => releases.push(release));
      then?.();
      return open;
    });
  } catch {
    // Refused at once where there are no locks, later in a page that is being left, or withdrawn: nothing to be done, and
    // nothing to be printed.
  }
}
