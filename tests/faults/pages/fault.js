// What a scenario calls on the page. `subject` is the tracker under test: { ready, track(marker, padding) }.
window.fault = {
  // An event's name for itself. It says which site it belongs to, so that one that is stored in another is found out.
  marker: (tag, round, n) => `fault-${tag}-{{site}}-${round}-${n}`,

  // Whether the page has come back from the back/forward cache.
  restored: 0,

  // Why it has not, where the browser tells.
  notRestoredReasons: () => performance.getEntriesByType("navigation")[0]?.notRestoredReasons ?? "untold",

  wait: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),

  report(made) {
    const request = new XMLHttpRequest();
    request.open("POST", "/made", false);
    request.send(made);
  },

  // Text that hardly compresses, another one each time, the same in every run: so many characters of an alphabet that
  // begins with code point `first`.
  noise(length, first, letters) {
    let text = "";
    for (let n = 0; n < length; n++) {
      // The generator of Numerical Recipes, whose high bits are good enough here.
      fault.seed = (Math.imul(fault.seed, 1664525) + 1013904223) >>> 0;
      text += String.fromCharCode(first + ((fault.seed >>> 16) % letters));
    }
    return text;
  },
  seed: 20261123,

  // 1,000 bytes; some 600 when they are packed.
  small: () => fault.noise(1000, 0x61, 26),

  // 129,024 bytes of UTF-8, in 42 of Pugmark's longest properties: 75 KB at best when it is packed.
  large: () => fault.noise(42 * 1024, 0x5000, 1 << 14),

  // Makes events, and reports which calls came back: before anything else can happen, so that the report is complete
  // even if the page is gone in the next moment.
  make(tag, round, count, padding = () => "") {
    const made = [];
    for (let n = 0; n < count; n++) {
      const marker = fault.marker(tag, round, n);
      try {
        subject.track(marker, padding());
        made.push(marker);
      } catch (error) {
        console.error(error);
      }
    }
    fault.report(made.join("\n"));
  },

  // The same while the page is being put away, when no page may wait for an answer: the report goes with the visitor
  // to the next page.
  makeAtPagehide(tag, round, count, padding = () => "") {
    addEventListener("pagehide", () => {
      const made = [];
      for (let n = 0; n < count; n++) {
        const marker = fault.marker(tag, round, n);
        subject.track(marker, padding());
        made.push(marker);
      }
      sessionStorage.setItem("fault-made", made.join("\n"));
    });
  },
};
addEventListener("pageshow", (event) => {
  if (event.persisted) fault.restored += 1;
  let late = null;
  try {
    late = sessionStorage.getItem("fault-made");
    sessionStorage.removeItem("fault-made");
  } catch {
    // Storage is refused on this page.
  }
  if (late) fault.report(late);
});
