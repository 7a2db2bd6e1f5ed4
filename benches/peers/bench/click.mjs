// What a click costs on a deep page: for Pugmark with more and more definitions, for peers with their automatic clicks on.

import { performance } from "node:perf_hooks";
import { EMPTY } from "./contenders.mjs";
import { Ledger } from "./ledger.mjs";
import { traced } from "./trace.mjs";
import { cost, load, memory, openPage, PATIENCE_MS } from "./visit.mjs";

const CLICKS = 100;
/** No finger is as fast, but slow enough for trackers that take clicks in quick succession for one. */
const PACE_MS = 20;
/** Nothing is defined for it, and it is no button. */
const PASSED = "#price";
/** A click on what is in the button is one on the button. */
const CAPTURED = "#buy > .text";

/**
 * A page with the contender on it, and clicks on something that makes no event and on the button. Of each click, what
 * its listeners take; of those that make an event also with all that they leave to be done. In microseconds.
 */
export async function clicks(browser, site, contender, rate) {
  const ledger = await Ledger.open(contender);
  const visitor = await browser.newVisitor();
  try {
    const page = await openPage(visitor, `${site}/deep`, rate);
    const click = (selector, count) => page.evaluate(`bench.click("${selector}", ${count}, ${PACE_MS})`);
    const start = await traced(page, async () => {
      const { idle } = await load(page, contender, ledger, true);
      await click(CAPTURED, 1);
      await ledger.silence();
      return { idle };
    });
    const kept = rate === 1 ? await memory(page) : {};
    const passed = await traced(page, () => click(PASSED, CLICKS));
    await ledger.silence();
    const before = contender.accepted;
    const captured = await traced(page, () =>
      cost(page, async () => {
        await click(CAPTURED, CLICKS);
        await (contender === EMPTY ? ledger.silence() : settle(contender, ledger, before));
      }),
    );
    return {
      ...start.result,
      ...kept,
      longest: start.longest,
      long: start.long,
      firstClick: mean(start.clicks) * 1000,
      passed: mean(passed.clicks) * 1000,
      captured: mean(captured.clicks) * 1000,
      clicked: (captured.result / CLICKS) * 1000,
    };
  } finally {
    await visitor.leave();
    ledger.close();
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Waits for the events of the clicks. Where they can be counted they must be as many: a click that is missed is cheap. */
async function settle(contender, ledger, before) {
  const end = performance.now() + PATIENCE_MS;
  const made = () => contender.accepted - before;
  do await ledger.silence();
  while (made() < CLICKS && performance.now() < end);
  if (contender.accepted !== undefined && made() !== CLICKS)
    throw new Error(`${contender.name}: ${CLICKS} clicks made ${made()} events`);
}
