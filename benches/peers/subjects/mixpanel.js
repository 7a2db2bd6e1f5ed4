let loaded;
const ready = new Promise((resolve) => (loaded = resolve));

window.mixpanel.init("peers", { api_host: window.SUBJECT_ENDPOINT, loaded: () => loaded() });

window.subject = {
  ready,
  track: (marker, padding) => window.mixpanel.track("fault", { marker, padding }),
  pageView: () => window.mixpanel.track_pageview(),
};
