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
  trackCustomEvent,
  trackEvent,
  trackPageView,
} from "../wasm/pugmark.js";

export { calledAt, initSync, ready, revokeConsent, start } from "../wasm/pugmark.js";

export const methods = {
  trackCustomEvent,
  // The older name in HubSpot's API.
  trackCustomBehavioralEvent: trackCustomEvent,
  trackEvent,
  trackPageView,
  setPath,
  identify,
  setConsent,
  revokeConsent: () => revokeConsent(true),
  doNotTrack,
  on,
  flush,
  reset,
  status,
  debug,
};
