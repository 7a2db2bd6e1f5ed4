// The script tag: reads its own attributes, takes over the queue the page may have made, starts.

import { api, push, start } from "./core.js";

const script = document.currentScript ?? document.querySelector("script[data-site][src]");
const queue = Array.isArray(window.pugmark) ? window.pugmark : [];

if (queue.isLoaded) {
  console.warn("pugmark: the script is on this page twice; the second changes nothing");
} else {
  const early = queue.splice(0);
  // The same object, so that whoever kept the queue still speaks to us.
  window.pugmark = Object.assign(queue, api);
  push(...early);
  const options = {};
  for (const { name, value } of script?.attributes ?? []) {
    if (name.startsWith("data-")) options[name.slice(5)] = value;
  }
  const source = script?.src ?? "";
  // `stats.0123.js` has `stats.fallback.js` beside it. An import needs neither the tag's nonce nor a trusted type: it is
  // allowed where the script that asks for it is.
  const load = (part) => import(source.replace(/\.[^/?]*(\?.*)?$/, `.${part}.js$1`));
  start(options, source && new URL(".", source).href, load);
  queue.isLoaded = true;
}
