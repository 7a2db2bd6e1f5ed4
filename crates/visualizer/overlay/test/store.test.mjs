import assert from "node:assert/strict";
import { test } from "node:test";
import { beginning, events, kept, reduce, storeOf } from "../store.js";

const definition = (name, more) => ({ name, label: name, status: "active", trigger: { type: "VISITED_URL", pages: [] }, ...more });

test("events are shown as they would be if every draft were published", () => {
  const state = {
    definitions: [definition("one"), definition("two")],
    drafts: [{ definition: definition("two", { status: "paused" }) }, { definition: definition("three") }],
  };
  const shown = events(state).map(({ definition, isDraft, isPublished }) => [definition.name, definition.status, isDraft, isPublished]);

  assert.deepEqual(shown, [
    ["one", "active", false, true],
    ["two", "paused", true, true],
    ["three", "active", true, false],
  ]);
});

test("a draft that is saved again replaces itself", () => {
  const saved = (status) => ({ definition: definition("one", { status }), at: 1 });
  const once = reduce(beginning, { type: "saved", saved: saved("active") });
  const twice = reduce(once, { type: "saved", saved: saved("paused") });

  assert.deepEqual(twice.drafts.map(({ definition }) => definition.status), ["paused"]);
});

test("what is being made survives a navigation; what was pointed at does not", () => {
  const draft = { kind: "click", label: "Bought" };
  const before = { ...beginning, screen: "pick", draft, corner: "top-left", pointed: { name: "Button" }, said: "Button" };
  const after = reduce(beginning, { type: "resumed", work: kept(before) });

  assert.deepEqual([after.screen, after.draft, after.corner, after.pointed, after.said], ["element", draft, "top-left", null, ""]);
});

test("without a draft the next page begins at home", () => {
  for (const screen of ["pick", "saved", "home"]) assert.equal(kept({ ...beginning, screen }).screen, "home", screen);
});

test("a route change forgets what was known of the page, and keeps the draft", () => {
  const before = { ...beginning, draft: { label: "x" }, picked: {}, here: { one: {} }, url: "/a" };
  const after = reduce(before, { type: "moved", url: "/b" });

  assert.deepEqual([after.draft, after.picked, after.here, after.url], [{ label: "x" }, null, {}, "/b"]);
});

test("the same sentence twice is heard twice", () => {
  const once = reduce(beginning, { type: "said", text: "One element" });
  const twice = reduce(once, { type: "said", text: "One element" });

  assert.notEqual(once.said, twice.said);
  assert.equal(twice.said.trim(), "One element");
});

test("whoever listens is told, until it listens no more", () => {
  const store = storeOf(beginning);
  const heard = [];
  const undo = store.listen(({ screen }) => heard.push(screen));
  store.tell("went", { screen: "pick" });
  undo();
  store.tell("went", { screen: "home" });

  assert.deepEqual(heard, ["pick"]);
});

test("an unknown happening is a mistake of ours", () => {
  assert.throws(() => reduce(beginning, { type: "exploded" }), /exploded/);
});
