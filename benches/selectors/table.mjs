// The tables, and the place in docs/selectors.md that they are written into.

const BEGIN = "<!-- written by ./build.sh bench selectors: begin -->";
const END = "<!-- written by ./build.sh bench selectors: end -->";

const TITLES = { pugmark: "Pugmark", playwright: "Playwright", devtools: "DevTools' path" };

const YEARS = ["same-site, other years", "web archive, 2-5 years"];

/** Changes with a column of their own. */
const TOLD = ["siblings in another order", "a wrapper around it", "its classes gone", "next build, CSS-in-JS", "its text another"];

/** The document with the tables between its markers. */
export function intoDocument(document, tables) {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/selectors.md lacks its markers: ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${tables}\n${END}${after}`;
}

export function report(results) {
  const parts = [circumstances(results), pairTable(results, results.pairs, "All version pairs")];
  for (const half of ["tuning", "held out"]) {
    const some = results.pairs.filter((pair) => pair.half === half);
    if (some.length) parts.push(pairTable(results, some, `Version pairs, ${half}`));
  }
  if (results.pages.length) {
    parts.push(changeTable(results, results.pages, "Changes"));
    for (const half of ["tuning", "held out"]) {
      const some = results.pages.filter((page) => page.half === half);
      if (some.length) parts.push(changeTable(results, some, `Changes, ${half}`));
    }
    parts.push(makingTable(results), everyChange(results));
  }
  return `${parts.join("\n\n")}\n`;
}

function circumstances({ command, date, browser, pages, pairs, failed }) {
  const left = failed.length ? ` Left out: ${failed.join("; ")}.` : "";
  const elements = pages.reduce((sum, page) => sum + page.onTheDay.length, 0);
  return `\`${command}\`, ${date}, ${browser}; ${pairs.length} pairs of elements, ${elements} elements on ${pages.length} pages.${left}`;
}

const row = (cells) => `| ${cells.join(" | ")} |`;
const table = (heads, rows) =>
  [row(heads), row(heads.map((_, place) => (place ? "--:" : "---"))), ...rows.map(row)].join("\n");

const title = (results, name) => `${TITLES[name] ?? name} ${results.versions[name]}`.trim();

/** "98.1 (0.4)": exactly the same element, and silently only another one, in hundredths of all. */
function share(verdicts) {
  if (!verdicts.length) return "–";
  const of = (wanted) => ((100 * verdicts.filter((verdict) => verdict === wanted).length) / verdicts.length).toFixed(1);
  return `${of("exact")} (${of("wrong")})`;
}

function pairTable(results, pairs, caption) {
  const columns = [
    ["minor release", ({ kind }) => kind === "release, minor"],
    ["major release", ({ kind }) => kind === "release, major"],
    ["other page, same day", ({ kind }) => kind === "same-site, one corpus"],
    ["between years", ({ kind }) => YEARS.includes(kind)],
    ["all", () => true],
    ["told by text and link", ({ truth }) => truth === "text and link"],
    ["by link", ({ truth }) => truth === "link"],
    ["by text", ({ truth }) => truth === "text"],
  ].map(([head, isMeant]) => [head, pairs.filter(isMeant)]);
  const heads = [caption, ...columns.map(([head, some]) => `${head} (n = ${some.length})`)];
  const cells = (place) => columns.map(([, some]) => share(some.map(({ verdicts }) => verdicts[place])));
  return table(heads, results.names.map((name, place) => [title(results, name), ...cells(place)]));
}

function changeTable(results, pages, caption) {
  const changes = pages.flatMap((page) => page.changes);
  const of = (change) => changes.filter((one) => one.change === change);
  const survived = changes.filter(({ change }) => change !== "removed");
  const heads = [caption, ...TOLD.map((change) => `${change} (n = ${of(change).length})`), `all (n = ${survived.length})`, `it is gone: another is taken for it (n = ${of("removed").length})`];
  const rows = results.names.map((name, place) => {
    const shareOf = (some) => share(some.map(({ verdicts }) => verdicts[place]));
    const removed = of("removed").map(({ verdicts }) => verdicts[place]);
    const taken = removed.filter((verdict) => verdict !== "lost").length;
    return [title(results, name), ...TOLD.map((change) => shareOf(of(change))), shareOf(survived), ((100 * taken) / (removed.length || 1)).toFixed(1)];
  });
  return table(heads, rows);
}

/** Of all elements, twins too. */
function makingTable(results) {
  const all = results.pages.flatMap((page) => page.onTheDay);
  const rows = results.names.map((name, place) => {
    const of = all.map((one) => one.of[place]);
    const hundredths = (some) => ((100 * some.length) / of.length).toFixed(1);
    const exact = of.filter(({ verdict }) => verdict === "exact");
    const declared = of.filter(({ verdict, isDeclared }) => verdict === "several" && isDeclared);
    const ms = of.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (part) => (ms[Math.min(ms.length - 1, Math.floor(ms.length * part))] ?? 0).toFixed(2);
    const lengths = of.map(({ length }) => length).sort((a, b) => a - b);
    return [title(results, name), hundredths(exact), hundredths(declared), hundredths([...exact, ...declared]), at(0.5), at(0.95), at(1), lengths[lengths.length >> 1]];
  });
  return table(["Making a rule", "unique, %", "declared alike, %", "together, %", "ms, median", "95th of a hundred", "most", "characters, median"], rows);
}

function everyChange(results) {
  const changes = results.pages.flatMap((page) => page.changes);
  const rows = [...new Set(changes.map(({ change }) => change))].map((change) => {
    const some = changes.filter((one) => one.change === change);
    return [change, some.length, ...results.names.map((_, place) => share(some.map(({ verdicts }) => verdicts[place])))];
  });
  return table(["Every change", "n", ...results.names.map((name) => TITLES[name] ?? name)], rows);
}
