// The trackers compared, in the order of the tables.

/**
 * `name` is the file's name, here and in dist/; `package` where it comes from. `official` is the vendor's own bundle for
 * the browser, taken as it is, with `before` in front of it when it expects something on the page; without it the
 * subject imports the package.
 */
export const SUBJECTS = [
  { name: "floor", note: "a script of 19 lines: batches, beacon at leaving, no storage, no retry" },
  { name: "snowplow", package: "@snowplow/browser-tracker" },
  { name: "posthog", package: "posthog-js", official: "dist/array.js" },
  { name: "segment", package: "@segment/analytics-next", official: "dist/umd/index.js" },
  { name: "rudderstack", package: "@rudderstack/analytics-js" },
  { name: "amplitude", package: "@amplitude/analytics-browser", official: "lib/scripts/amplitude-min.js" },
  {
    name: "mixpanel",
    package: "mixpanel-browser",
    official: "dist/mixpanel.min.js",
    before: "window.mixpanel = Object.assign([], { __SV: 1.2, _i: [] });",
  },
  { name: "jitsu", package: "@jitsu/js" },
  { name: "plausible", package: "@plausible-analytics/tracker" },
];
