// Click definitions such as a busy site would have.

// Shapes that people and pickers make. Most share a class, an attribute or an element with the path that is clicked, so
// that they cannot be told apart from those that fit by their looks.
const SHAPES = [
  (n) => `#product-${n}`,
  (n) => `.button.offer-${n}`,
  (n) => `[data-sku="sku-${n}"] .button`,
  (n) => `nav.menu-${n} > ul a`,
  (n) => `main .shelf-${n} .card > .label`,
  (n) => `a[href="#${1 + (n % 26)}-${n}"]`,
];

const COUNTS = [1, 10, 100, 1000, 5000];

/** Most definitions of a site. Source: MAX_DEFINITIONS in crates/protocol. */
const MOST = 500;

/** What the click table has a column for: the column's name, and the definitions. */
export const CLICK_SITES = [
  ...COUNTS.map((count) => ({ name: count.toLocaleString("en"), definitions: definitions(count) })),
  // An element's place among its siblings must be counted at every click, if only one definition asks for it.
  { name: "1,000 and one by place", definitions: [...definitions(1000), click("clicked_third", "li:nth-child(3) > a")] },
];

/**
 * Definitions that mean so many elements; more than a site may have share definitions, as alternatives. The first fits the
 * button that is clicked, as no other does; a few fit a link of the page (see `pages.mjs`), most fit nothing.
 */
function definitions(count) {
  const selectors = Array.from({ length: count - 1 }, (_, n) => SHAPES[n % SHAPES.length](n));
  // One is for the button, one for what a caller adds.
  const each = Math.ceil(selectors.length / (MOST - 2)) || 1;
  const others = [];
  while (selectors.length) others.push(click(`clicked_${others.length}`, ...selectors.splice(0, each)));
  return [click("bought", '.card .button[data-action="buy"]'), ...others];
}

function click(name, selector, ...others) {
  const alternatives = others.map((other) => ({ selector: other }));
  return { name, trigger: { type: "CLICKED_ELEMENT", pages: [], selector, alternatives } };
}
