// What a scenario calls on the page. `subject` is the tracker under test: { ready, track(marker, padding) }.
window.fault = {
  // Whether the page has come back from the back/forward cache.
  restored: 0,

  wait: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),

  report(made) {
    const request = new XMLHttpRequest();
    request.open("POST", "/made", false);
    request.send(made);
  },

  // Makes events, and reports which calls came back: before anything else can happen, so that the report is complete
  // even if the page is gone in the next moment.
  make(tag, round, count, padding = "") {
    const made = [];
    for (let n = 0; n < count; n++) {
      const marker = `fault-${tag}-${round}-${n}`;
      try {
        subject.track(marker, padding);
        made.push(marker);
      } catch (error) {
        console.error(error);
      }
    }
    fault.report(made.join("\n"));
  },

  // The same while the page is being put away, when no page may wait for an answer: the report goes with the visitor
  // to the next page.
  makeAtPagehide(tag, round, count, padding = "") {
    addEventListener("pagehide", () => {
      const made = [];
      for (let n = 0; n < count; n++) {
        const marker = `fault-${tag}-${round}-${n}`;
        subject.track(marker, padding);
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
