// A real collector, for what a page asks of it: Pugmark's files as they are built, and the sites' definitions in whatever
// form the tracker of the day wants them.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = join(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug", "pugmark-collector");
const TOKEN = "bench-bench-bench-bench-bench-bench";

export async function startCollector() {
  const data = await mkdtemp(join(tmpdir(), "pugmark-bench-"));
  const env = { ...process.env, PUGMARK_LISTEN: "127.0.0.1:0", PUGMARK_DATA: data, PUGMARK_ADMIN_TOKEN: TOKEN };
  const child = spawn(PROGRAM, [], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  return new Collector(await address(child), child, data);
}

/** Where it listens, which is what it says first. */
function address(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (text) => {
      said += text;
      const found = said.match(/listening on (\S+)/);
      if (found) resolve(found[1].replace(/\/$/, ""));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => reject(new Error(`${PROGRAM}: ${error.message}; ./build.sh build makes it`)));
    child.on("exit", () => reject(new Error(`the collector has ended: ${said}`)));
  });
}

class Collector {
  #answers = new Map();

  constructor(address, child, data) {
    this.address = address;
    this.child = child;
    this.data = data;
  }

  /** Makes a site with these definitions. */
  async addSite(key, definitions) {
    await this.#post("/v1/sites", { key, label: key, origins: [] });
    for (const definition of definitions) await this.#post(`/v1/sites/${key}/definitions`, definition);
  }

  async #post(path, body) {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const answer = await fetch(this.address + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }

  /** What it answers to a GET. Kept, so that an unoptimised collector is not what is measured. */
  async get(url, tag) {
    const answer = this.#answers.get(url) ?? (await this.#fetch(url));
    this.#answers.set(url, answer);
    return tag && tag === answer.headers.etag ? { ...answer, status: 304, body: "" } : answer;
  }

  async #fetch(url) {
    const answer = await fetch(this.address + url, { headers: { "accept-encoding": "identity" } });
    const kept = ["cache-control", "content-type", "etag"].filter((name) => answer.headers.has(name));
    return {
      status: answer.status,
      headers: Object.fromEntries(kept.map((name) => [name, answer.headers.get(name)])),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  }

  async close() {
    this.child.removeAllListeners("exit");
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill();
    await ended;
    await rm(this.data, { recursive: true, force: true });
  }
}
