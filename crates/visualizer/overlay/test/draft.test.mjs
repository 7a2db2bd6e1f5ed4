import assert from "node:assert/strict";
import { test } from "node:test";
import { clickDraft, definitionOf, draftOf, fits, obstacle, pageDraft } from "../draft.js";

const URL_HERE = "https://shop.example/boots";

const fingerprint = { family: "control", threshold: 520, alike: 1, signals: [{ kind: "text", value: "Buy", weight: 1000 }] };

const definition = {
  name: "bought",
  label: "Bought",
  description: "",
  status: "paused",
  object: "CONTACT",
  properties: [{ name: "plan", type: "string" }],
  trigger: {
    type: "CLICKED_ELEMENT",
    pages: [{ match: "exact", value: "/boots" }],
    selector: "#buy",
    text: { match: "contains", value: "Buy" },
    fingerprint,
    alternatives: [{ selector: ".old" }],
  },
};

test("a definition that is opened and saved unchanged is the same", () => {
  assert.deepEqual(definitionOf(draftOf(definition, URL_HERE)), definition);
  const visited = { ...definition, trigger: { type: "VISITED_URL", pages: [{ match: "prefix", value: "/shop/" }] } };
  assert.deepEqual(definitionOf(draftOf(visited, URL_HERE)), visited);
});

test("a selector written by hand decides without a fingerprint", () => {
  const draft = { ...draftOf(definition, URL_HERE), isByHand: true };

  assert.equal(definitionOf(draft).trigger.fingerprint, undefined);
  assert.equal(definitionOf(draft).trigger.selector, "#buy");
});

test("what hinders saving is said one at a time, in the order of the steps", () => {
  const draft = clickDraft(URL_HERE);
  const picked = { ...draft, target: { ...draft.target, selector: "#buy", fingerprint } };
  const named = { ...picked, label: "Bought", name: "bought" };
  for (const [name, given, known, expected] of [
    ["nothing is picked", draft, { count: 0 }, /Pick an element/],
    ["nothing is meant", picked, { count: 0 }, /Nothing on this page/],
    ["several are meant and nobody has decided", named, { count: 3 }, /3 elements are meant/],
    ["only one of several is wanted", { ...named, isForAll: false }, { count: 3 }, /3 elements are meant/],
    ["there is no label", picked, { count: 1 }, /Give the event a name/],
    ["there is no name", { ...named, name: "" }, { count: 1 }, /short name/],
    ["the name is taken", named, { count: 1, names: ["bought"] }, /is taken/],
    ["a page event without pages", { ...pageDraft(URL_HERE, { match: "exact", value: " " }), label: "x", name: "x" }, {}, /which pages/],
  ]) {
    assert.match(obstacle(given, known) ?? "", expected, name);
  }
  for (const [name, given, known] of [
    ["one is meant", named, { count: 1 }],
    ["all are wanted", { ...named, isForAll: true }, { count: 3 }],
    ["an event of other pages", { ...named, original: "bought" }, { count: 0, names: ["bought"] }],
  ]) {
    assert.equal(obstacle(given, known), null, name);
  }
});

test("texts are compared as the rule says", () => {
  for (const [match, value, text, expected] of [
    ["exact", "Buy", "Buy", true],
    ["exact", "Buy", "Buy now", false],
    ["prefix", "Buy", "Buy now", true],
    ["prefix", "now", "Buy now", false],
    ["contains", "now", "Buy now", true],
    ["contains", "Now", "Buy now", false],
    ["wildcard", "Buy * now", "Buy 3 now", true],
    ["wildcard", "Buy * now", "Buy now", false],
    ["wildcard", "*cart", "Add to cart", true],
    ["wildcard", "a*a", "a", false],
    ["wildcard", "Buy", "Buy", true],
    ["wildcard", "Buy", "Buy now", false],
    ["wildcard", "カート*", "カートに入れる", true],
    ["exact", "", "anything, while nothing is written", true],
  ]) {
    assert.equal(fits({ match, value }, text), expected, `${match} ${value} on ${text}`);
  }
  assert.equal(fits(null, "anything"), true);
});
