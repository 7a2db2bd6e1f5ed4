// Waiting that comes to an end.

import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/** What a promise gives, or an error if that takes too long. */
export async function within(promise, ms, otherwise) {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Error(otherwise)),
    () => {},
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
