// Puts what runs in the pages into one script: the generators, the model's glue, and what the bench does there.

import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { playwrightSource } from "./playwright.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;

/** The script, for a page to run once. */
export async function pageScript() {
  const source = await playwrightSource();
  const { outputFiles } = await build({
    entryPoints: [here("page/index.js")],
    bundle: true,
    write: false,
    format: "iife",
    logLevel: "error",
    // optimal-select asks for Node's name of the global object.
    define: { PLAYWRIGHT_SOURCE: JSON.stringify(source), global: "globalThis" },
  });
  const glue = await readFile(here("dist/pugmark_visualizer.js"), "utf8");
  const wasm = (await readFile(here("dist/pugmark_visualizer_bg.wasm"))).toString("base64");
  const start = `globalThis.model = wasm_bindgen;
    wasm_bindgen.initSync({ module: Uint8Array.from(atob("${wasm}"), (letter) => letter.charCodeAt(0)) });`;
  return `(() => { ${glue}\n${start} })();\n${outputFiles[0].text}`;
}
