// Tells of changes of the address without a load. Where there is a Navigation API it tells by itself; elsewhere the two
// methods of `history` are wrapped: `this`, arguments, result and exceptions stay as they are.

export function onNavigated(callback) {
  if (window.navigation?.addEventListener) {
    navigation.addEventListener("currententrychange", (event) => callback(event.navigationType === "replace"));
    return;
  }
  wrap("pushState", () => callback(false));
  wrap("replaceState", () => callback(true));
  addEventListener("popstate", () => callback(false), true);
  addEventListener("hashchange", () => callback(false), true);
}

export function onSettingOut(callback) {
  window.navigation?.addEventListener?.("navigate", (event) => {
    if (!event.destination?.sameDocument && event.downloadRequest == null) callback();
  });
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
