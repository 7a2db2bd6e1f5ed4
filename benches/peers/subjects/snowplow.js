import { newTracker, trackPageView, trackSelfDescribingEvent } from "@snowplow/browser-tracker";

newTracker(window.SUBJECT_SITE, window.SUBJECT_ENDPOINT, { appId: window.SUBJECT_SITE });

const schema = "iglu:com.example/fault/jsonschema/1-0-0";
window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding, more) =>
    trackSelfDescribingEvent({ event: { schema, data: { marker, padding, ...more } } }),
  pageView: () => trackPageView(),
};
