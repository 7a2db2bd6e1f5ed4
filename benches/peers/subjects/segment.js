const { host, protocol } = new URL(window.SUBJECT_ENDPOINT);
const server = { apiHost: `${host}/v1`, protocol: protocol.slice(0, -1) };

// `cdnSettings` stands for what is otherwise fetched; without a share of samples the library's own metrics stay off.
const analytics = window.AnalyticsNext.AnalyticsBrowser.load(
  { writeKey: window.SUBJECT_SITE, cdnSettings: { integrations: { "Segment.io": { apiKey: window.SUBJECT_SITE } }, metrics: { sampleRate: 0 } } },
  { integrations: { "Segment.io": server } },
);

window.subject = {
  ready: new Promise((ready) => analytics.ready(() => ready())),
  track: (marker, padding, more) => void analytics.track("fault", { marker, padding, ...more }),
  pageView: () => void analytics.page(),
};
