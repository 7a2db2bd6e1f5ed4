// What the bench does from within the page, so that the driver's calls stay out of what is measured.

const PRODUCTS = [
  ["Tarn 32", "Backpacks and daypacks", 149.95],
  ["Ridge 45", "Trekking backpacks", 219.5],
  ["Scree 18", "Running vests", 89],
  ["Fell 60", "Expedition backpacks", 289.95],
  ["Beck 24", "Backpacks and daypacks", 119],
];

// With the marker ten properties, of which some are the same in each event of a page and some are not.
function properties(number) {
  const [product, category, price] = PRODUCTS[number % PRODUCTS.length];
  return {
    product,
    category,
    price,
    currency: "EUR",
    quantity: 1 + (number % 3),
    position: number,
    list: "search results, sorted by price",
    in_stock: number % 7 !== 0,
    variant: "moss green",
  };
}

const track = (name, number) => window.subject.track(`fault-${name}-1-${number}`, undefined, properties(number));

// One after the other, each so long after the one before: an interval would catch up with what a slow page has missed.
function repeat(count, pauseMs, something) {
  return new Promise((done) => {
    const step = (number) => {
      if (number === count) return done();
      something(number);
      setTimeout(step, pauseMs, number + 1);
    };
    setTimeout(step, pauseMs, 0);
  });
}

window.bench = {
  // Puts the script into the page as the makers' snippets do.
  insert(src, data) {
    const tag = Object.assign(document.createElement("script"), { async: true, src });
    Object.assign(tag.dataset, data);
    document.head.append(tag);
  },

  burst(name, count) {
    performance.mark("bench-calls-begin");
    for (let number = 0; number < count; number++) track(name, number);
    performance.mark("bench-calls-end");
  },

  paced: (name, count, pauseMs) => repeat(count, pauseMs, (number) => track(name, number)),

  click(selector, count, pauseMs) {
    const element = document.querySelector(selector);
    return repeat(count, pauseMs, () => element.click());
  },
};
