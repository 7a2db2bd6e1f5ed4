// Makes the builds in dist/ from what wasm-pack left in wasm/: optimises the wasm, shortens the names it shares with its
// glue, and puts loader, glue and wasm into one file each for the script tag and the module.
//
// One file, because every further request is a round trip before the first event; the wasm stands in it as a string of
// one character a byte, which compresses better than base64 (docs/decisions/0003-one-file.md).

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const pkg = dirname(dirname(fileURLToPath(import.meta.url)));
const path = (...parts) => join(pkg, ...parts);

// What rustc's target uses by default; `--all-features` would write modules that browsers refuse.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

function optimise() {
  const wasmOpt = path("node_modules", "binaryen", "bin", "wasm-opt");
  const printed = execFileSync(
    process.execPath,
    [
      wasmOpt,
      "-Oz",
      "--low-memory-unused",
      "--zero-filled-memory",
      ...FEATURES,
      ...STRIP,
      "--minify-imports-and-exports-and-modules",
      path("wasm", "pugmark_bg.wasm"),
      "-o",
      path("dist", "pugmark.wasm"),
    ],
    { encoding: "utf8", maxBuffer: 1 << 24 },
  );
  return JSON.parse(printed);
}

// Puts the short names into the glue. wasm-opt has merged all modules of imports into one, so what the glue takes from
// a snippet's module moves into the object of its own imports; the merged module is called "a".
function shorten(glue, names) {
  const own = "./pugmark_bg.js";
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

// A template literal that gives the bytes back as character codes.
function asLiteral(bytes) {
  const escaped = [...bytes].map((byte, i) => {
    const next = String.fromCharCode(bytes[i + 1] ?? 0);
    const char = String.fromCharCode(byte);
    // "\0" before a digit would be an octal escape, and "${" a substitution.
    if (char === "\0") return /\d/.test(next) ? "\\x00" : "\\0";
    if (char === "\r") return "\\r";
    return char === "\\" || char === "`" || (char === "$" && next === "{") ? `\\${char}` : char;
  });
  const literal = `\`${escaped.join("")}\``;
  const read = Buffer.from(Function(`return ${literal}`)(), "latin1");
  if (!read.equals(bytes)) throw new Error("the literal does not give the wasm back");
  return literal;
}

function embedded(wasm, glue) {
  return {
    name: "embedded",
    setup(builder) {
      builder.onResolve({ filter: /^wasm:bytes$/ }, () => ({ path: "bytes", namespace: "wasm" }));
      builder.onLoad({ filter: /.*/, namespace: "wasm" }, () => ({
        // A plain loop: `Uint8Array.from` with a function takes 8 ms.
        contents: `const text = PUGMARK_WASM;
          export default () => {
            const bytes = new Uint8Array(text.length);
            for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
            return bytes;
          };`,
      }));
      // The copy of a module of ours that the glue imports is that module: the loader may import it as well.
      builder.onResolve({ filter: /^\.\/snippets\// }, ({ path: copy }) => ({
        path: join(dirname(pkg), copy.split("/").slice(3).join("/")),
      }));
      builder.onLoad({ filter: /wasm[\\/]pugmark\.js$/ }, () => ({ contents: glue, resolveDir: path("wasm") }));
    },
  };
}

async function bundle(entry, format, wasm, glue) {
  const result = await build({
    entryPoints: [path("loader", entry)],
    bundle: true,
    charset: "utf8",
    format,
    legalComments: "none",
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    minify: true,
    plugins: [embedded(wasm, glue)],
    target: ["chrome96", "firefox100", "safari15.4"],
    write: false,
  });
  // Put in last: esbuild would escape the characters again.
  const [before, after] = result.outputFiles[0].text.split("PUGMARK_WASM");
  const wide = (before + after).match(/[^\0-\xff]/);
  if (wide) throw new Error(`"${wide}" in the loader makes engines keep the whole file at two bytes a character`);
  return before + asLiteral(wasm) + after;
}

function sizes(name, content) {
  const bytes = Buffer.from(content);
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length };
}

mkdirSync(path("dist"), { recursive: true });
const names = optimise();
const wasm = readFileSync(path("dist", "pugmark.wasm"));
const glue = shorten(readFileSync(path("wasm", "pugmark.js"), "utf8"), names);
const script = await bundle("script.js", "iife", wasm, glue);
const module = await bundle("module.js", "esm", wasm, glue);
writeFileSync(path("dist", "pugmark.js"), script);
writeFileSync(path("dist", "pugmark.mjs"), module);

const loader = ["core.js", "exports.js", "script.js"].map((file) => readFileSync(path("loader", file), "utf8"));
const minified = async (code) => (await transform(code, { minify: true, charset: "utf8" })).code;
const table = [
  sizes("loader", await minified(loader.join("\n").replaceAll(/^(import|export) [^;]*from [^;]*;$/gm, ""))),
  sizes("glue", await minified(glue)),
  sizes("wasm", wasm),
  sizes("pugmark.js (all in one file)", script),
  sizes("pugmark.mjs (npm)", module),
];
writeFileSync(path("dist", "sizes.json"), `${JSON.stringify(table, null, 2)}\n`);
