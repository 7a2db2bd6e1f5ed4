// What the browser offers to send with. Each throws where there is no such thing; whoever calls catches.

const BATCH = { method: "POST", credentials: "omit", headers: { "content-type": "text/plain;charset=UTF-8" } };

// A body of plain text needs no preflight, whatever is in it.
export const post = (url, body, keepalive, signal) => fetch(url, { ...BATCH, body, keepalive, signal });

// Hands a request to the browser, which sends it whatever becomes of the page and tells nobody.
export const postLater = (url, body) => fetchLater(url, { ...BATCH, body, activateAfter: 0 });

// The text as gzip, in the background.
export const packed = (text) =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();

// Revalidates what the browser has.
export const get = (url, millis) =>
  fetch(url, { credentials: "omit", cache: "no-cache", signal: AbortSignal.timeout?.(millis) });
