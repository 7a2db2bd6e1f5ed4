// The wasm's exports: those the loader uses, and those a page can call.

import {
  debug,
  doNotTrack,
  flush,
  identify,
  on,
  reset,
  revokeConsent,
  setConsent,
  setPath,
  status,
  trackCustomBehavioralEvent,
  trackCustomEvent,
  trackEvent,
  trackPageView,
} from "../wasm/pugmark.js";

export { calledAt, hubspot, initSync, ready, start } from "../wasm/pugmark.js";

export const methods = {
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
};
