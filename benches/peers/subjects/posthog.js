let loaded;
const ready = new Promise((resolve) => (loaded = resolve));

window.posthog.init(`phc_${window.SUBJECT_SITE}`, {
  api_host: window.SUBJECT_ENDPOINT,
  advanced_disable_flags: true,
  autocapture: Boolean(window.SUBJECT_CLICKS),
  capture_dead_clicks: false,
  capture_exceptions: false,
  capture_heatmaps: false,
  capture_pageview: false,
  capture_performance: false,
  disable_external_dependency_loading: true,
  disable_session_recording: true,
  disable_surveys: true,
  loaded: () => loaded(),
  // A browser that is driven counts as a robot and would send nothing.
  opt_out_useragent_filter: true,
  rageclick: false,
});

window.subject = {
  ready,
  track: (marker, padding, more) => window.posthog.capture("fault", { marker, padding, ...more }),
  pageView: () => window.posthog.capture("$pageview"),
};
