import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../trial.js";
import { constants } from "./model.mjs";

// Elements are their scores here, and every definition's fingerprint needs 500.
const ways = {
  constants,
  family: () => "control",
  observe: String,
  compare: (_, line) => ({
    score: Number(line),
    threshold: 500,
    matching: [{ kind: "text", value: "Buy" }],
    missing: [{ kind: "class", value: "big" }],
  }),
  select: (element, selector) => element === Number(selector),
  text: () => "Buy now",
  fits: (rule, text) => !rule || text.includes(rule.value),
  isMeant: (pages) => pages.every(({ value }) => value === "/here"),
};

const signals = [{ kind: "text", value: "Buy", weight: 1000 }];

const click = (name, trigger, status = "active") => ({
  name,
  label: "",
  status,
  trigger: { type: "CLICKED_ELEMENT", pages: [], fingerprint: { family: "control", threshold: 500, signals }, ...trigger },
});

test("an event fires where any element of the path reaches its threshold, and says why", () => {
  const [verdict] = judge([100, 800, 200], [click("bought")], ways);

  assert.deepEqual([verdict.fires, verdict.score, verdict.threshold], [true, 800, 500]);
  assert.deepEqual([verdict.matching, verdict.missing], [["text"], ["look"]]);
});

test("what is near is told though it does not fire; what is far is not", () => {
  assert.equal(judge([300], [click("bought")], ways)[0].fires, false);
  assert.deepEqual(judge([299], [click("bought")], ways), []);
});

test("why an element that is meant does not fire is said", () => {
  for (const [definition, reason] of [
    [click("elsewhere", { pages: [{ value: "/there" }] }), /one of its pages/],
    [click("other_text", { text: { match: "exact", value: "Sell" } }), /text/],
    [click("paused", {}, "paused"), /paused/],
  ]) {
    const [verdict] = judge([800], [definition], ways);
    assert.equal(verdict.fires, false, definition.name);
    assert.match(verdict.reason, reason);
  }
});

test("an alternative is as good as the first way", () => {
  const { fingerprint } = click("bought").trigger;
  const definition = click("bought", { fingerprint: undefined, selector: "1", alternatives: [{ selector: "2", fingerprint }] });

  assert.equal(judge([800], [definition], ways)[0].fires, true);
});

test("of several that count it is said which one it was", () => {
  const alternatives = [{ selector: "2" }, { selector: "3", text: { match: "contains", value: "Buy" } }];
  const definition = click("bought", { fingerprint: undefined, selector: "1", alternatives });

  for (const [path, way] of [
    [[1], "What this selects: “1”"],
    [[2], "What this selects: “2”"],
    [[3], "What this selects: “3”, if its text contains “Buy”"],
  ]) {
    const [verdict] = judge(path, [definition], ways);
    assert.deepEqual([verdict.fires, verdict.way], [true, way]);
  }
  assert.equal(judge([1], [click("bought", { fingerprint: undefined, selector: "1" })], ways)[0].way, null);
});

test("a selector decides where there is no fingerprint", () => {
  const definition = click("bought", { fingerprint: undefined, selector: "7" });

  assert.deepEqual(judge([3, 7], [definition], ways)[0].matching, ["selector"]);
  assert.deepEqual(judge([3], [definition], ways), []);
});

test("page views and archived events are nothing to a click; those that fire come first", () => {
  const visited = { name: "visited", status: "active", trigger: { type: "VISITED_URL", pages: [] } };
  const names = judge([800], [visited, click("gone", {}, "archived"), click("paused", {}, "paused"), click("bought")], ways);

  assert.deepEqual(names.map(({ name }) => name), ["bought", "paused"]);
});
