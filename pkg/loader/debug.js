// Debug mode's own part, loaded only with it: says on the console what does not fit the site's definitions. It never
// stands in the way: without an answer from the collector it is silent.

import { slips } from "./schema.js";

// How long a schema is used before it is asked for again, in milliseconds: what is defined now is known here within the
// minute.
const FRESH_FOR = 30_000;

const told = new Set();
let schema;
let askedAt = -Infinity;

// Looks at the completions in the list, and at each that is pushed later, while debug mode is on.
export function examine(completions, { site, endpoint }, isOn) {
  const url = `${endpoint}/v1/sites/${site}/config.json?schema`;
  const look = async (completion) => {
    if (!isOn()) return;
    const known = await current(url);
    if (known) slips(known, completion).forEach(tell);
  };
  const early = completions.splice(0);
  completions.push = look;
  early.forEach(look);
}

// The site's schema; nothing if it cannot be had.
function current(url) {
  if (performance.now() - askedAt > FRESH_FOR) {
    askedAt = performance.now();
    schema = ask(url);
  }
  return schema;
}

async function ask(url) {
  try {
    const answer = await fetch(url, { credentials: "omit", cache: "no-cache" });
    if (answer.ok) return (await answer.json()).schema;
  } catch {
    // Then nothing is said.
  }
}

function tell({ about, text }) {
  if (told.has(about)) return;
  told.add(about);
  console.warn(`pugmark: ${text}`);
}
