const nothingButClicks = {
  attribution: false,
  elementInteractions: true,
  fileDownloads: false,
  formInteractions: false,
  pageUrlEnrichment: false,
  pageViews: false,
  sessions: false,
};

const started = window.amplitude.init(window.SUBJECT_SITE, {
  autocapture: window.SUBJECT_CLICKS ? nothingButClicks : false,
  enableDiagnostics: false,
  remoteConfig: { fetchRemoteConfig: false },
  serverUrl: `${window.SUBJECT_ENDPOINT}/2/httpapi`,
});

window.subject = {
  // Where storage is refused it does not start, and says so; calls come back all the same.
  ready: started.promise.catch(() => {}),
  track: (marker, padding, more) => void window.amplitude.track("fault", { marker, padding, ...more }),
  pageView: () => void window.amplitude.track("[Amplitude] Page Viewed"),
};
