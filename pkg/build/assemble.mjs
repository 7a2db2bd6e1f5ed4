// Makes the builds in dist/ from what wasm-pack left in wasm/: optimises the wasm, shortens the names it shares with its
// glue, and puts loader, glue and wasm into one file each for the script tag and the module. Glue and the same wasm,
// translated to JavaScript, make a third, which both load where a page refuses WebAssembly; what only debug mode needs
// is a fourth.
//
// One file, because every further request is a round trip before the first event; the wasm stands in it as a string of
// one character a byte, which compresses better than base64 (docs/decisions/0003-one-file.md).

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { optimise, shorten, translate, watchful } from "./wasm.mjs";

const pkg = dirname(dirname(fileURLToPath(import.meta.url)));
const path = (...parts) => join(pkg, ...parts);

// Exchanges the bytes that wasm is full of for others that a literal need not escape: 1 KB less in brotli than as they
// are. Of all 256 masks this one packs best.
const MASK = 75;

// Has Chromium compile the functions while the file arrives, beside the page's own work, and not one by one when they are
// called (docs/decisions/0003-one-file.md).
const CALLED_ON_LOAD = "//# allFunctionsCalledOnLoad\n";

// A template literal whose character codes give the bytes back, once the mask is taken off.
function asLiteral(bytes) {
  const masked = [...bytes].map((byte) => byte ^ MASK);
  const escaped = masked.map((byte, i) => {
    const next = String.fromCharCode(masked[i + 1] ?? 0);
    const char = String.fromCharCode(byte);
    // "\0" before a digit would be an octal escape, and "${" a substitution.
    if (char === "\0") return /\d/.test(next) ? "\\x00" : "\\0";
    if (char === "\r") return "\\r";
    return char === "\\" || char === "`" || (char === "$" && next === "{") ? `\\${char}` : char;
  });
  const literal = `\`${escaped.join("")}\``;
  const read = Buffer.from(Function(`return ${literal}`)(), "latin1");
  if (!read.equals(Buffer.from(masked))) throw new Error("the literal does not give the wasm back");
  return literal;
}

// Resolves what the loader imports but no file holds.
function built(glue, translation) {
  const contents = {
    // A plain loop: `Uint8Array.from` with a function takes 8 ms. The text is forgotten once it is read, or it would stay in
    // memory as long as the page.
    "wasm:bytes": `let text = PUGMARK_WASM;
      export default () => {
        const bytes = new Uint8Array(text.length);
        for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i) ^ ${MASK};
        text = "";
        return bytes;
      };`,
    "wasm:translation": translation,
  };
  return {
    name: "built",
    setup(builder) {
      builder.onResolve({ filter: /^wasm:/ }, ({ path }) => ({ path, namespace: "wasm" }));
      builder.onLoad({ filter: /.*/, namespace: "wasm" }, ({ path }) => ({ contents: contents[path] }));
      // The copy of a module of ours that the glue imports is that module: the loader imports it as well.
      builder.onResolve({ filter: /^\.\/snippets\// }, ({ path: copy }) => ({
        path: join(dirname(pkg), copy.split("/").slice(3).join("/")),
      }));
      builder.onLoad({ filter: /wasm[\\/]pugmark\.js$/ }, () => ({ contents: glue, resolveDir: path("wasm") }));
    },
  };
}

async function bundle(entry, format, plugin, inject = []) {
  const result = await build({
    entryPoints: [path("loader", entry)],
    bundle: true,
    charset: "utf8",
    external: ["fallback", "debug", "visualizer"].map((part) => `./pugmark.${part}.js`),
    format,
    inject,
    legalComments: "none",
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    minify: true,
    plugins: [plugin],
    target: ["chrome96", "firefox100", "safari15.4"],
    write: false,
  });
  return result.outputFiles[0].text;
}

// Tells the bundlers of others, in words that minifying drops, that the custom script is none of theirs.
function leftToBrowsers(code) {
  const [before, after, ...more] = code.split("import(new URL(");
  if (!after || more.length) throw new Error("the import of the custom script is not found");
  return `${before}import(/* webpackIgnore: true */ /* @vite-ignore */ new URL(${after}`;
}

// Put in last: esbuild would escape the characters again.
function withWasm(code, wasm) {
  const [before, after] = code.split("PUGMARK_WASM");
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
const optimised = path("dist", "pugmark.wasm");
const names = optimise(path("wasm", "pugmark_bg.wasm"), optimised);
const wasm = readFileSync(optimised);
const glue = shorten(watchful(readFileSync(path("wasm", "pugmark.js"), "utf8")), names, "./pugmark_bg.js");
const plugin = built(glue, translate(optimised));
const script = CALLED_ON_LOAD + withWasm(await bundle("script.js", "iife", plugin), wasm);
const module = withWasm(leftToBrowsers(await bundle("module.js", "esm", plugin)), wasm);
const fallback = leftToBrowsers(await bundle("fallback.js", "esm", plugin, [path("loader", "translated.js")]));
const debug = await bundle("debug.js", "esm", plugin);
writeFileSync(path("dist", "pugmark.js"), script);
writeFileSync(path("dist", "pugmark.mjs"), module);
writeFileSync(path("dist", "pugmark.fallback.js"), fallback);
writeFileSync(path("dist", "pugmark.debug.js"), debug);

const minified = async (code) => (await transform(code, { minify: true, charset: "utf8" })).code;
const loaded = async (...files) => (await Promise.all(files.map(bare))).join("");
const bare = (file) => {
  const code = readFileSync(path("loader", file), "utf8");
  return minified(code.replaceAll(/^(import|export) [^;]*from [^;]*;$/gm, ""));
};
const table = [
  sizes("loader", await loaded("core.js", "exports.js", "invitation.js", "script.js")),
  sizes("– the visualizer's invitation", await loaded("invitation.js")),
  sizes("glue", await minified(glue)),
  sizes("wasm", wasm),
  sizes("pugmark.js (all in one file)", script),
  sizes("pugmark.mjs (npm)", module),
  sizes("pugmark.fallback.js (no wasm)", fallback),
  sizes("pugmark.debug.js (debug only)", debug),
];
writeFileSync(path("dist", "sizes.json"), `${JSON.stringify(table, null, 2)}\n`);
