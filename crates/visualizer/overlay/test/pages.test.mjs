import assert from "node:assert/strict";
import { test } from "node:test";
import { preview, proposals } from "../patterns.js";

const values = (url) => proposals(url).map(({ pattern }) => `${pattern.match} ${pattern.value}`);

test("rules are proposed from narrow to wide", () => {
  assert.deepEqual(values("https://shop.example/"), ["exact /"]);
  assert.deepEqual(values("https://shop.example/about"), ["exact /about"]);
  assert.deepEqual(values("https://shop.example/products/tarn?x=1#y"), [
    "exact /products/tarn",
    "wildcard /products/*",
    "prefix /products/",
  ]);
});

test("what looks like a number or an id stands for one of many", () => {
  assert.deepEqual(values("https://shop.example/order-2041"), ["exact /order-2041", "wildcard /*"]);
  assert.deepEqual(values("https://shop.example/users/4711/orders/1")[1], "wildcard /users/*/orders/*");
});

test("the preview has what is meant, and what is nearest to it", () => {
  const pages = ["/", "/about", "/shop", "/shop/boots", "/shop/tents", "/shoes", "/shop/a", "/shop/b"].map((path, place) => ({
    url: `https://shop.example${path}`,
    views: 100 - place,
  }));
  const isMeant = ([{ value }], url) => new URL(url).pathname.startsWith(value);
  const { all, count, examples, misses } = preview([{ match: "prefix", value: "/shop/" }], pages, isMeant);

  assert.deepEqual([all, count], [8, 4]);
  assert.deepEqual(examples.map(({ url }) => url.slice(20)), ["/shop/boots", "/shop/tents", "/shop/a"]);
  assert.deepEqual(misses.map(({ url }) => url.slice(20)), ["/shop", "/shoes", "/"]);
});
