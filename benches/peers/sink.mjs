// What takes the servers' place: hears every request, answers as the trackers expect, and finds the events in the bodies.

import { createServer } from "node:http";
import { unescape } from "node:querystring";
import { gunzipSync, inflateSync } from "node:zlib";

/** What each of the trackers takes for success, and the sink of the fault harness says to everything too. */
const SUCCESS = '{"status":1,"success":true,"code":200}';

/** A server on a free port of `host`. */
export const listen = (handler, host) =>
  new Promise((listening) => {
    const server = createServer(handler).listen(0, host, () => {
      const close = () => {
        server.close();
        server.closeAllConnections();
      };
      listening({ origin: `http://${host}:${server.address().port}`, close });
    });
  });

/**
 * A sink that any page may write to. It tells `heard` of every request, with the body; `answer` may give another answer
 * than success, as `{ status, headers, body }`.
 */
export function startSink(heard, answer = () => undefined) {
  return listen(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    heard(request, body);
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    if (request.method === "OPTIONS") {
      response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "");
      response.setHeader("access-control-allow-methods", "GET, POST, PUT");
      response.writeHead(204).end();
      return;
    }
    const success = { status: 200, headers: { "content-type": "application/json" }, body: SUCCESS };
    const given = (await answer(request, body)) ?? success;
    response.writeHead(given.status, given.headers).end(given.body);
  }, "127.0.0.1");
}

/** What is in a body, taken out of what it could be wrapped in, each with the name of the wrapping. */
function unwrapped(bytes) {
  const text = bytes.toString("latin1");
  const found = [];
  for (const [name, unpack] of [["gzip", gunzipSync], ["deflate", inflateSync]]) {
    try {
      found.push([name, unpack(bytes)]);
    } catch {
      // It is not packed that way.
    }
  }
  if (text.includes("%")) found.push(["urlencoded", Buffer.from(unescape(text))]);
  for (const [run] of text.matchAll(/[\w+/-]{24,}/g)) found.push(["base64", Buffer.from(run, "base64")]);
  return found;
}

/** The markers in the bytes, and the wrappings around them. */
export function markers(bytes, wrappings = []) {
  const found = bytes.toString("latin1").match(/fault-[a-z]+-\d+-\d+/g);
  if (found) return { found: new Set(found), wrappings };
  if (wrappings.length === 4) return { found: new Set(), wrappings: [] };
  const parts = unwrapped(bytes).map(([name, inner]) => markers(inner, [...wrappings, name]));
  return {
    found: new Set(parts.flatMap((part) => [...part.found])),
    wrappings: parts.find((part) => part.found.size)?.wrappings ?? [],
  };
}
