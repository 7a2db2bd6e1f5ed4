// The tables, and the place in docs/performance.md that they are written into.

import { EMPTY, PUGMARK } from "./contenders.mjs";
import { CLICK_GOAL, CLICK_MEASURES, MEASURES } from "./measures.mjs";
import { digits, Samples, spread } from "./numbers.mjs";

const BEGIN = "<!-- written by ./build.sh bench peers: begin -->";
const END = "<!-- written by ./build.sh bench peers: end -->";
const NOTHING = "–";

/** The document with the tables between its markers. */
export function intoDocument(document, tables) {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/performance.md lacks its markers: ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${tables}\n${END}${after}`;
}

/** How a contender is called in tables and chart. */
export const title = (name) => ({ [PUGMARK]: "Pugmark", floor: "(floor)" })[name] ?? name;

export function report(results) {
  const samples = new Samples(results.samples);
  const parts = [circumstances(results), comparison(results, samples)];
  if (results.contenders.some(({ name }) => name === PUGMARK)) {
    if (results.contenders.length > 1) parts.push(notFirst(results, samples));
    parts.push(clickTable(results, samples));
  }
  return parts.join("\n\n") + "\n";
}

function circumstances({ command, date, seconds, rounds, browsers, machine }) {
  const { processor, cores, load } = machine;
  const how = rounds > 1 ? `medians of ${rounds} rounds (least–most)` : "one round";
  const run = `\`${command}\`, ${date}, ${Math.round(seconds / 60)} minutes, ${how}`;
  return `${run}; ${browsers.join(" and ")}; ${cores} × ${processor}, load average ${load.toFixed(1)} before it.`;
}

const row = (cells) => `| ${cells.join(" | ")} |`;
const head = (cells) => [row(cells), row(cells.map((_, place) => (place ? "--:" : "---")))];

/** Rows for measures, with a column for each contender and one for the page alone. */
function comparison({ contenders }, samples) {
  const names = contenders.map(({ name }) => name);
  const isMeasured = (measure) => names.some((name) => samples.of(name, measure, EMPTY.name));
  const cell = (name, measure) => {
    const found = samples.of(name, measure, EMPTY.name);
    if (!found) return NOTHING;
    return measure.of === "restored" ? often(samples.raw(name, measure)) : spread(found);
  };
  const rows = MEASURES.filter(isMeasured).map((measure) => {
    const alone = measure.where ? NOTHING : cell(EMPTY.name, measure);
    return row([label(measure), goal(measure, samples), ...names.map((name) => cell(name, measure)), alone]);
  });
  const versions = row(["Version", "", ...contenders.map(({ version }) => (version === "-" ? "" : version)), ""]);
  return [...head(["", "goal", ...names.map(title), "the page alone"]), versions, ...rows].join("\n");
}

const label = ({ label, where }) => label ?? `– ${where}`;
const often = (values) => `${values.filter(Boolean).length} of ${values.length}`;

function goal(measure, samples) {
  const found = measure.goal && samples.of(PUGMARK, measure, EMPTY.name);
  return found ? verdict(`≤ ${measure.goal}`, found.median <= measure.goal) : "";
}

const verdict = (text, isMet) => `${text}: ${isMet ? "met" : "**not met**"}`;

/** Where somebody costs less than Pugmark. */
function notFirst({ contenders }, samples) {
  const lines = MEASURES.filter(({ ranked }) => ranked).flatMap((measure) => {
    const own = samples.of(PUGMARK, measure, EMPTY.name);
    if (!own) return [];
    const better = contenders
      .map(({ name }) => ({ name, median: samples.of(name, measure, EMPTY.name)?.median }))
      .filter(({ median }) => median < own.median)
      .sort((a, b) => a.median - b.median);
    const list = better.map(({ name, median }) => `${title(name)} ${digits(median)}`).join(", ");
    const what = typeof measure.ranked === "string" ? measure.ranked : measure.label;
    return better.length ? [`- ${what}: ${digits(own.median)}, but ${list}`] : [];
  });
  return lines.length ? `Pugmark is not first in\n\n${lines.join("\n")}` : "Pugmark is first in everything.";
}

/** Rows for measures of clicks, with a column for each number of definitions. */
function clickTable({ clickSites }, samples) {
  const of = (measure, clicks) => samples.of(PUGMARK, { ...measure, clicks }, EMPTY.name);
  const rows = CLICK_MEASURES.map((measure) => {
    const cells = clickSites.map((clicks) => of(measure, clicks)).map((found) => (found ? spread(found) : NOTHING));
    return row([label(measure), clickGoal(measure, (clicks) => of(measure, clicks)?.median, clickSites), ...cells]);
  });
  const caption = "Pugmark's clicks on a deep page, by the number of elements that are defined (of more than 500, the most definitions of a site, some are alternatives):\n";
  return [caption, ...head(["", "goal", ...clickSites]), ...rows].join("\n");
}

function clickGoal({ goal, isFlat }, median, clickSites) {
  if (isFlat) {
    const { most, times, definitions } = CLICK_GOAL;
    const isMet = median(definitions) <= Math.min(most, times * median(clickSites[0]));
    return verdict(`≤ ${most} with ${definitions}, ≤ ${times} × that with one`, isMet);
  }
  return goal ? verdict(`≤ ${goal}`, clickSites.every((clicks) => median(clicks) <= goal)) : "";
}
