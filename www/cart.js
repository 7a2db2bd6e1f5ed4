// The cart's page. It lives in the browser; the order is an event and nothing else.

import { CATALOGUE, CURRENCY, money } from "./catalogue.js";
import { cartTotal, element, readCart, track, writeCart } from "./shop.js";

const part = (id) => document.getElementById(id);
let lines = readCart();

part("place-order").addEventListener("click", () => {
  track("trackCustomEvent", "placed_order", {
    total: cartTotal(lines),
    currency: CURRENCY,
    items: lines.reduce((sum, line) => sum + line.quantity, 0),
    products: lines.map((line) => CATALOGUE[line.slug].name),
  });
  change([]);
  part("cart-empty").hidden = true;
  part("order-done").hidden = false;
  part("order-done").focus();
});

function change(next, said = "") {
  lines = next;
  writeCart(lines);
  draw();
  part("cart-status").textContent = said;
}

function draw() {
  part("cart-empty").hidden = lines.length > 0;
  part("cart-filled").hidden = lines.length === 0;
  part("cart-total").textContent = money(cartTotal(lines));
  part("cart-lines").replaceChildren(...lines.map(row));
}

function row(line) {
  const { name, price } = CATALOGUE[line.slug];
  const quantity = element("input", { type: "number", min: "1", max: "99", value: String(line.quantity), "aria-label": `How many ${name}` });
  quantity.addEventListener("change", () => {
    const wanted = quantity.validity.valid ? quantity.valueAsNumber : line.quantity;
    change(lines.map((other) => (other === line ? { ...line, quantity: wanted } : other)), `${wanted} × ${name}.`);
    part("cart-lines").querySelector(`[aria-label="How many ${name}"]`)?.focus();
  });

  const remove = element("button", { type: "button", class: "link", "aria-label": `Remove ${name}` }, "Remove");
  remove.addEventListener("click", () => {
    change(lines.filter((other) => other !== line), `${name} removed.`);
    // The button that had the focus is gone; without this the keyboard starts again at the top of the page.
    (part("cart-lines").querySelector("button") ?? part("cart-empty").querySelector("a")).focus();
  });

  return element(
    "li",
    { class: "line" },
    element("img", { src: `art/${line.slug}.svg`, alt: "", width: "96", height: "96" }),
    element(
      "div",
      { class: "line-text" },
      element("a", { href: `products/${line.slug}.html` }, name),
      element("span", { class: "small" }, `${money(price)} each`),
    ),
    quantity,
    element("strong", { class: "line-price" }, money(price * line.quantity)),
    remove,
  );
}

addEventListener("storage", () => {
  lines = readCart();
  draw();
});
draw();
