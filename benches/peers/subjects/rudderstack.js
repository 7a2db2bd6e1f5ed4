import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

// What is otherwise fetched: a source that is on, without device-mode destinations and without reports on the library.
const source = {
  id: window.SUBJECT_SITE,
  name: window.SUBJECT_SITE,
  writeKey: window.SUBJECT_SITE,
  enabled: true,
  workspaceId: window.SUBJECT_SITE,
  updatedAt: "2026-11-01T00:00:00.000Z",
  config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
  dataplanes: {},
  destinations: [],
};

const analytics = new RudderAnalytics();
analytics.load(window.SUBJECT_SITE, window.SUBJECT_ENDPOINT, { getSourceConfig: () => ({ source, updatedAt: source.updatedAt }) });

window.subject = {
  ready: new Promise((ready) => analytics.ready(() => ready())),
  track: (marker, padding, more) => analytics.track("fault", { marker, padding, ...more }),
  pageView: () => analytics.page(),
};
