// The wasm's exports: those the loader uses, and those a page can call.

import {
  calledAt,
  debug,
  doNotTrack,
  flush,
  hubspot,
  identify,
  on,
  ready,
  reset,
  revokeConsent,
  setConsent,
  setPath,
  start,
  status,
  trackCustomBehavioralEvent,
  trackCustomEvent,
  trackEvent,
  trackPageView,
} from "../wasm/pugmark.js";

export { initSync } from "../wasm/pugmark.js";

export const tracker = {
  start,
  ready,
  calledAt,
  hubspot,
  methods: {
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
  },
};
