import assert from "node:assert/strict";
import { test } from "node:test";
import { foundOf, healthOf, wish } from "../health.js";
import { aloud, conditions, targetInWords, titlesOf, wordsOf } from "../sentences.js";
import { constants, model } from "./model.mjs";

const observed = model.signalsOf("fcontrol\tta\tTBuy now\tWbuy now\tVbuy\tVnow\tU/buy\tEbuy\tCbutton\tCbig\tb^\tnHelp\to0");

const made = (weights, threshold, alike = 1) => ({
  family: "control",
  threshold,
  alike,
  signals: observed.filter(({ kind }) => weights[kind]).map((signal) => ({ ...signal, weight: weights[signal.kind] })),
});

test("each condition is a sentence with how much it counts", () => {
  const [text, link, look] = conditions(made({ text: 400, wording: 100, link: 300, class: 100 }, 500), observed, []);

  assert.deepEqual([text.words, text.share], [["It says ", "Buy now"], 50]);
  assert.deepEqual([link.words, link.share], [["It leads to ", "/buy"], 30]);
  assert.deepEqual([look.words, look.share], [["It has the look ", "button", ", ", "big"], 20]);
});

test("a condition that is switched off stays in sight", () => {
  const all = conditions(made({ link: 1000 }, 500), observed, ["text", "wording", "word"]);
  const text = all.find(({ id }) => id === "text");

  assert.deepEqual([text.isOff, text.share, text.words], [true, 0, ["It says ", "Buy now"]]);
});

test("what counts nothing is not said", () => {
  assert.deepEqual(conditions(made({ text: 1000 }, 500), observed, []).map(({ id }) => id), ["text"]);
});

test("signals are named by what they speak of, once each", () => {
  assert.deepEqual(titlesOf(observed), ["text", "link", "look", "neighbours", "kind of element"]);
});

test("the health of an element is the model's word, with one thing to do", () => {
  const judging = { strength: ({ word }) => ({ strength: word, reason: "Why." }), strengthOfSelector: (word) => ({ strength: word, reason: "Why." }) };
  for (const [name, target, count, word, action, needsHook] of [
    ["a strong one", { fingerprint: { word: "strong", alike: 1 } }, 1, "strong", null, false],
    ["one that is not here", { fingerprint: { word: "strong", alike: 1 } }, 0, "strong", null, false],
    ["one that may go silent", { fingerprint: { word: "ok", alike: 1 } }, 1, "ok", /would make it strong/, true],
    ["as many as it was made for", { fingerprint: { word: "fragile", alike: 2 } }, 2, "fragile", /Ask a developer/, true],
    ["more than it was made for", { fingerprint: { word: "strong", alike: 2 } }, 3, "fragile", /Make it stricter/, undefined],
    ["a selector", { selector: "ok" }, 3, "ok", null, false],
    ["a fragile selector", { selector: "fragile" }, 1, "fragile", /Name an id/, true],
  ]) {
    const health = healthOf(target, count, judging);
    assert.deepEqual([health.word, health.needsHook], [word, needsHook], name);
    if (action) assert.match(health.action, action, name);
    else assert.equal(health.action, null, name);
  }
});

test("how an event does is said in the collector's words", () => {
  for (const [name, doing, found] of [
    ["all of it is so", { count: 1, score: 1000 }, "one"],
    ["half of what may change has changed", { count: 1, score: 800 }, "one"],
    ["more than half", { count: 1, score: 799 }, "weak"],
    ["just enough", { count: 1, score: 600 }, "weak"],
    ["two of one", { count: 2, score: 1000, isMore: true }, "several"],
    ["two of two", { count: 2, score: 1000 }, "one"],
    ["near", { count: 0, score: 599 }, "none"],
    ["its text is another", { count: 0, score: 1000 }, "none"],
    ["nothing of it may change", { count: 1, score: 1000, threshold: 1000 }, "one"],
  ]) {
    assert.equal(foundOf({ isMore: false, threshold: 600, ...doing }, constants), found, name);
  }
});

test("a target is said as people would point it out", () => {
  const known = (signals, more) => ({
    fingerprint: { alike: 1, signals: Object.entries(signals).map(([kind, value]) => ({ kind, value })), ...more },
  });
  for (const [target, expected] of [
    [known({ tag: "a", class: "cta", text: "Buy now", heading: "Boots" }), "A link that says “Buy now” under “Boots”"],
    [known({ tag: "div", id: "buy" }), "An element with the id “buy”"],
    [known({ tag: "button", label: "Close" }, { alike: 3 }), "Any of 3 like a button labelled “Close”"],
    [known({ query: "plan=pro" }), "An element that asks for “plan=pro”"],
    [{ selector: ".old" }, "What this selects: “.old”"],
    [{ selector: "a", text: { match: "prefix", value: "Buy" } }, "What this selects: “a”, if its text starts with “Buy”"],
    [{ selector: "a", text: { match: "prefix", value: "" } }, "What this selects: “a”"],
  ]) {
    assert.equal(aloud(targetInWords(target)), expected);
  }
});

test("the words that become public are told once each, and nothing but words", () => {
  const signals = [
    ["text", "Hello Ann"],
    ["wording", "hello ann"],
    ["word", "ann"],
    ["before", "^"],
    ["after", "Log out"],
    ["class", "greeting"],
    ["heading", "購物車"],
  ].map(([kind, value]) => ({ kind, value }));

  assert.deepEqual(wordsOf({ signals }), ["Hello Ann", "購物車", "Log out"]);
});

test("the message to a developer has the attribute and the element", () => {
  assert.match(wish("added_to_cart", "<button>"), /data-track="added-to-cart".*<button>$/);
});
