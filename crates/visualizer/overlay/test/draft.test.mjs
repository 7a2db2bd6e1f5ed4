import assert from "node:assert/strict";
import { test } from "node:test";
import { clickDraft, definitionOf, draftOf, elsewhere, looked, obstacle, pageDraft, switched } from "../draft.js";

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

test("what is switched off of one that counts as well stays with the draft, and is no part of the definition", () => {
  const draft = draftOf(definition, URL_HERE);
  const changed = { ...draft, alternatives: draft.alternatives.map((at) => ({ ...at, without: ["link"] })) };

  assert.deepEqual(definitionOf(changed), definition);
});

test("what is switched on again is off no longer", () => {
  assert.deepEqual(switched(["class"], ["link", "target"], true), ["class", "link", "target"]);
  assert.deepEqual(switched(["class", "link", "target"], ["link", "target"], false), ["class"]);
});

test("who edits an event of several alike has decided already", () => {
  const changed = (trigger) => draftOf({ ...definition, trigger: { ...definition.trigger, ...trigger } }, URL_HERE).isForAll;

  assert.equal(changed({ alternatives: [] }), null);
  assert.equal(changed({ alternatives: [{ selector: ".old", fingerprint }] }), null);
  assert.equal(changed({ alternatives: [{ selector: ".old", fingerprint: { ...fingerprint, alike: 2 } }] }), true);
});

test("of other pages it is said how many elements were meant, the latest last, and of no more than a few", () => {
  const seen = [["/pricing", 1], ["/team", 2], ["/", 1], ["/team", 0]].reduce((seen, [path, count]) => looked(seen, path, count), {});

  assert.equal(elsewhere(seen, "/"), "/pricing 1, /team none");
  assert.equal(elsewhere(seen, "/team"), "/pricing 1, / 1");
  assert.equal(elsewhere({ "/": 1 }, "/"), "");
  const many = Array.from({ length: 30 }, (_, at) => `/${at}`).reduce((seen, path) => looked(seen, path, 1), {});
  assert.equal(Object.keys(many).length, 12);
  assert.equal(Object.keys(many).at(-1), "/29");
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
    ["several look the same and nobody has decided", named, { count: 3, alike: 3 }, /3 elements look the same/],
    ["only one of several is wanted", { ...named, isForAll: false }, { count: 3, alike: 3 }, /3 elements look the same/],
    ["there is no label", picked, { count: 1 }, /Give the event a name/],
    ["there is no name", { ...named, name: "" }, { count: 1 }, /short name/],
    ["the name is taken", named, { count: 1, names: ["bought"] }, /is taken/],
    ["a page event without pages", { ...pageDraft(URL_HERE, { match: "exact", value: " " }), label: "x", name: "x" }, {}, /which pages/],
  ]) {
    assert.match(obstacle(given, known) ?? "", expected, name);
  }
  for (const [name, given, known] of [
    ["one is meant", named, { count: 1, alike: 1 }],
    ["all are wanted", { ...named, isForAll: true }, { count: 3, alike: 3 }],
    ["each way means one", named, { count: 2, alike: 1 }],
    ["an event of other pages", { ...named, original: "bought" }, { count: 0, names: ["bought"] }],
  ]) {
    assert.equal(obstacle(given, known), null, name);
  }
});
