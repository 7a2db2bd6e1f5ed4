import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Session } from "../session.js";

const CODE = "0123456789abcdef0123456789abcdef";
const HOUR = 3_600_000;

let answers;
let asked;
let storage;

beforeEach(() => {
  answers = [];
  asked = [];
  const kept = new Map();
  storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  globalThis.fetch = async (url, options) => {
    asked.push([options.method, `${url}`, options.headers.authorization]);
    assert.ok(options.signal, "nobody waits for ever");
    const answer = answers.shift();
    if (!answer) throw new TypeError("no network");
    const [status, body, headers] = answer;
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
  };
});

const enter = () => Session.enter({ collector: "https://c.example/", site: "demo", key: "pm:edit", storage });
const token = { token: "secret", site: "demo", studio: "https://c.example/studio", expires: Date.now() + HOUR, event: "bought" };

async function entered() {
  storage.setItem("pm:edit", CODE);
  answers.push([200, token]);
  return enter();
}

test("a code is exchanged once, and the token serves the next page", async () => {
  const first = await entered();
  assert.deepEqual(asked, [["POST", "https://c.example/v1/visualizer/session", undefined]]);
  assert.equal(first.event, "bought");

  const second = await enter();
  assert.equal(asked.length, 1);
  assert.deepEqual([second.token, second.studio, second.event], ["secret", "https://c.example/studio", null]);
});

test("while a code is exchanged the key stays, without the code", async () => {
  storage.setItem("pm:edit", CODE);
  answers.push([200, token]);
  const entering = enter();
  assert.ok(storage.getItem("pm:edit"));
  assert.notEqual(storage.getItem("pm:edit"), CODE);
  await entering;
});

test("whoever may not enter is told to open it again, and the key is gone", async () => {
  for (const [name, kept, answer, sentence] of [
    ["a used code", CODE, [401, { error: { message: "unknown" } }], /link has been used/],
    ["a token that ran out", JSON.stringify({ ...token, expires: Date.now() - 1 }), null, /is over/],
    ["something else", "rubbish", null, /is over/],
    ["another site's", JSON.stringify({ ...token, site: "other" }), null, /“other”/],
    ["a silent collector", CODE, null, /does not answer/],
  ]) {
    storage.setItem("pm:edit", kept);
    if (answer) answers.push(answer);
    await assert.rejects(enter(), sentence, name);
    assert.equal(storage.getItem("pm:edit"), null, name);
  }
});

test("every refusal says what to do", async () => {
  const session = await entered();
  for (const [answer, sentence, facts] of [
    [[400, { error: { message: "a; b", breaches: ["a", "b"] } }], /asks for changes/, { breaches: ["a", "b"] }],
    [[401, { error: { message: "over" } }], /is kept in this tab/, { isOver: true }],
    [[409, { error: { message: "taken" } }], /Choose another/, { isTaken: true }],
    [[503, { error: { message: "busy" } }, { "retry-after": "7" }], /in 7 seconds/, {}],
    [[500, null], /answers 500/, {}],
    [null, /c\.example does not answer/, {}],
  ]) {
    if (answer) answers.push(answer);
    await assert.rejects(session.saveDraft({ name: "x" }), (refusal) => {
      assert.match(refusal.message, sentence);
      for (const [fact, value] of Object.entries(facts)) assert.deepEqual(refusal[fact], value);
      return true;
    });
  }
});

test("asking carries the token, and names are written safely", async () => {
  const session = await entered();
  answers.push([204]);
  await session.discardDraft("a/b");
  assert.deepEqual(asked[1], ["DELETE", "https://c.example/v1/visualizer/drafts/a%2Fb", "Bearer secret"]);
});

test("what is being made outlives the token, but not the end of edit mode", async () => {
  const session = await entered();
  session.keep({ draft: 1 });
  storage.setItem("pm:edit", JSON.stringify({ ...token, expires: 0 }));
  await assert.rejects(enter());
  assert.deepEqual((await entered()).work, { draft: 1 });

  session.leave();
  assert.deepEqual([storage.getItem("pm:edit"), session.work], [null, {}]);
});
