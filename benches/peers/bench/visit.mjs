// What a contender costs a page in Chromium.
//
// The script is put into a page that has come to rest, as the makers' snippets do it, and not written into its HTML: what
// the main thread does from then on is the contender's doing. Taking the load of a whole empty page off that of a whole
// page would leave the noise of both.

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Ledger } from "./ledger.mjs";
import { traced } from "./trace.mjs";

/** A page is at rest when its main thread has worked less than this in so long. */
const REST = { cpuMs: 1, inMs: 300 };
/** Longer than the longest pause between batches, five seconds, and what a slow machine adds to it. */
export const PATIENCE_MS = 12_000;
const PACE_MS = 50;

/** Waits until the page is at rest. */
async function rest(page) {
  for (let before = await page.cpu(), after; ; before = after) {
    await sleep(REST.inMs);
    after = await page.cpu();
    if (after - before < REST.cpuMs) return;
  }
}

/** Main-thread time in milliseconds that something takes, and everything it leaves to be done until `end` resolves. */
export async function cost(page, something, end = () => {}) {
  const before = await page.cpu();
  await something();
  await end();
  return (await page.cpu()) - before;
}

/** Opens a page, puts the contender onto it and waits until all is quiet; tells what that took. */
export async function load(page, url, contender, ledger, { rate = 1, clicks = false } = {}) {
  await page.goto(url);
  await rest(page);
  await page.send("Emulation.setCPUThrottlingRate", { rate });
  const start = { at: performance.now(), thread: await page.threadTime() };
  const first = contender.answer && ledger.nextSend().then(async (at) => ({ at, thread: await page.threadTime() }));
  const idle = await cost(page, () => page.evaluate(contender.insert(ledger.origin, clicks)), async () => {
    await within(first, PATIENCE_MS, `${contender.name} sends nothing`);
    await ledger.silence();
  });
  if (!first) return { idle, first: idle };
  const { at, thread } = await first;
  // The clock of the thread runs on between tasks while Chromium slows it down, so it says nothing then.
  return { idle, first: rate === 1 ? thread - start.thread : undefined, beacon: at - start.at };
}

async function within(promise, ms, otherwise) {
  const late = new AbortController();
  const timer = sleep(ms, undefined, { signal: late.signal }).then(() => Promise.reject(new Error(otherwise)));
  timer.catch(() => {});
  await Promise.race([promise, timer]);
  late.abort();
}

/** JavaScript's heap after a collection, what is kept outside it (script text, buffers), and WebAssembly's memory, in bytes. */
export async function memory(page) {
  const { result } = await page.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await page.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const sum = "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";
  const call = { objectId: objects.objectId, functionDeclaration: sum, returnByValue: true };
  const wasm = (await page.send("Runtime.callFunctionOn", call)).result.value;
  await page.send("Runtime.releaseObject", { objectId: objects.objectId });
  await page.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = await page.send("Runtime.getHeapUsage");
  return { heap: usedSize, wasm, outside: backingStorageSize };
}

/** Markers of events that the page's script makes. */
const events = (name, count) => Array.from({ length: count }, (_, number) => `fault-${name}-1-${number}`);

/** Events one after the other, as a busy visitor would cause them, until the last has arrived and all is quiet. */
async function paced(page, contender, ledger, count) {
  const from = ledger.requests.length;
  let arrived;
  const cpu = await cost(page, () => page.evaluate(`bench.paced("paced", ${count}, ${PACE_MS})`), async () => {
    if (contender.answer) arrived = await ledger.arrive(events("paced", count), PATIENCE_MS);
    await ledger.silence();
  });
  const requests = ledger.requests.slice(from);
  const sends = requests.filter(({ isPreflight }) => !isPreflight);
  const sum = (list, part) => list.reduce((sum, request) => sum + request[part], 0);
  return {
    event: (cpu / count) * 1000,
    arrived: arrived && (arrived / count) * 100,
    bytes: sum(sends, "bodyBytes") / count,
    withHeads: (sum(sends, "bodyBytes") + sum(requests, "headBytes")) / count,
    requests: (sends.length / count) * 100,
    preflights: ((requests.length - sends.length) / count) * 100,
  };
}

/** Events all at once: what the calls themselves take. What they leave to be done later is left out. */
async function burst(page, contender, ledger, count) {
  const cpu = await cost(page, () => page.evaluate(`bench.burst("burst", ${count})`));
  if (contender.answer) await ledger.arrive(events("burst", count), PATIENCE_MS);
  await ledger.silence();
  return { call: (cpu / count) * 1000 };
}

/** Leaves the page and comes back; `persisted` is 100 or 0, so that the median of several says in how many. */
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
  return { restored: type === "BackForwardCacheRestore" ? 100 : 0, restore: await page.cpu() };
}

/** All of it, on a page as fast as the machine. */
export async function visits(browser, site, contender, count) {
  const ledger = await Ledger.open(contender);
  const visitor = await browser.newVisitor();
  try {
    const page = await visitor.newPage();
    const first = await load(page, `${site}/`, contender, ledger);
    const files = new Map(ledger.files);
    const kept = await memory(page);
    const calls = { ...(await paced(page, contender, ledger, count)), ...(await burst(page, contender, ledger, count)) };
    await page.close();

    ledger.files.clear();
    const again = await visitor.newPage();
    const second = await load(again, `${site}/`, contender, ledger);
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
    const page = await visitor.newPage();
    const { result, longest, long } = await traced(page, async () => ({
      ...(await load(page, `${site}/`, contender, ledger, { rate })),
      ...(await paced(page, contender, ledger, count)),
    }));
    const { call } = await burst(page, contender, ledger, count);
    return { idle: result.idle, beacon: result.beacon, event: result.event, call, longest, long };
  } finally {
    await visitor.leave();
    ledger.close();
  }
}
