// HubSpot's own npm client, unmodified: only its address and its token are set.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client } from "@hubspot/api-client";

import { start } from "./collector.mjs";

let collector, client, utk;

before(async () => {
  collector = await start();
  const accessToken = await collector.token("definitions", "send", "read");
  client = new Client({ basePath: collector.address, accessToken });
  utk = await collector.identify({ email: "ann@example.com", id: "42" });
  await collector.admin("POST", "/v1/sites/demo/definitions", {
    name: "bought",
    label: "Bought",
    properties: [{ name: "plan", type: "string" }, { name: "price", type: "number" }],
  });
});

after(() => collector.stop());

const ANN = { "objectProperty.email": "ann@example.com" };

// getPage takes its filters one after the other.
function page(filter = {}) {
  const { objectType, eventType, after, before, limit, sort, occurredAfter, occurredBefore } = filter;
  return client.events.eventsApi.getPage(
    objectType, eventType, after, before, limit, sort, occurredAfter, occurredBefore,
    filter.objectId, filter.objectProperties, filter.properties, filter.id,
  );
}

test("an occurrence that is sent can be read", async () => {
  const uuid = "c56a4180-65aa-42ec-a945-5fd21dec0538";
  const occurredAt = new Date("2026-11-20T10:00:00.123Z");
  await client.events.send.basicApi.send({
    eventName: "pedemo_bought", email: "ann@example.com", uuid, occurredAt, properties: { plan: "pro", price: "12.50" },
  });

  const { results } = await page({ objectType: "contact", objectProperties: ANN, id: [uuid] });

  assert.equal(results.length, 1);
  const { id, eventType, objectType, properties } = results[0];
  assert.deepEqual({ id, eventType, objectType }, { id: uuid, eventType: "pedemo_bought", objectType: "CONTACT" });
  assert.equal(results[0].occurredAt.getTime(), occurredAt.getTime());
  assert.deepEqual({ ...properties }, { plan: "pro", price: "12.5" });
});

test("a batch that is sent is read page by page", async () => {
  const inputs = Array.from({ length: 12 }, (_, n) => ({
    eventName: "pedemo_bought", utk, occurredAt: new Date(Date.UTC(2026, 9, n + 1)), properties: { plan: "batch", price: `${n}` },
  }));
  await client.events.send.batchApi.send({ inputs });

  const prices = [];
  let after;
  do {
    const found = await page({
      objectType: "contact", eventType: "pedemo_bought", properties: { "property.plan": "batch" }, sort: ["ASCENDING"], limit: 5, after,
    });
    prices.push(...found.results.map((one) => Number(one.properties.price)));
    after = found.paging?.next?.after;
  } while (after);

  assert.deepEqual(prices, Array.from({ length: 12 }, (_, n) => n));
});

test("occurrences are filtered by record and time", async () => {
  const all = await page({ objectType: "contact", objectProperties: ANN, limit: 100 });
  const objectId = Number(all.results[0].objectId);

  const between = await page({
    objectType: "contact", objectId, occurredAfter: new Date("2026-10-03T12:00:00Z"), occurredBefore: new Date("2026-10-06T12:00:00Z"),
  });

  assert.ok(Number.isSafeInteger(objectId));
  assert.deepEqual(between.results.map((one) => one.properties.price), ["5", "4", "3"]);
  assert.ok(all.results.some((one) => one.eventType === "e_visited_page"), "the page view joined the contact");
  assert.equal((await page({ objectType: "company" })).results.length, 0);
});

test("event types are listed", async () => {
  const { eventTypes } = await client.events.eventsApi.getTypes();

  assert.ok(eventTypes.includes("pedemo_bought") && eventTypes.includes("e_visited_page"), eventTypes.join());
});

test("bodies of errors are read as errors", async () => {
  const long = { plan: "x".repeat(257), Bad_Näme: "x" };
  const refused = await client.events.send.basicApi
    .send({ eventName: "bought", email: "nobody", properties: long })
    .catch((error) => error);

  assert.equal(refused.code, 400);
  assert.equal(refused.body.category, "VALIDATION_ERROR");
  assert.match(refused.body.correlationId, /^[0-9a-f-]{36}$/);
  assert.equal(refused.body.errors.length, 3);
  const unknown = await client.events.send.basicApi.send({ eventName: "pe1_x", email: "a@b.c" }).catch((error) => error);
  assert.match(unknown.body.message, /Event with fully qualified name pedemo_x does not exist\./);
  const stranger = new Client({ basePath: collector.address, accessToken: "pat-1" });
  const foreign = await stranger.events.eventsApi.getTypes().catch((error) => error);
  assert.deepEqual([foreign.code, foreign.body.category], [401, "INVALID_AUTHENTICATION"]);
});

test("a client that is asked to back off waits and comes through", async () => {
  const busy = await start({ PUGMARK_RATE_PER_TOKEN: "60" });
  try {
    const accessToken = await busy.token("read");
    const hasty = new Client({ basePath: busy.address, accessToken });
    let refused;
    for (let n = 0; n < 70 && !refused; n++) refused = await hasty.events.eventsApi.getTypes().then(() => {}, (error) => error);
    // Only now: all clients of a process share the way in which the last one was asked to try again.
    const patient = new Client({ basePath: busy.address, accessToken, numberOfApiCallRetries: 4 });

    const began = Date.now();
    const { eventTypes } = await patient.events.eventsApi.getTypes();

    assert.equal(refused.code, 429);
    assert.ok(eventTypes.length > 0);
    assert.ok(Date.now() - began >= 900, "it waited");
  } finally {
    await busy.stop();
  }
});
