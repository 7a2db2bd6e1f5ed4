// What debug mode says of completions that do not fit the site's definitions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { slips } from "../loader/schema.js";

const SCHEMA = {
  signed_up: {
    plan: { type: "enumeration", values: ["free", "pro"] },
    seats: { type: "number" },
    company: { type: "string" },
    trial: { type: "bool" },
    since: { type: "datetime" },
    born: { type: "date" },
    later: { type: "of_a_later_time" },
  },
  signed_out: {},
};

const texts = (name, properties = {}) => slips(SCHEMA, { name, properties }).map(({ text }) => text);

test("what fits is no slip", () => {
  const fitting = { plan: "free;pro", seats: 3, company: "Acme", trial: false, since: 0, born: "1815-12-10" };
  assert.deepEqual(texts("signed_up", { ...fitting, later: {}, hs_language: "nl" }), []);
  assert.deepEqual(texts("signed_up", { since: "2026-11-25T15:04:05.678Z" }), []);
  assert.deepEqual(texts("page_view", { anything: 1 }), []);
});

test("an unknown event is named, with the one that was probably meant", () => {
  for (const [name, hint] of [
    ["signd_up", '; did you mean "signed_up"?'],
    ["signedup", '; did you mean "signed_up"?'],
    ["signed_in", '; did you mean "signed_up"?'],
    ["signed_outt", '; did you mean "signed_out"?'],
    ["bought", ""],
    ["constructor", ""],
  ]) {
    assert.deepEqual(texts(name), [`the event "${name}" is not defined${hint}`]);
  }
});

test("an unknown property is named, with the one that was probably meant", () => {
  assert.deepEqual(texts("signed_up", { pln: "free" }), [
    'signed_up: the property "pln" is not defined; did you mean "plan"?',
  ]);
  assert.deepEqual(texts("signed_out", { toString: 1 }), ['signed_out: the property "toString" is not defined']);
});

test("a value of another type is named with what is wanted", () => {
  for (const [properties, problem] of [
    [{ seats: "3" }, '"seats" is a number, not the text "3"'],
    [{ company: 7 }, '"company" is text, not 7'],
    [{ trial: "true" }, '"trial" is true or false, not the text "true"'],
    [{ since: "tomorrow" }, '"since" is a date, not the text "tomorrow"'],
    [{ since: "2026-13-45" }, '"since" is a date, not the text "2026-13-45"'],
    [{ born: true }, '"born" is a date, not true'],
  ]) {
    assert.deepEqual(texts("signed_up", properties), [`signed_up: the property ${problem}`]);
  }
});

test("an undefined value of an enumeration is named, also among several", () => {
  const line = (value, hint) =>
    `signed_up: the property "plan" has no value "${value}"${hint}; its values are free, pro`;
  assert.deepEqual(texts("signed_up", { plan: "gold" }), [line("gold", "")]);
  assert.deepEqual(texts("signed_up", { plan: "free;fre" }), [line("fre", '; did you mean "free"?')]);
  assert.deepEqual(texts("signed_up", { plan: 1 }), [line("1", "")]);
});

test("slips about the same are told apart from others by what they are about", () => {
  const about = (properties) => slips(SCHEMA, { name: "signed_up", properties }).map((slip) => slip.about);
  assert.deepEqual(about({ plan: "a", seats: "b" }), ["signed_up.plan", "signed_up.seats"]);
  assert.deepEqual(about({ plan: "other" }), ["signed_up.plan"]);
});
