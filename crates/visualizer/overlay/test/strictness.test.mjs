import assert from "node:assert/strict";
import { test } from "node:test";
import { steps } from "../strictness.js";
import { constants } from "./model.mjs";

const thresholds = (threshold, scores) => steps({ threshold }, scores, constants).map((step) => `${step.threshold}: ${step.count}`);

test("each looser step lets in the elements that come next", () => {
  assert.deepEqual(thresholds(700, [1000, 600, 590, 400, 100]), ["850: 1", "700: 1", "495: 3", "300: 4"]);
});

test("what has too little in common is never let in", () => {
  assert.deepEqual(thresholds(500, [1000, 299, 100]), ["750: 1", "500: 1"]);
});

test("nothing is stricter than being the same", () => {
  assert.deepEqual(thresholds(1000, [1000]), ["1000: 1"]);
});

test("there are at most four looser steps", () => {
  const scores = [1000, 900, 800, 700, 600, 500, 400];
  assert.equal(steps({ threshold: 950 }, scores, constants).length, 2 + 4);
});
