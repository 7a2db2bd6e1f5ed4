// What the page tells by events. None of them keeps the page out of the back/forward cache, and each is heard before the
// page's own listeners can stop it.

// Calls back with what happened: a word, and for some a text.
export function listen(happened) {
  const hear = (target, event, then) => target.addEventListener(event, then, true);
  hear(document, "visibilitychange", () =>
    happened(document.visibilityState === "visible" ? "shown" : "hidden"),
  );
  hear(document, "freeze", () => happened("hidden"));
  hear(window, "pagehide", () => happened("away"));
  hear(window, "pageshow", (event) => event.persisted && happened("restored"));
  hear(window, "online", () => happened("online"));
  // Told only of what other tabs do.
  hear(window, "storage", (event) => typeof event.key === "string" && happened("stored", event.key));
  onNavigated(happened);
  // The page sets out for another one, where that is told. It may stay all the same.
  window.navigation?.addEventListener?.("navigate", (event) => {
    if (!event.destination?.sameDocument && event.downloadRequest == null) happened("setting out");
  });
}

// Tells of changes of the address without a load: "moved", or "replaced" where an entry of the history was. Where there is
// a Navigation API it tells by itself; elsewhere the two methods of `history` are wrapped: `this`, arguments, result and
// exceptions stay as they are.
export function onNavigated(happened) {
  if (window.navigation?.addEventListener) {
    navigation.addEventListener("currententrychange", (event) =>
      happened(event.navigationType === "replace" ? "replaced" : "moved"),
    );
    return;
  }
  wrap("pushState", () => happened("moved"));
  wrap("replaceState", () => happened("replaced"));
  addEventListener("popstate", () => happened("moved"), true);
  addEventListener("hashchange", () => happened("moved"), true);
}

function wrap(method, then) {
  const original = history[method];
  try {
    history[method] = function (...args) {
      const result = Reflect.apply(original, this, args);
      try {
        then();
      } catch {
        // Whatever is wrong with us is not the page's business.
      }
      return result;
    };
  } catch {
    // A frozen history: back and forward are seen all the same.
  }
}
