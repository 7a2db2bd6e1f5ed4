// The npm module: the same calls as functions. Nothing happens before `init`; calls made earlier wait for it.

import { api, start } from "./core.js";

// Named one by one, so that bundlers find them.
const PARTS = {
  fallback: () => import("./pugmark.fallback.js"),
  debug: () => import("./pugmark.debug.js"),
  visualizer: () => import("./pugmark.visualizer.js"),
};

export function init(options) {
  start(options ?? {}, "", (part) => PARTS[part]());
  // Where the site's custom script finds the tracker, and a developer on the console.
  window.pugmark ??= api;
}

export const {
  push,
  trackCustomEvent,
  trackCustomBehavioralEvent,
  trackEvent,
  trackPageView,
  setPath,
  identify,
  setConsent,
  revokeConsent,
  doNotTrack,
  on,
  flush,
  reset,
  status,
  debug,
} = api;
