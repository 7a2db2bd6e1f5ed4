// What a click costs on a deep page: for Pugmark with more and more definitions, for peers with their automatic clicks on.

import { clickDefinitions, byPlace } from "./definitions.mjs";
import { Ledger } from "./ledger.mjs";
import { cost, load, memory, PATIENCE_MS } from "./visit.mjs";
import { traced } from "./trace.mjs";

export const COUNTS = [1, 10, 100, 1000, 5000];
const CLICKS = 100;

/** Nobody has defined anything for it. */
const PASSED = "#price";
/** A click on what is in the button is one on the button. */
const CAPTURED = "#buy > .text";

/** Makes a site for each number of definitions; tells their keys, with the row they stand for. */
export async function makeSites(collector) {
  const sites = COUNTS.map((count) => ({ site: `clicks-${count}`, row: count, definitions: clickDefinitions(count) }));
  const placed = [...clickDefinitions(1000), byPlace()];
  sites.push({ site: "clicks-place", row: "place", definitions: placed });
  for (const { site, definitions } of sites) await collector.addSite(site, definitions);
  return sites;
}

/** Clicks in a row, one that makes no event and one that does, and the first of all by itself. */
export async function clicks(browser, site, contender, rate) {
  const ledger = await Ledger.open(contender);
  const visitor = await browser.newVisitor();
  const click = (selector, count) => () => page.evaluate(`bench.click("${selector}", ${count})`);
  let page;
  try {
    page = await visitor.newPage();
    const { result, longest, long } = await traced(page, async () => ({
      ...(await load(page, `${site}/deep`, contender, ledger, { rate, clicks: true })),
      first: await cost(page, click(CAPTURED, 1), () => ledger.silence()),
    }));
    const passed = await cost(page, click(PASSED, CLICKS));
    await ledger.silence();
    const before = contender.accepted;
    const captured = await cost(page, click(CAPTURED, CLICKS));
    await settled(contender, ledger, before);
    const kept = rate === 1 ? await memory(page) : {};
    return { idle: result.idle, first: result.first, passed: passed / CLICKS, captured: captured / CLICKS, longest, long, ...kept };
  } finally {
    await visitor.leave();
    ledger.close();
  }
}

/** Waits until the events of the clicks are there. Clicks on what is not found would be cheap, so each must have made one. */
async function settled(contender, ledger, before) {
  const end = performance.now() + PATIENCE_MS;
  do await ledger.silence();
  while (performance.now() < end && contender.accepted - before < CLICKS);
  const made = contender.accepted - before;
  if (made !== undefined && made < CLICKS) throw new Error(`${contender.name}: ${made} of ${CLICKS} clicks made an event`);
}
