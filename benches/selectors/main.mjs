// Runs Pugmark's fingerprints beside selector generators, and writes what came out into docs/selectors.md.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { startChromium } from "../peers/bench/chromium.mjs";
import { within } from "../peers/bench/waiting.mjs";
import { pageScript } from "./build.mjs";
import { corpus, serve } from "./corpus.mjs";
import { HELP, options } from "./options.mjs";
import { intoDocument, report } from "./table.mjs";
import { samePlaces } from "./truth.mjs";

const CONTENDERS = ["pugmark", "playwright", "css-selector-generator", "optimal-select", "finder", "devtools"];

/** Elements of a page that are changed, and of a pair that are followed. */
const MOST = { changed: 4, followed: 40 };

/** A generator without bounds may hang on a page: that page is left out for everybody, and said. */
const PAGE_WITHIN_MS = 120_000;

const root = new URL("../../", import.meta.url);
const out = new URL("target/selectors/", root);
const chosen = options();

if (chosen.help) console.log(HELP);
else await write(await measure());

async function measure() {
  const names = CONTENDERS.filter((name) => !chosen.only || chosen.only.split(",").includes(name));
  const { pages, pairs } = await corpus();
  const isChosen = ({ half }, number) => (!chosen.half || half === chosen.half) && (!chosen.short || number % 5 === 0);
  const [script, site, chromium] = [await pageScript(), await serve(), await startChromium()];
  const results = { names, pages: [], pairs: [], failed: [] };
  const visitors = [];
  const attempt = async (what, turn) => {
    const start = performance.now();
    await within(turn(), PAGE_WITHIN_MS, "takes too long").catch((error) => results.failed.push(`${what}: ${error.message}`));
    for (const visitor of visitors.splice(0)) await visitor.leave();
    console.log(`${what}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
  };
  const open = async (file) => {
    const visitor = await chromium.newVisitor();
    visitors.push(visitor);
    const page = await visitor.newPage();
    await page.goto(site.at(file));
    await page.evaluate(script);
    return {
      ask: (call, ...given) => page.evaluate(`bench.${call}(${given.map((one) => JSON.stringify(one)).join(",")})`),
    };
  };
  try {
    for (const pair of pairs.filter(isChosen)) {
      await attempt(`${pair.kind}: ${pair.a} → ${pair.b}`, () => follow(open, pair, names, results));
    }
    for (const page of chosen.pairs ? [] : pages.filter(isChosen)) {
      await attempt(page.file, () => change(open, page, names, results));
    }
  } finally {
    await chromium.close();
    await site.close();
  }
  return {
    ...results,
    command: ["./build.sh bench selectors", ...process.argv.slice(2)].join(" "),
    date: new Date().toISOString().slice(0, 10),
    browser: chromium.version,
    versions: await versions(),
  };
}

/** Rules are made on the earlier version and judged on the later one. */
async function follow(open, { a, b, kind, half }, names, results) {
  const [before, after] = [await open(a), await open(b)];
  const all = samePlaces(await before.ask("described"), await after.ask("described"));
  const same = spread(all, Number(chosen.most ?? MOST.followed));
  const made = await before.ask("made", names, same.map(({ from }) => from));
  const verdicts = {};
  for (const name of names) {
    const rules = same.map(({ to }, number) => ({ rule: made[number][name].rule, place: to }));
    verdicts[name] = await after.ask("judged", name, rules);
  }
  same.forEach(({ truth, from, to }, number) => {
    const of = names.map((name) => verdicts[name][number]);
    results.pairs.push({ a, b, kind, half, truth, from, to, verdicts: of });
  });
}

async function change(open, { file, half }, names, results) {
  const page = await open(file);
  results.pages.push({ file, half, ...(await page.ask("mutated", names, Number(chosen.most ?? MOST.changed))) });
}

/** So many of all, evenly spread. */
function spread(all, most) {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, place) => all[Math.floor((place * all.length) / most)]);
}

async function versions() {
  const lock = JSON.parse(await readFile(new URL("package-lock.json", import.meta.url), "utf8"));
  const of = (name) => lock.packages[`node_modules/${name}`].version;
  return {
    pugmark: "",
    playwright: of("playwright-core"),
    "css-selector-generator": of("css-selector-generator"),
    "optimal-select": of("optimal-select"),
    finder: of("@medv/finder"),
    devtools: "",
  };
}

/** A contender that never finds anything was not loaded as it wants to be: that is our mistake, not its result. */
function demandThatAllWork({ names, pairs, pages }) {
  const all = [...pairs, ...pages.flatMap(({ changes }) => changes)];
  const idle = names.filter((name, place) => !all.some(({ verdicts }) => verdicts[place] === "exact"));
  if (idle.length) throw new Error(`never found an element: ${idle.join(", ")}`);
}

async function write(results) {
  demandThatAllWork(results);
  const tables = report(results);
  await mkdir(out, { recursive: true });
  await writeFile(new URL("results.json", out), JSON.stringify(results));
  await writeFile(new URL("table.md", out), tables);
  console.log(`\n${tables}`);
  if (!chosen.isWhole) return;
  const document = new URL("docs/selectors.md", root);
  await writeFile(document, intoDocument(await readFile(document, "utf8"), tables));
}
