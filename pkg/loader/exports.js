// The wasm's exports: those the loader uses, and as methods those a page can call.

import { add } from "../../src/listeners.js";
import {
  calledAt,
  debug,
  doNotTrack,
  flush,
  identify,
  on,
  ready,
  reset,
  revokeConsent,
  setConsent,
  setPath,
  start,
  status,
  trackCustomEvent,
  trackEvent,
  trackPageView,
} from "../wasm/pugmark.js";

export { initSync } from "../wasm/pugmark.js";

export const tracker = {
  start,
  ready,
  calledAt,
  revokeConsent,
  addListener: add,
  methods: {
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
  },
};
