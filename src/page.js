// What the page and the browser can tell. A form or an image may stand before what `document` has, under its name, and a
// page's own getter may throw.

export const title = () => text(() => document.title);
export const referrer = () => text(() => document.referrer);
export const url = () => location.href;
export const isVisible = () => document.visibilityState === "visible";
export const signalsGpc = () => Boolean(safely(() => navigator.globalPrivacyControl));

// What every batch says of the device, as the wire's JSON.
export const device = () =>
  JSON.stringify({
    language: text(() => navigator.language),
    screen: [pixels(() => window.screen.width), pixels(() => window.screen.height)],
  });

// 32 random bits. Without crypto, ids are as random as the page's own.
export function randomWord() {
  try {
    return crypto.getRandomValues(new Uint32Array(1))[0];
  } catch {
    return Math.random() * 2 ** 32;
  }
}

export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function text(get) {
  const value = safely(get);
  return typeof value === "string" ? value : "";
}

function pixels(get) {
  return Math.max(safely(get) | 0, 0);
}

function safely(get) {
  try {
    return get();
  } catch {}
}
