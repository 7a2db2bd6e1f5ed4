// The site's configuration: its rules, and the custom script that it may name.

import { get, set } from "./storage.js";
import { fetchText } from "./transport.js";

// Gives the rules that are kept, then fetches what there is now: other rules are kept and given, too. A custom script is
// run, but only from what has just come: one that was switched off is not run again.
//
// It is imported, because that is allowed wherever the tracker itself is, without a nonce or a trusted type of its own.
export function load(url, key, arrived) {
  const known = get(key);
  const { rules } = read(known);
  if (rules != null) arrived(rules);
  fetchText(url, (text) => {
    const { rules, custom } = read(text);
    if (custom) import(new URL(`custom.js?${custom}`, url)).catch(() => {});
    if (rules == null || text === known) return;
    set(key, text);
    arrived(rules);
  });
}

// A configuration; an empty one in place of what is none, or one of another time.
export function read(config) {
  try {
    const read = JSON.parse(config);
    if (typeof read.rules === "string") return read;
  } catch {}
  return {};
}
