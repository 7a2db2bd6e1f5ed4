import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_OUTLINED, counted, outlined, plural } from "../counts.js";

test("where more are meant than are outlined, it is said how many are", () => {
  assert.equal(outlined(MAX_OUTLINED), "");
  assert.equal(outlined(MAX_OUTLINED + 1), "200 of 201 outlined");
  assert.equal(outlined(1_234), "200 of 1,234 outlined");
});

test("what is meant is said aloud with how much of it is outlined", () => {
  for (const [count, expected] of [
    [0, "No elements on this page."],
    [1, "One element on this page."],
    [MAX_OUTLINED, "200 elements on this page."],
    [1_234, "1,234 elements on this page. 200 of 1,234 outlined."],
  ]) {
    assert.equal(counted(count), expected);
  }
});

test("one is one, and thousands are set apart", () => {
  assert.equal(plural(1, "view", "views"), "1 view");
  assert.equal(plural(20_000, "view", "views"), "20,000 views");
});
