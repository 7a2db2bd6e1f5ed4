// The pages and version pairs, which are no part of the project: a folder with pages.json, see docs/selectors.md.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const root = new URL("../../", import.meta.url).pathname;

/** Where the pages are: PUGMARK_PAGES, else beside the checkout. */
export const folder = resolve(process.env.PUGMARK_PAGES ?? join(root, "../shared/pages"));

/** Scripts of the page and everything that it would load are refused; only the bench's own wasm runs. */
const POLICY = "default-src 'none'; script-src 'wasm-unsafe-eval' 'unsafe-eval'";

export const KINDS = ["release, minor", "release, major", "same-site, one corpus", "same-site, other years", "web archive, 2-5 years"];

/** Pages and pairs, each with the half it belongs to: "tuning", on which weights were tried, or "held out". */
export async function corpus() {
  const { pages, pairs } = JSON.parse(await readFile(join(folder, "pages.json"), "utf8"));
  const half = new Map(pages.map(({ file, from, path }) => [file, halfOf(siteOf(from, path))]));
  return {
    pages: pages.map((page) => ({ ...page, half: half.get(page.file) })),
    pairs: pairs.map((pair) => ({ ...pair, half: half.get(pair.b) })),
  };
}

/** Pages of one site are in one half: what is tuned on one would be known on the other. */
function siteOf(from, path) {
  if (!/newspaper|trafilatura|readability|parser|localization/.test(from)) return from;
  const name = path.replace(/\/(source|index)\.html$/, "").replace(/\/\d{4}-\d\d-\d\d$/, "").split("/").at(-1);
  return name.replace(/^www\./, "").match(/^[a-z]+/i)?.[0].toLowerCase() ?? name;
}

function halfOf(site) {
  let sum = 0;
  for (const letter of site) sum = (sum * 31 + letter.codePointAt(0)) % 1009;
  return sum % 2 ? "held out" : "tuning";
}

/** Serves the pages, each at the same place of its site, so that relative links of two versions are the same. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const file = request.url.match(/^\/site\/(\d+\.html)$/)?.[1];
    try {
      const page = file ? await readFile(join(folder, file)) : "";
      response.writeHead(file ? 200 : 404, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY });
      // A page that sends its visitor on is to stay.
      response.end(page.toString().replace(/http-equiv=["']?refresh["']?/gi, ""));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  return { at: (file) => `http://127.0.0.1:${port}/site/${file}`, close: () => new Promise((done) => server.close(done)) };
}
