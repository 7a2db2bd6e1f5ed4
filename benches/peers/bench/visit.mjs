// What a contender costs a page in Chromium.
//
// The script is put into a page that has come to rest, as the makers' snippets do it, and not written into its HTML: what
// the main thread does from then on is the contender's doing. Taking the load of a whole empty page off that of a whole
// page would leave the noise of both.

import { performance } from "node:perf_hooks";
import { EMPTY } from "./contenders.mjs";
import { Ledger } from "./ledger.mjs";
import { traced } from "./trace.mjs";
import { sleep, within } from "./waiting.mjs";

/** A page is at rest when its main thread has worked less than this in so long, or has not come to rest in so many looks. */
const REST = { cpuMs: 1, inMs: 300, looks: 20 };
/** Longer than the longest pause between batches, five seconds, and what a slow machine adds to it. */
export const PATIENCE_MS = 12_000;
/** The slowest to begin waits five seconds by itself. */
export const FIRST_WITHIN_MS = 20_000;
const PACE_MS = 50;

/** Waits until the page is at rest. */
async function rest(page) {
  let before = await page.cpu();
  for (let look = 0; look < REST.looks; look++) {
    await sleep(REST.inMs);
    const after = await page.cpu();
    if (after - before < REST.cpuMs) return;
    before = after;
  }
}

/** A new page that has come to rest, and from then on is so many times slower. */
export async function openPage(visitor, url, rate = 1) {
  const page = await visitor.newPage();
  await page.goto(url);
  await rest(page);
  await page.send("Emulation.setCPUThrottlingRate", { rate });
  return page;
}

/** Main-thread time in milliseconds that goes by while something is done. */
export async function cost(page, something) {
  const before = await page.cpu();
  await something();
  return (await page.cpu()) - before;
}

/**
 * Puts the contender onto a page and waits until all is quiet. Tells the main thread's time to the first beacon and until
 * idle, and how long the beacon took by the clock, in milliseconds.
 */
export async function load(page, contender, ledger, clicks = false) {
  const start = { at: performance.now(), thread: await page.threadTime() };
  const sent = ledger.nextSend().then(async (at) => ({ at, thread: await page.threadTime() }));
  let inserted;
  const idle = await cost(page, async () => {
    await page.evaluate(contender.insert(ledger.origin, clicks));
    inserted = await page.threadTime();
    if (contender !== EMPTY) await within(sent, FIRST_WITHIN_MS, `${contender.name} sends nothing`);
    await ledger.silence();
  });
  if (contender === EMPTY) return { idle, first: inserted - start.thread };
  const { at, thread } = await sent;
  return { idle, first: thread - start.thread, beacon: at - start.at };
}

/**
 * What is kept in memory after a collection, in KB of 1,000 bytes: JavaScript's heap and WebAssembly's memory, which are
 * the tracker's own, and outside the heap script text and buffers.
 */
export async function memory(page) {
  const { result } = await page.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  // Asked of the engine, since a tracker need not show the memories it has.
  const { objects } = await page.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const functionDeclaration = "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }";
  const call = { objectId: objects.objectId, functionDeclaration, returnByValue: true };
  const wasm = (await page.send("Runtime.callFunctionOn", call)).result.value;
  await page.send("Runtime.releaseObject", { objectId: objects.objectId });
  await page.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = await page.send("Runtime.getHeapUsage");
  return { kept: (usedSize + wasm) / 1000, wasm: wasm / 1000, outside: backingStorageSize / 1000 };
}

/** Markers of events that the page's script makes. */
const events = (name, count) => Array.from({ length: count }, (_, number) => `fault-${name}-1-${number}`);

/** Has a page make events one after the other, until the last has arrived and all is quiet; tells what came. */
export async function eventsOnTheWire(ledger, count, run) {
  const from = ledger.requests.length;
  await run(`bench.paced("paced", ${count}, ${PACE_MS})`);
  const arrived = await ledger.arrive(events("paced", count), PATIENCE_MS);
  await ledger.silence();
  const requests = ledger.requests.slice(from);
  const sends = requests.filter(({ isPreflight }) => !isPreflight);
  const sum = (list, part) => list.reduce((sum, request) => sum + request[part], 0);
  return {
    arrived: (arrived / count) * 100,
    bytes: sum(sends, "bodyBytes") / count,
    withHeads: (sum(sends, "bodyBytes") + sum(requests, "headBytes")) / count,
    requests: (sends.length / count) * 100,
    preflights: ((requests.length - sends.length) / count) * 100,
  };
}

/** The same, with what it costs the main thread, in microseconds an event. */
async function paced(page, contender, ledger, count) {
  let wire;
  const cpu = await cost(page, async () => {
    if (contender === EMPTY) {
      await page.evaluate(`bench.paced("paced", ${count}, ${PACE_MS})`);
      return ledger.silence();
    }
    wire = await eventsOnTheWire(ledger, count, (script) => page.evaluate(script));
  });
  return { event: (cpu / count) * 1000, ...wire };
}

/** Events all at once: what the calls themselves take. What they leave to be done later is left out. */
async function burst(page, contender, ledger, count) {
  const { calls } = await traced(page, () => page.evaluate(`bench.burst("burst", ${count})`));
  if (contender !== EMPTY) await ledger.arrive(events("burst", count), PATIENCE_MS);
  await ledger.silence();
  return { call: (calls / count) * 1000 };
}

/** Leaves the page and comes back to it; tells whether it was still there, and what the main thread did then. */
async function backAndForth(page, site, ledger) {
  const { entries, currentIndex } = await page.send("Page.getNavigationHistory");
  await page.goto(`${site}/next`);
  await rest(page);
  const back = page.next("Page.frameNavigated");
  await page.send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex].id });
  const { type } = await back;
  await ledger.silence();
  await rest(page);
  // The counter has begun anew with the page.
  return { restored: Number(type === "BackForwardCacheRestore"), restore: await page.cpu() };
}

/** All of it, on pages as fast as the machine: a first visit, a second one, and a return by the back button. */
export async function visits(browser, site, contender, count) {
  const ledger = await Ledger.open(contender);
  const visitor = await browser.newVisitor();
  try {
    const page = await openPage(visitor, `${site}/`);
    const first = await load(page, contender, ledger);
    const files = [...ledger.files.values()];
    const kept = await memory(page);
    const calls = { ...(await paced(page, contender, ledger, count)), ...(await burst(page, contender, ledger, count)) };
    await page.close();

    ledger.files.clear();
    const again = await openPage(visitor, `${site}/`);
    const second = await load(again, contender, ledger);
    const cached = { secondIdle: second.idle, secondBeacon: second.beacon, secondFiles: ledger.files.size };
    return { files, sample: { ...first, ...kept, ...calls, ...cached, ...(await backAndForth(again, site, ledger)) } };
  } finally {
    await visitor.leave();
    ledger.close();
  }
}

/** Load and calls on a page that is slowed down, with a look at the longest task in it. */
export async function slowVisit(browser, site, contender, count, rate) {
  const ledger = await Ledger.open(contender);
  const visitor = await browser.newVisitor();
  try {
    const page = await openPage(visitor, `${site}/`, rate);
    const { result, longest, long } = await traced(page, async () => {
      // While Chromium slows a thread down, its clock goes on between tasks, so there is no time to the first beacon.
      const { idle, beacon } = await load(page, contender, ledger);
      const { event } = await paced(page, contender, ledger, count);
      return { idle, beacon, event };
    });
    return { ...result, ...(await burst(page, contender, ledger, count)), longest, long };
  } finally {
    await visitor.leave();
    ledger.close();
  }
}
