// Runs the site's custom script, and says what went wrong with it. A file of the script's own, so that also code that is no
// code is caught, and its lines are those that were written.
const version = new URL(import.meta.url).search;
const folder = new URL("custom/", import.meta.url);
const script = new URL(`script.js${version}`, folder);

import(script).catch((error) => {
  const [, place] = /script\.js[^\s:]*:(\d+:\d+)/.exec(error?.stack) ?? [];
  const text = `${error}${place ? ` (line ${place})` : ""}`;
  console.error(`pugmark: the site's custom script has failed; the page goes on: ${text}`);
  navigator.sendBeacon(new URL("failed", folder), text);
});
