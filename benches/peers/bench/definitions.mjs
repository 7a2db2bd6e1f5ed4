// Click definitions such as a busy site would have.

/** The event of the one definition that the click on the deep page completes. */
export const BOUGHT = "bought";

// Shapes that people and pickers make. Most share a class, an attribute or an element with the path that is clicked, so
// that they cannot be told apart from those that fit by their looks.
const SHAPES = [
  (n) => `#checkout-step-${n}`,
  (n) => `.button.offer-${n}`,
  (n) => `[data-sku="sku-${n}"] .button`,
  (n) => `nav.menu-${n} > ul a`,
  (n) => `main .shelf-${n} .card > .label`,
  (n) => `a[href="/shelf/${n}"]`,
];

/**
 * So many definitions. The first fits the button that is clicked; a few more fit something else on the page (see
 * `deepPage`), the others nothing.
 */
export function clickDefinitions(count) {
  const others = Array.from({ length: count - 1 }, (_, n) => click(`clicked_${n}`, SHAPES[n % SHAPES.length](n)));
  return [click(BOUGHT, '.card .button[data-action="buy"]'), ...others];
}

/** A definition that asks for an element's place among its siblings, which must be counted at every click. */
export const byPlace = () => click("clicked_third", "ul.related > li:nth-child(3) a");

const click = (name, selector) => ({ name, trigger: { type: "CLICKED_ELEMENT", pages: [], selector } });
