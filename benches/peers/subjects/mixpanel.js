let loaded;
const ready = new Promise((resolve) => (loaded = resolve));

const nothingButClicks = {
  click: true,
  dead_click: false,
  input: false,
  pageview: false,
  rage_click: false,
  scroll: false,
  submit: false,
};

window.mixpanel.init(window.SUBJECT_SITE, {
  api_host: window.SUBJECT_ENDPOINT,
  autocapture: window.SUBJECT_CLICKS ? nothingButClicks : false,
  loaded: () => loaded(),
});

window.subject = {
  ready,
  track: (marker, padding, more) => window.mixpanel.track("fault", { marker, padding, ...more }),
  pageView: () => window.mixpanel.track_pageview(),
};
