// The pages that contenders are put on. They are of another origin than the sink, as a site and its tracker's server are.

import { readFile } from "node:fs/promises";
import { listen } from "../sink.mjs";

/** The deep page: so many elements one in another, and about so many nodes. */
const LEVELS = 31;
const NODES = 5000;

export async function startSite() {
  const script = await readFile(new URL("page.js", import.meta.url), "utf8");
  const bodies = {
    "/": "<h1>Backpacks</h1><p>Everything for two days in the hills.",
    "/next": "<h1>Boots</h1><p>Everything for the way up.",
    "/deep": deepPage(),
  };
  return listen((request, response) => {
    const body = bodies[request.url.replace(/\?.*/, "")];
    response.writeHead(body ? 200 : 404, { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" });
    response.end(`<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
<script>${script}</script><body>${body}`);
  }, "localhost");
}

/** A shop's page with a card at its deepest point, and beside each level on the way there a list of links. */
function deepPage() {
  // html, body, and article, button and span of the card.
  const levels = LEVELS - 5;
  // A link is three nodes: the element in the list, the link and its text. What is left over is the text around the lists.
  const links = Math.round(NODES / 3 / levels) - 2;
  const card = `<article class="card" data-sku="tarn-32"><p id="price" class="price">149.95</p>
<button type="button" id="buy" class="button primary" data-action="buy"><span class="text">Add to cart</span></button>
</article>`;
  let page = card;
  for (let level = levels; level > 0; level--) {
    const item = (_, n) => `<li class="item"><a class="link" href="#${level}-${n}" data-list="${level}">Pack ${n}</a>`;
    const list = `<ul class="related list-${level}">${Array.from({ length: links }, item).join("")}</ul>`;
    page = `<div id="box-${level}" class="box level-${level}" data-level="${level}">${list}${page}</div>`;
  }
  return page;
}
