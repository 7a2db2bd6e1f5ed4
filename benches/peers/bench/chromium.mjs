// Chromium by its own protocol, over a pipe. A driver such as Playwright listens to everything a page does, and the page
// pays for that in the very thread that is measured.

import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless",
  "--remote-debugging-pipe",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  // The browser's own business would take its turns on the same processors.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--no-default-browser-check",
  "--no-first-run",
  // Nothing leaves the machine, whatever a tracker tries.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
  "about:blank",
];

/** Starts Chromium with a profile of its own. */
export async function startChromium() {
  const profile = await mkdtemp(join(tmpdir(), "pugmark-bench-"));
  const path = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  const child = spawn(path, [`--user-data-dir=${profile}`, ...FLAGS], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const browser = new Chromium(child, profile);
  const { product } = await browser.send("Browser.getVersion");
  browser.version = product.replace(/^\w+\//, "Chromium ");
  return browser;
}

class Chromium {
  #calls = new Map();
  #listeners = new Set();
  #last = 0;
  #rest = "";

  constructor(child, profile) {
    this.child = child;
    this.profile = profile;
    const [, , , to, from] = child.stdio;
    this.pipe = to;
    from.setEncoding("utf8").on("data", (text) => this.#hear(text));
    child.on("exit", () => {
      for (const { reject } of this.#calls.values()) reject(new Error("Chromium has ended"));
    });
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#last;
    this.pipe.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, method }));
  }

  /** Tells of every event of a session; returns the function that undoes it. */
  listen(sessionId, heard) {
    const listener = (message) => message.sessionId === sessionId && heard(message.method, message.params);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #hear(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages.map((one) => JSON.parse(one))) {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (!call) this.#listeners.forEach((listener) => listener(message));
      else if (message.error) call.reject(new Error(`${call.method}: ${message.error.message}`));
      else call.resolve(message.result);
    }
  }

  /** A visitor: storage, cookies and caches that no other has. */
  async newVisitor() {
    const { browserContextId } = await this.send("Target.createBrowserContext");
    return new Visitor(this, browserContextId);
  }

  async close() {
    const ended = new Promise((done) => this.child.once("exit", done));
    await this.send("Browser.close").catch(() => {});
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Visitor {
  constructor(browser, id) {
    this.browser = browser;
    this.id = id;
  }

  async newPage() {
    const target = { url: "about:blank", browserContextId: this.id };
    const { targetId } = await this.browser.send("Target.createTarget", target);
    const { sessionId } = await this.browser.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this.browser, targetId, sessionId);
    // Thread ticks leave out what other processes took; see `cpu`.
    await page.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.send("Page.enable");
    return page;
  }

  leave() {
    return this.browser.send("Target.disposeBrowserContext", { browserContextId: this.id });
  }
}

class Page {
  constructor(browser, targetId, session) {
    this.browser = browser;
    this.targetId = targetId;
    this.session = session;
  }

  send(method, params) {
    return this.browser.send(method, params, this.session);
  }

  /** Resolves at the next event of this name. */
  next(name) {
    return new Promise((resolve) => {
      const undo = this.browser.listen(this.session, (method, params) => {
        if (method === name) resolve(params), undo();
      });
    });
  }

  async goto(url) {
    const loaded = this.next("Page.loadEventFired");
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** The value of an expression; a promise is awaited. */
  async evaluate(expression) {
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", how);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Processor time that the page's main thread has spent in tasks that are over, in milliseconds. */
  cpu() {
    return this.#metric("TaskDuration");
  }

  /** Processor time that the page's main thread has had, to this moment, even in the middle of a task. */
  threadTime() {
    return this.#metric("ThreadTime");
  }

  async #metric(wanted) {
    const { metrics } = await this.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === wanted).value * 1000;
  }

  async close() {
    await this.browser.send("Target.closeTarget", { targetId: this.targetId });
  }
}
