// What the tracker's wasm and the visualizer's have in common: optimising, translating to JavaScript, and the glue that
// wasm-bindgen wrote for them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// What rustc uses as build.sh calls it; `--all-features` would write modules that browsers refuse.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

function binaryen(program, ...options) {
  const file = fileURLToPath(new URL(`../node_modules/binaryen/bin/${program}`, import.meta.url));
  return execFileSync(process.execPath, [file, ...options], { encoding: "utf8", maxBuffer: 1 << 24 });
}

/** Makes a module small, and gives the short names that its imports and exports have now. */
export function optimise(from, to) {
  const printed = binaryen(
    "wasm-opt",
    "-Oz",
    "--low-memory-unused",
    "--zero-filled-memory",
    ...FEATURES,
    ...STRIP,
    "--minify-imports-and-exports-and-modules",
    from,
    "-o",
    to,
  );
  return JSON.parse(printed);
}

/** An optimised module as JavaScript: a module whose default export takes imports and gives exports. */
export function translate(wasm) {
  const folder = mkdtempSync(join(tmpdir(), "pugmark-"));
  try {
    const [lowered, translated] = [join(folder, "lowered.wasm"), join(folder, "translated.js")];
    // The translator knows only what WebAssembly began with.
    const lower = ["--llvm-memory-copy-fill-lowering", "--signext-lowering", "--llvm-nontrapping-fptoint-lowering"];
    binaryen("wasm-opt", ...FEATURES, ...lower, wasm, "-o", lowered);
    binaryen("wasm2js", "-Oz", "--mvp-features", "--enable-mutable-globals", lowered, "-o", translated);
    // It would take its imports from a module "a", and hand on each export by itself.
    const [, body] = /^import \* as a from 'a';\n(.*)^var retasmFunc = /ms.exec(readFileSync(translated, "utf8"));
    return `${body}export default asmFunc;`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The glue, for a memory that grows as another buffer. The translation cannot take the old one away as WebAssembly does,
 * so views are asked which one they show.
 */
export function watchful(glue) {
  const watched = glue.replaceAll(/(cached\w+Memory0) === null \|\| .*(?=\) \{$)/gm, "$1?.buffer !== wasm.memory.buffer");
  if (/detached|byteLength === 0/.test(watched)) throw new Error("a view of the memory is not watched");
  return watched;
}

/**
 * The glue with the short names. wasm-opt has merged all modules of imports into one, so what the glue takes from a
 * snippet's module moves into the object of its own imports, those of the module `own`; the merged module is called "a".
 */
export function shorten(glue, names, own) {
  const short = new Map(names.imports.map(([module, name, short]) => [`${module} ${name}`, short]));
  const exported = new Map(names.exports.map(([name, short]) => [name, short]));
  const snippets = new Map([...glue.matchAll(/^import \* as (\w+) from "([^"]+)"/gm)].map(([, as, from]) => [from, as]));
  const borrowed = names.imports
    .filter(([module]) => module !== own)
    .map(([module, name, short]) => `${short}: ${snippets.get(module)}.${name},`);
  return glue
    .replaceAll(/^(\s+)(__w\w+)(?=: function|\()/gm, (all, space, name) => space + (short.get(`${own} ${name}`) ?? name))
    .replace(/const import0 = \{/, (all) => all + borrowed.join(""))
    .replaceAll(/^\s+"\.\/snippets[^\n]*\n/gm, "")
    .replace(`"${own}": import0`, `a: import0`)
    .replaceAll(/\bwasm\.(\w+)/g, (all, name) => (exported.has(name) ? `wasm.${exported.get(name)}` : all));
}
