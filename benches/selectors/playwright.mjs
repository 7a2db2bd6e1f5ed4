// The script that Playwright injects into pages. Its package keeps it as a string literal inside a bundle.

import { readFile } from "node:fs/promises";

const BUNDLE = new URL("node_modules/playwright-core/lib/coreBundle.js", import.meta.url);
const MARK = "// packages/playwright-core/src/generated/injectedScriptSource.ts";

export async function playwrightSource() {
  const bundle = await readFile(BUNDLE, "utf8");
  const [literal] = bundle.slice(bundle.indexOf(MARK)).match(/(?<=source\d* = )'(?:[^'\\\n]|\\.)*'/) ?? [];
  if (!bundle.includes(MARK) || !literal) throw new Error("this version of Playwright keeps its injected script elsewhere");
  return new Function(`return ${literal}`)();
}
