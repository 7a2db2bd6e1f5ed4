// What the shop has. The product pages say the same to people; this says it to the cart.

export const CURRENCY = "EUR";

export const CATALOGUE = Object.freeze({
  "tarn-32": { name: "Tarn 32", price: 149 },
  "heather-2": { name: "Heather 2", price: 329 },
  "marten-sleeping-bag": { name: "Marten −4°", price: 219 },
  "ember-stove": { name: "Ember", price: 69 },
  "peat-mug": { name: "Peat", price: 18 },
  "burn-flask": { name: "Burn", price: 34 },
  "scree-boots": { name: "Scree", price: 189 },
  "firefly-lantern": { name: "Firefly", price: 45 },
});

/** Writes an amount in the shop's currency, without cents when there are none. */
export function money(amount) {
  return new Intl.NumberFormat("en-IE", { style: "currency", currency: CURRENCY, trailingZeroDisplay: "stripIfInteger" }).format(amount);
}
