import { init, track } from "@plausible-analytics/tracker";

// A browser that is driven counts as a robot and would send nothing without this.
window.__plausible = true;

init({
  autoCapturePageviews: false,
  captureOnLocalhost: true,
  domain: window.SUBJECT_SITE,
  endpoint: `${window.SUBJECT_ENDPOINT}/api/event`,
});

window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding, more) => track("fault", { props: padding === undefined ? { marker, ...more } : { marker, padding } }),
  pageView: () => track("pageview", {}),
};
