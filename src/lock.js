// Web Locks as proof of life: a tab that holds its lock is alive, however throttled its timers are.
//
// A tab holds it only while its journal has something in it, and gives it back when a navigation begins: Firefox puts no
// page into its back/forward cache that holds a lock then, even one released on `pagehide` (Firefox 153).

// What releases the locks this page holds.
let releases = [];
// Whether this tab's own lock is held or asked for.
let holdsOwn = false;
// Whether the page is put away. A lock asked for now would keep it out of the back/forward cache.
let isAway = false;

// Whether there are locks at all. There are none on pages of plain http.
export function areKnown() {
  return Boolean(navigator.locks);
}

// Takes this tab's own lock and keeps it until `releaseAll`. Another tab that took it while this one was away loses it.
export function holdOwn(name) {
  if (isAway || holdsOwn) return;
  holdsOwn = true;
  ask(name, "steal", () => holdsOwn);
}

// Calls `then` if nobody holds the lock `name`, and keeps it from then on.
export function whenFree(name, then) {
  ask(name, "ifAvailable", () => !isAway, then);
}

// Gives back every lock.
export function releaseAll() {
  holdsOwn = false;
  for (const release of releases.splice(0)) release();
}

// Says whether the page is put away: then it gives back every lock and takes none.
export function setAway(yes) {
  isAway = yes;
  if (yes) releaseAll();
}

async function ask(name, how, isWanted, then) {
  try {
    await navigator.locks.request(name, { [how]: true }, (lock) => {
      if (!lock || !isWanted()) return;
      // The lock is held for as long as this promise is open.
      const open = new Promise((release) => releases.push(release));
      then?.();
      return open;
    });
  } catch {
    // Refused at once where there are no locks, later in a page that is being left, or stolen by the tab whose lock it
    // is: nothing to be done, and nothing to be printed.
  }
}
