// Long work in slices, so that the page stays responsive.

/** Longest slice, in milliseconds. Judgement (November 2026): half of a frame, so that the page gets the other half. */
const SLICE = 8;

const channel = new MessageChannel();
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();
// Node keeps running while a port listens; browsers have no `unref`.
channel.port1.unref?.();

function pause() {
  if (globalThis.scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/**
 * Calls `each` for every item, pausing between slices; stops early when `isOver` says so.
 *
 * @returns {Promise<boolean>} whether all items had their turn
 */
export async function inSlices(items, each, isOver = () => false) {
  let end = performance.now() + SLICE;
  for (const item of items) {
    each(item);
    if (performance.now() > end) {
      await pause();
      if (isOver()) return false;
      end = performance.now() + SLICE;
    }
  }
  return true;
}
