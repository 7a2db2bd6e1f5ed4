// A product's page: Add to cart, and the one event it makes.

import { CATALOGUE, CURRENCY } from "./catalogue.js";
import { addToCart, element, track } from "./shop.js";

const slug = document.querySelector("[data-product]").dataset.product;
const product = CATALOGUE[slug];
const form = document.getElementById("buy");
const notice = document.getElementById("added");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const quantity = form.elements.quantity.valueAsNumber;
  const stored = addToCart(slug, quantity);
  track("trackCustomEvent", "added_to_cart", {
    product: product.name,
    price: product.price,
    currency: CURRENCY,
    quantity,
  });
  notice.replaceChildren(
    stored ? `${quantity} × ${product.name} is in your cart. ` : "Your browser keeps no cart for us. ",
    element("a", { href: "../cart.html" }, "See the cart"),
  );
});
