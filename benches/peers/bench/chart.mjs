// The chart: bars for what matters most, less being better in each.

import { EMPTY, PUGMARK } from "./contenders.mjs";
import { MEASURES } from "./measures.mjs";
import { digits, Samples } from "./numbers.mjs";
import { title } from "./table.mjs";

const PANELS = [
  { of: "brotli", title: "Script", unit: "KB, brotli 11" },
  { of: "first", title: "Main thread, to the first beacon", unit: "ms" },
  { of: "event", title: "Main thread, an event with all it leaves to do", unit: "µs" },
  { of: "bytes", title: "On the wire, an event", unit: "bytes" },
  { of: "requests", title: "Requests, 100 events", unit: "" },
  { of: "kept", title: "Heap and WebAssembly memory", unit: "KB" },
];

const COLUMNS = 2;
const MARGIN = 24;
const HEAD = 64;
const PANEL = { width: 428, head: 34, gap: 28 };
const NAMES = 92;
const BAR = { height: 13, every: 20, longest: 250 };

// An image in a page cannot see the page's colours, only what the visitor's system prefers.
const STYLE = `
    svg { --ground: #fff; --ink: #24292f; --faint: #57606a; --line: #d0d7de; --bar: #a8b3bf; --own: #0a7d5a; }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --bar: #57626e; --own: #3fb98f; }
    }
    .ground { fill: var(--ground); }
    text { font: 12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
    .title { font-size: 17px; font-weight: 600; }
    .panel { font-size: 13px; font-weight: 600; }
    .faint, .unit { fill: var(--faint); font-weight: 400; }
    .name { text-anchor: end; }
    .own { font-weight: 600; }
    rect.bar { fill: var(--bar); }
    rect.bar.own { fill: var(--own); }
    line { stroke: var(--line); }
    .goal { stroke: var(--ink); stroke-width: 1.5; }`;

export function chart({ contenders, samples: values, date, browsers, rounds }) {
  const samples = new Samples(values);
  const rows = Math.ceil(PANELS.length / COLUMNS);
  const panelHeight = PANEL.head + contenders.length * BAR.every + PANEL.gap;
  const width = 2 * MARGIN + COLUMNS * PANEL.width + (COLUMNS - 1) * PANEL.gap;
  const height = HEAD + rows * panelHeight - PANEL.gap + MARGIN;
  const panels = PANELS.map((wanted, place) => {
    const x = MARGIN + (place % COLUMNS) * (PANEL.width + PANEL.gap);
    const y = HEAD + Math.floor(place / COLUMNS) * panelHeight;
    return `<g transform="translate(${x} ${y})">${panel(wanted, contenders, samples)}</g>`;
  });
  const told = `Less is better. Medians of ${rounds}; the stroke is Pugmark's goal; ${browsers[0]}, ${date}`;
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">
  <title>What Pugmark and other trackers cost</title>
  <style>${STYLE}
  </style>
  <rect class="ground" width="${width}" height="${height}" rx="8"/>
  <text class="title" x="${MARGIN}" y="32">What a tracker costs</text>
  <text class="faint" x="${MARGIN}" y="51">${told}</text>
  ${panels.join("\n  ")}
</svg>
`;
}

function panel({ of, title: name, unit }, contenders, samples) {
  const medians = contenders.map((contender) => samples.of(contender.name, { of }, EMPTY.name)?.median);
  const most = Math.max(...medians.filter((median) => median !== undefined));
  const x = (value) => NAMES + Math.max(0, (value / most) * BAR.longest);
  const goal = MEASURES.find((measure) => measure.of === of && measure.goal)?.goal;
  const bars = contenders.map((contender, place) => {
    const isOwn = contender.name === PUGMARK;
    const y = PANEL.head + place * BAR.every;
    return bar({ name: title(contender.name), median: medians[place], isOwn, goal: isOwn && goal <= most && goal, x, y });
  });
  const end = PANEL.head + contenders.length * BAR.every - 2;
  const axis = `<line x1="${NAMES}" y1="${PANEL.head - 5}" x2="${NAMES}" y2="${end}"/>`;
  const heading = `<text class="panel" x="0" y="16">${name} <tspan class="unit">${unit}</tspan></text>`;
  return `\n    ${[heading, axis, ...bars].join("\n    ")}\n  `;
}

function bar({ name, median, isOwn, goal, x, y }) {
  const own = isOwn ? " own" : "";
  const base = y + BAR.height - 2;
  const end = x(median ?? 0);
  const after = Math.max(end, goal ? x(goal) : 0) + 6;
  const parts = [
    `<text class="name${own}" x="${NAMES - 8}" y="${base}">${name}</text>`,
    `<rect class="bar${own}" x="${NAMES}" y="${y}" width="${(end - NAMES).toFixed(1)}" height="${BAR.height}" rx="2"/>`,
    `<text class="value${own}" x="${after.toFixed(1)}" y="${base}">${median === undefined ? "–" : digits(median)}</text>`,
  ];
  if (goal) {
    const at = x(goal).toFixed(1);
    parts.push(`<line class="goal" x1="${at}" y1="${y - 4}" x2="${at}" y2="${y + BAR.height + 4}"/>`);
  }
  return parts.join("");
}
