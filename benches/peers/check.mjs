// Loads each subject in a real browser, makes three events and says how they arrive. Fails when one does not, or when a
// subject talks to anything but its endpoint. `node check.mjs floor posthog` checks these two.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { chromium } from "playwright-core";
import { listen, markers, startSink } from "./sink.mjs";

/** No subject waits longer than this for its first request. */
const PATIENCE_MS = 10_000;
const MARKERS = ["fault-check-1-1", "fault-check-1-2", "fault-check-1-3"];
const PADDING = "x".repeat(1000);
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--no-first-run",
  // Nothing leaves the machine, whatever a subject tries.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/** One page, with the subject on it, of another site than the sink. */
async function startPage(script, endpoint) {
  const html = `<!doctype html><title>Check</title><link rel="icon" href="data:,">
<script>window.SUBJECT_ENDPOINT = "${endpoint}"; window.SUBJECT_SITE = "demo";</script><script src="/subject.js"></script>`;
  return listen((request, response) => {
    const [type, body] = request.url === "/subject.js" ? ["text/javascript", script] : ["text/html", html];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  }, "localhost");
}

async function check(browser, { name, script }) {
  const arrived = new Map();
  const requests = [];
  let all;
  const everything = new Promise((done) => (all = done));
  const sink = await startSink((request, body) => {
    if (request.method === "OPTIONS") return;
    const { found, wrappings } = markers(body);
    requests.push([`${request.method} ${request.url.replace(/\?.*/, "")}`, ...wrappings].join(" "));
    for (const marker of found) arrived.set(marker, (arrived.get(marker) ?? 0) + 1);
    if (arrived.size === MARKERS.length) all();
  });
  const site = await startPage(await readFile(new URL(script, import.meta.url)), sink.origin);
  const context = await browser.newContext();
  const problems = [];
  try {
    const page = await context.newPage();
    const own = [sink.origin, site.origin, "data:"];
    page.on("request", (request) => {
      if (!own.some((start) => request.url().startsWith(start))) problems.push(`asks ${request.url()}`);
    });
    page.on("pageerror", (error) => problems.push(`throws ${error.message}`));
    await page.goto(`${site.origin}/`);
    await page.evaluate(() => window.subject.ready);
    const start = performance.now();
    await page.evaluate(
      ([markers, padding]) => markers.forEach((marker, at) => window.subject.track(marker, at === 2 ? padding : undefined)),
      [MARKERS, PADDING],
    );
    let timer;
    await Promise.race([everything, new Promise((late) => (timer = setTimeout(late, PATIENCE_MS)))]);
    clearTimeout(timer);
    const missing = MARKERS.filter((marker) => !arrived.has(marker));
    const again = [...arrived].filter(([, times]) => times > 1).map(([marker]) => marker);
    if (missing.length) problems.push(`lacks ${missing.join(", ")}`);
    if (again.length) problems.push(`sends twice ${again.join(", ")}`);
    return { took: performance.now() - start, requests, problems };
  } finally {
    await context.close();
    for (const server of [sink, site]) server.close();
  }
}

const chosen = process.argv.slice(2);
const manifest = JSON.parse(await readFile(new URL("dist/manifest.json", import.meta.url)));
const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath, args: FLAGS });
let failed = 0;
for (const subject of manifest.filter(({ name }) => !chosen.length || chosen.includes(name))) {
  const { took, requests, problems } = await check(browser, subject);
  const counted = [...new Set(requests)].map((one) => `${requests.filter((other) => other === one).length} × ${one}`);
  const line = [problems.length ? "FAILED" : "ok", `${subject.name} ${subject.version}`, `${Math.round(took)} ms`];
  console.log([...line, ...counted, ...problems].join(" · "));
  if (problems.length) failed += 1;
}
await browser.close();
process.exitCode = failed ? 1 : 0;
