// What one contender asks and sends: a sink of its own, so that nothing that comes late counts for the next one.

import { performance } from "node:perf_hooks";
import { markers, startSink } from "../sink.mjs";
import { sleep } from "./waiting.mjs";

/** A contender that has been silent for so long has done what there was to do; none waits so long between two requests. */
const SILENCE_MS = 1000;
const LOOK_EVERY_MS = 10;

export class Ledger {
  /** Every request but those for files, each `{ at, isPreflight, headBytes, bodyBytes }`. */
  requests = [];
  /** The markers of the events that have arrived. */
  arrived = new Set();
  /** The files that the page has fetched, by path. */
  files = new Map();
  #lastAt = 0;
  #firstSend;

  /** Opens a sink for a contender. */
  static async open(contender) {
    const ledger = new Ledger();
    const sink = await startSink(
      (request, body) => ledger.#hear(request, body),
      async (request, body) => ledger.#keep(request, await contender.answer?.(request, body)),
    );
    ledger.origin = sink.origin;
    ledger.close = sink.close;
    return ledger;
  }

  #hear(request, body) {
    const at = performance.now();
    this.#lastAt = at;
    const isPreflight = request.method === "OPTIONS";
    if (!isPreflight && !body.length) return;
    const head = [request.method, request.url, "HTTP/1.1", ...request.rawHeaders].join("  ");
    this.requests.push({ at, isPreflight, headBytes: head.length, bodyBytes: body.length });
    if (isPreflight) return;
    this.#firstSend?.(at);
    this.#firstSend = undefined;
    for (const marker of markers(body).found) this.arrived.add(marker);
  }

  #keep(request, answer) {
    if (/javascript|wasm/.test(answer?.headers["content-type"])) this.files.set(request.url, answer.body);
    return answer;
  }

  /** Resolves with the time at which the next request with events is here. */
  nextSend() {
    return new Promise((resolve) => (this.#firstSend = resolve));
  }

  /** Waits until all these events are here, but not for ever: some trackers lose some. */
  async arrive(expected, patienceMs) {
    const end = performance.now() + patienceMs;
    while (performance.now() < end && !expected.every((marker) => this.arrived.has(marker))) await sleep(LOOK_EVERY_MS);
    return expected.filter((marker) => this.arrived.has(marker)).length;
  }

  /** Waits until nothing has come for a while. */
  async silence() {
    const since = performance.now();
    while (performance.now() - Math.max(since, this.#lastAt) < SILENCE_MS) await sleep(LOOK_EVERY_MS);
  }
}
