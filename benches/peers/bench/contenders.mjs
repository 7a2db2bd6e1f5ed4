// Who is measured: the page without a tracker, which is taken off the others' figures, Pugmark, and the peers.

import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const here = (path) => new URL(path, import.meta.url);
const CACHED_FOR_AN_HOUR = "public, max-age=3600";

/** The page alone. */
export const EMPTY = { name: "page", insert: () => "window.subject = { track() {} };" };

/** Those that capture clicks by an option, without a plugin. */
export const CLICKERS = ["posthog", "amplitude", "mixpanel"];

export const PUGMARK = "pugmark";

/** Pugmark on a site of this collector. */
export async function pugmark(collector, site) {
  const { version } = JSON.parse(await readFile(here("../../../pkg/package.json")));
  return {
    name: PUGMARK,
    version,
    /** How many events the sink has taken. */
    accepted: 0,
    // Its page view is automatic, and it asks where its script came from.
    insert: (sink) => `
      window.pugmark = window.pugmark || [];
      window.subject = {
        track: (marker, padding, more) => pugmark.trackCustomEvent("fault", { marker, ...more }),
      };
      bench.insert("${sink}/pugmark.js", { site: "${site}" });`,
    answer(request, body) {
      if (request.method === "POST") {
        const events = eventsIn(body);
        this.accepted += events;
        return receipt(events);
      }
      return collector.get(request.url, request.headers["if-none-match"]);
    },
  };
}

function eventsIn(batch) {
  const isPacked = batch[0] === 0x1f && batch[1] === 0x8b;
  return JSON.parse(isPacked ? gunzipSync(batch) : batch).events.length;
}

/** What the collector says to a batch. */
function receipt(accepted) {
  const body = JSON.stringify({ accepted, duplicates: 0, refused: [] });
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

/** The peers, as `build.mjs` has built them. */
export async function peers() {
  const manifest = JSON.parse(await readFile(here("../dist/manifest.json")));
  return Promise.all(manifest.map(peer));
}

async function peer({ name, version, script }) {
  const headers = { "content-type": "text/javascript; charset=utf-8", "cache-control": CACHED_FOR_AN_HOUR };
  const file = { status: 200, headers, body: await readFile(here(`../${script}`)) };
  return {
    name,
    version,
    insert: (sink, clicks) => `
      window.SUBJECT_ENDPOINT = "${sink}";
      window.SUBJECT_SITE = "shop";
      window.SUBJECT_CLICKS = ${Boolean(clicks)};
      bench.insert("${sink}/${script}", {});`,
    answer: (request) => (request.method === "GET" && request.url === `/${script}` ? file : undefined),
  };
}
