// Makes dist/: a classic script for each subject, and manifest.json, which says what there is.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { SUBJECTS } from "./subjects.mjs";

const here = (path) => new URL(path, import.meta.url);

/** The file of a package, which need not be among its exports. */
const inPackage = (name, path) => readFile(here(`node_modules/${name}/${path}`), "utf8");

// What the page has of a subject that throws while it starts: calls that do nothing, like those into a snippet's queue.
const BEFORE = "window.subject = { ready: Promise.resolve(), track() {}, pageView() {} };";

// Every quick start counts the page view; some trackers do so by themselves, and are told not to.
const AFTER = "window.subject.ready.then(() => window.subject.pageView());";

async function script({ name, package: from, official, before = "" }) {
  const bundle = official ? `${before}\n${await inPackage(from, official)}\n;` : "";
  await build({
    entryPoints: [here(`subjects/${name}.js`).pathname],
    outfile: here(`dist/${name}.js`).pathname,
    banner: { js: BEFORE + bundle },
    bundle: true,
    define: { "process.env.NODE_ENV": '"production"' },
    footer: { js: AFTER },
    format: "iife",
    logLevel: "warning",
    minify: true,
    platform: "browser",
    target: "es2022",
  });
}

async function entry({ name, package: from, official, note }) {
  const version = from ? JSON.parse(await inPackage(from, "package.json")).version : "-";
  return { name, version, script: `dist/${name}.js`, note: note ?? `${from}, ${official ?? "bundled with esbuild"}` };
}

await rm(here("dist"), { recursive: true, force: true });
await mkdir(here("dist"));
await Promise.all(SUBJECTS.map(script));
await writeFile(here("dist/manifest.json"), `${JSON.stringify(await Promise.all(SUBJECTS.map(entry)), null, 2)}\n`);
