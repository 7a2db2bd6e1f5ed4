// A collector of our own for each file of tests: the program, a free port, an empty folder.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = process.env.PUGMARK_COLLECTOR;
const ADMIN = "the-token-of-the-clients";

// Starts a collector with these settings (`PUGMARK_…`); `stop()` ends it and removes its folder.
export async function start(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "pugmark-clients-"));
  const env = {
    ...process.env,
    PUGMARK_LISTEN: "127.0.0.1:0",
    PUGMARK_DATA: folder,
    PUGMARK_ADMIN_TOKEN: ADMIN,
    RUST_LOG: "warn",
    ...settings,
  };
  const process_ = spawn(PROGRAM, [], { env, stdio: ["ignore", "pipe", "inherit"] });
  const address = await addressOf(process_);
  return {
    address,

    // Calls the collector's own JSON API.
    async admin(method, path, body) {
      const headers = { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" };
      const answer = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? undefined : answer.json();
    },

    // Makes a token of the demo site.
    async token(...scopes) {
      return (await this.admin("POST", "/v1/sites/demo/tokens", { label: "clients", scopes })).token;
    },

    // Sends what a page would send that identifies its visitor.
    async identify(identity) {
      const visitor = "0123456789abcdef0123456789abcdef";
      const events = [{ id: "01900000-0000-7000-8000-000000000001", seq: 1, at: 0, name: "page_view", page: 0 }];
      const pages = [{ url: "https://shop.example/" }];
      const body = { v: 1, site: "demo", sent: Date.now(), tab: "0123456789ab", visitor, identity, pages, events };
      const answer = await fetch(`${address}/v1/batch`, { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`the batch was answered ${answer.status}`);
      return visitor;
    },

    async stop() {
      const ended = new Promise((resolve) => process_.once("exit", resolve));
      process_.kill("SIGINT");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function addressOf(process_) {
  for await (const line of createInterface(process_.stdout)) {
    const found = line.match(/^listening on (http:\S+)/);
    if (found) return found[1];
  }
  throw new Error("the collector ended before it listened");
}
