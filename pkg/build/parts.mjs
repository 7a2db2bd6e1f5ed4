// Says what each module of ours, and each library, takes of the wasm: bytes of code by the names of functions, before
// wasm-opt takes the names away. A function that was inlined counts where it went.

import { readFileSync } from "node:fs";

const bytes = readFileSync(new URL("../wasm/pugmark_bg.wasm", import.meta.url));
let at = 8;

function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
}

function text() {
  const length = number();
  at += length;
  return bytes.toString("utf8", at - length, at);
}

const SECTIONS = { custom: 0, imports: 2, code: 10 };
const FUNCTION_NAMES = 1;
const sizes = [];
const names = new Map();
let imported = 0;

function readImports() {
  const skip = { 0: number, 1: () => (at++, limits()), 2: limits, 3: () => (at += 2) };
  for (let left = number(); left > 0; left--) {
    text();
    text();
    const kind = bytes[at++];
    if (kind === 0) imported++;
    skip[kind]();
  }
}

function limits() {
  const hasMaximum = bytes[at++] & 1;
  number();
  if (hasMaximum) number();
}

function readCode() {
  for (let left = number(); left > 0; left--) {
    const size = number();
    sizes.push(size);
    at += size;
  }
}

function readNames(end) {
  if (text() !== "name") return;
  while (at < end) {
    const kind = bytes[at++];
    const next = number() + at;
    if (kind === FUNCTION_NAMES) {
      for (let left = number(); left > 0; left--) names.set(number(), text());
    }
    at = next;
  }
}

while (at < bytes.length) {
  const section = bytes[at++];
  const end = number() + at;
  if (section === SECTIONS.imports) readImports();
  if (section === SECTIONS.code) readCode();
  if (section === SECTIONS.custom) readNames(end);
  at = end;
}

// The first path of a name that is ours tells whose a function is: `Vec<Record>::push` is the journal's.
function owner(name) {
  const plain = name.replaceAll(/\[[0-9a-f]{16}\]/g, "");
  const ours = /\b(pugmark(?:_engine|_protocol)?)::(\w+)/.exec(plain);
  if (ours) return `${ours[1]}::${ours[2]}`;
  return /\b(core|alloc|std|talc|hashbrown|serde\w*|wasm_bindgen|js_sys|web_sys|gloo_timers)\b/.exec(plain)?.[1] ?? "exports, glue";
}

const totals = new Map();
sizes.forEach((size, place) => {
  const of = owner(names.get(imported + place) ?? "");
  totals.set(of, (totals.get(of) ?? 0) + size);
});
const all = sizes.reduce((sum, size) => sum + size, 0);
const rows = [...totals].sort(([, one], [, other]) => other - one);
console.log("| part of the wasm | bytes of code | share |\n| --- | --: | --: |");
for (const [part, size] of rows) {
  console.log(`| ${part} | ${size.toLocaleString("en")} | ${((100 * size) / all).toFixed(1)} % |`);
}
