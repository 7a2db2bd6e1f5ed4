// The same in Firefox, as far as it goes. It has no counter of a thread's processor time that could be read from outside,
// so there is the wall's clock, and what arrives.

import { execFileSync, spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { Ledger } from "./ledger.mjs";
import { eventsOnTheWire, FIRST_WITHIN_MS } from "./visit.mjs";
import { within } from "./waiting.mjs";

export async function startFirefox() {
  const child = spawn("geckodriver", ["--port", "0"], { stdio: ["ignore", "pipe", "ignore"] });
  const port = await new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
      const found = said.match(/Listening on [^\s:]+:(\d+)/);
      if (found) resolve(found[1]);
    });
    child.on("error", reject);
  });
  return new Firefox(`http://127.0.0.1:${port}`, child);
}

class Firefox {
  constructor(driver, child) {
    this.driver = driver;
    this.child = child;
    this.binary = execFileSync("sh", ["-c", "command -v firefox-esr"], { encoding: "utf8" }).trim();
  }

  async #call(method, path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.driver + path, { method, headers, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  }

  /** A browser of its own for each visit, because cookies are shared between the ports of a host. */
  async visit(site, contender, count) {
    const options = { binary: this.binary, args: ["-headless"] };
    const capabilities = { alwaysMatch: { browserName: "firefox", "moz:firefoxOptions": options } };
    const { sessionId, capabilities: given } = await this.#call("POST", "/session", { capabilities });
    this.version = `Firefox ${given.browserVersion}`;
    const session = `/session/${sessionId}`;
    const run = (script) => this.#call("POST", `${session}/execute/sync`, { script, args: [] });
    const ledger = await Ledger.open(contender);
    try {
      await this.#call("POST", `${session}/url`, { url: `${site}/` });
      const start = performance.now();
      const first = ledger.nextSend();
      await run(contender.insert(ledger.origin));
      const beacon = (await within(first, FIRST_WITHIN_MS, `${contender.name} sends nothing in Firefox`)) - start;
      await ledger.silence();
      return { beacon, ...(await eventsOnTheWire(ledger, count, (script) => run(`void ${script}`))) };
    } finally {
      await this.#call("DELETE", session);
      ledger.close();
    }
  }

  async close() {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill();
    await ended;
  }
}
