// What every page of the shop needs: the cart, its count in the header, and the door to the tracker.

import { CATALOGUE } from "./catalogue.js";

const CART_KEY = "shop:cart";
const MOST_OF_ONE = 99;

/**
 * Hands the tracker one command. A plain array queues it when the library has not arrived yet, so this may be called
 * at any time, and nothing breaks where the library is blocked.
 */
export function track(...command) {
  window.pugmark = window.pugmark || [];
  window.pugmark.push(command);
}

/** The cart as `[{ slug, quantity }]`; empty where storage is refused or holds something else. */
export function readCart() {
  try {
    const lines = JSON.parse(localStorage.getItem(CART_KEY) ?? "[]");
    return Array.isArray(lines) ? lines.filter((line) => Object.hasOwn(CATALOGUE, line?.slug) && line.quantity > 0) : [];
  } catch {
    return [];
  }
}

/** Stores the cart and shows its count. Says whether it could be stored. */
export function writeCart(lines) {
  let stored = true;
  try {
    localStorage.setItem(CART_KEY, JSON.stringify(lines));
  } catch {
    stored = false;
  }
  showCount(lines);
  return stored;
}

/** Adds to the cart; a product that is in it already gets a higher quantity, not a second line. */
export function addToCart(slug, quantity) {
  const lines = readCart();
  const line = lines.find((candidate) => candidate.slug === slug);
  if (line) {
    line.quantity = Math.min(MOST_OF_ONE, line.quantity + quantity);
  } else {
    lines.push({ slug, quantity });
  }
  return writeCart(lines);
}

/** What the cart costs. */
export function cartTotal(lines) {
  return lines.reduce((sum, line) => sum + CATALOGUE[line.slug].price * line.quantity, 0);
}

/** Makes an element; everything given as text stays text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function showCount(lines) {
  const count = lines.reduce((sum, line) => sum + line.quantity, 0);
  for (const badge of document.querySelectorAll("[data-cart-count]")) {
    badge.textContent = String(count);
    badge.hidden = count === 0;
  }
}

showCount(readCart());

// Another tab may fill the cart, and the back button may bring this page back as it was.
addEventListener("storage", () => showCount(readCart()));
addEventListener("pageshow", () => showCount(readCart()));
