// Prints the events of a site for TypeScript, as a running collector declares them: `./build.sh types`.

import { parseArgs } from "node:util";

const OPTIONS = {
  site: { type: "string", default: "demo" },
  address: { type: "string", default: "http://127.0.0.1:8787" },
};

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function options() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    fail(`${error.message}; the options are --site (demo) and --address (${OPTIONS.address.default})`);
  }
}

const { site, address } = options();
const token = process.env.PUGMARK_ADMIN_TOKEN;
if (!token) fail("put the admin token into PUGMARK_ADMIN_TOKEN");
const url = new URL(`/v1/sites/${encodeURIComponent(site)}/events.d.ts`, address);
const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(({ cause }) =>
  fail(`nobody answers at ${address}: ${cause?.message}`),
);
if (!answer.ok) {
  const { error } = await answer.json().catch(() => ({}));
  fail(`the collector refuses (${answer.status}): ${error?.message ?? "is that its address?"}`);
}
process.stdout.write(await answer.text());
