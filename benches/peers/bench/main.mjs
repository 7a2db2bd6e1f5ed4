// Runs Pugmark beside the peers, and writes what came out into docs/performance.md and its chart.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { chart } from "./chart.mjs";
import { startChromium } from "./chromium.mjs";
import { startCollector } from "./collector.mjs";
import { CLICK_SITES } from "./definitions.mjs";
import { startFirefox } from "./firefox.mjs";
import { startSite } from "./pages.mjs";
import { Run } from "./rounds.mjs";
import { intoDocument, report } from "./table.mjs";
import { within } from "./waiting.mjs";

const HELP = `./build.sh bench peers [options]
  --repeats N       rounds, of which medians are told (5)
  --only a,b        these contenders: pugmark, floor, snowplow, ...
  --browsers a,b    chromium, firefox
  --short           one round with few events, to see whether it works
  --from FILE       measures nothing; makes tables and chart of an earlier run's results.json
Every run leaves results.json, tables.md and chart.svg in target/peers. One with everybody in both browsers that is not
short also writes docs/performance.md and docs/images/performance.svg.`;

const EVENTS = { whole: 100, short: 20 };
/** The longest turns are of a minute. */
const TURN_WITHIN_MS = 180_000;

const root = new URL("../../../", import.meta.url);
const out = new URL("target/peers/", root);

const { values: options } = parseArgs({
  options: {
    repeats: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    browsers: { type: "string", default: "chromium,firefox" },
    short: { type: "boolean", default: false },
    from: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) {
  console.log(HELP);
} else {
  await write(options.from ? JSON.parse(await readFile(options.from, "utf8")) : await measure());
}

async function measure() {
  const start = performance.now();
  const [load] = loadavg();
  const browsers = options.browsers.split(",");
  const isWhole = !options.short && !options.only && browsers.length === 2;
  const running = [];
  const started = async (start) => {
    const program = await start();
    running.unshift(program);
    return program;
  };
  try {
    const collector = await started(startCollector);
    const site = await started(startSite);
    const chromium = browsers.includes("chromium") ? await started(startChromium) : undefined;
    const firefox = browsers.includes("firefox") ? await started(startFirefox) : undefined;
    const wanted = options.only.split(",").filter(Boolean);
    const events = options.short ? EVENTS.short : EVENTS.whole;
    const run = await Run.prepare({ collector, site: site.origin, chromium, firefox, wanted, events });
    const rounds = options.short ? 1 : Number(options.repeats);
    for (let round = 1; round <= rounds; round++) await play(run, round, rounds);
    return {
      isWhole,
      command: ["./build.sh bench peers", ...process.argv.slice(2)].join(" "),
      date: new Date().toISOString().slice(0, 10),
      seconds: Math.round((performance.now() - start) / 1000),
      rounds,
      browsers: [chromium?.version, firefox?.version].filter(Boolean),
      machine: { processor: cpus()[0].model, cores: cpus().length, load },
      contenders: run.contenders.map(({ name, version }) => ({ name, version })),
      clickSites: CLICK_SITES.map(({ name }) => name),
      samples: run.samples.values,
    };
  } finally {
    for (const program of running) await program.close();
  }
}

async function play(run, round, rounds) {
  for (const [name, turn] of run.turns(round)) {
    const start = performance.now();
    // Who fails leaves a hole in the table; an hour's run goes on.
    const outcome = within(turn(), TURN_WITHIN_MS, "takes too long");
    const failure = await outcome.then(() => "", (error) => `: FAILED, ${error.message}`);
    console.log(`round ${round} of ${rounds}: ${name}, ${((performance.now() - start) / 1000).toFixed(1)} s${failure}`);
  }
}

async function write(results) {
  const tables = report(results);
  const svg = chart(results);
  await mkdir(out, { recursive: true });
  await writeFile(new URL("results.json", out), JSON.stringify(results));
  await writeFile(new URL("tables.md", out), tables);
  await writeFile(new URL("chart.svg", out), svg);
  console.log(`\n${tables}`);
  if (!results.isWhole) return;
  const document = new URL("docs/performance.md", root);
  await writeFile(document, intoDocument(await readFile(document, "utf8"), tables));
  await writeFile(new URL("docs/images/performance.svg", root), svg);
}
