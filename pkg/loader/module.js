// The npm module: the same calls as functions. Nothing happens before `init`; calls made earlier wait for it.

import { api, start } from "./core.js";

export function init(options) {
  start(options ?? {}, "", () => import("./pugmark.fallback.js"));
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
