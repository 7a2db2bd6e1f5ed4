// Makes dist/pugmark.visualizer.js: the overlay with its model, in one file that is loaded on invitation only.
//
// `node build/visualizer.mjs wasm/pugmark_visualizer.js`: the argument is the glue that wasm-bindgen wrote for
// crates/visualizer (`--target web`); its wasm lies beside it. The wasm is translated to JavaScript, so that a page whose
// policy is `default-src 'self'` need not allow anything for it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { optimise, shorten, translate, watchful } from "./wasm.mjs";

const pkg = dirname(dirname(fileURLToPath(import.meta.url)));
const overlay = join(dirname(pkg), "crates", "visualizer", "overlay");

// The first versions with popovers, through which the overlay lies above dialogs; a marketer's browser is a new one.
const TARGET = ["chrome114", "firefox125", "safari17"];

/** The glue and the translation of its wasm, by the names under which the overlay imports them. */
export function model(glue) {
  const folder = mkdtempSync(join(tmpdir(), "pugmark-"));
  try {
    const optimised = join(folder, "optimised.wasm");
    const bytes = glue.replace(/\.js$/, "_bg.wasm");
    const names = optimise(bytes, optimised);
    const own = `./${basename(glue, ".js")}_bg.js`;
    return {
      "wasm:glue": shorten(watchful(readFileSync(glue, "utf8")), names, own),
      "wasm:translation": translate(optimised),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Resolves what the overlay imports but no file holds. */
function built(modules) {
  return {
    name: "built",
    setup(builder) {
      builder.onResolve({ filter: /^wasm:/ }, ({ path }) => ({ path, namespace: "wasm" }));
      builder.onLoad({ filter: /.*/, namespace: "wasm" }, ({ path }) => ({ contents: modules[path], resolveDir: overlay }));
    },
  };
}

/** The overlay as one module; `modules` holds the source of `wasm:glue` and `wasm:translation`. */
export async function bundle(modules, options = {}) {
  const result = await build({
    entryPoints: [join(overlay, "index.js")],
    bundle: true,
    charset: "utf8",
    format: "esm",
    inject: [join(pkg, "loader", "translated.js")],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    loader: { ".css": "text" },
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    minify: true,
    nodePaths: [join(pkg, "node_modules")],
    plugins: [built(modules)],
    target: TARGET,
    write: false,
    ...options,
  });
  return result.outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const glue = process.argv[2];
  if (!glue) throw new Error("say where the glue is: node build/visualizer.mjs wasm/pugmark_visualizer.js");
  mkdirSync(join(pkg, "dist"), { recursive: true });
  writeFileSync(join(pkg, "dist", "pugmark.visualizer.js"), await bundle(model(resolve(glue))));
}
