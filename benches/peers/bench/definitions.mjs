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

/** What the click table has a column for: the column's name, and the definitions. */
export const CLICK_SITES = [
  ...COUNTS.map((count) => ({ name: count.toLocaleString("en"), definitions: definitions(count) })),
  // An element's place among its siblings must be counted at every click, if only one definition asks for it.
  { name: "1,000 and one by place", definitions: [...definitions(1000), click("clicked_third", "li:nth-child(3) > a")] },
];

/**
 * So many definitions. The first fits the button that is clicked, as no other does; a few fit a link of the page (see
 * `pages.mjs`), most fit nothing.
 */
function definitions(count) {
  const others = Array.from({ length: count - 1 }, (_, n) => click(`clicked_${n}`, SHAPES[n % SHAPES.length](n)));
  return [click("bought", '.card .button[data-action="buy"]'), ...others];
}

function click(name, selector) {
  return { name, trigger: { type: "CLICKED_ELEMENT", pages: [], selector } };
}
