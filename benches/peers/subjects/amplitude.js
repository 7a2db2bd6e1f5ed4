const started = window.amplitude.init("0123456789abcdef0123456789abcdef", {
  autocapture: false,
  enableDiagnostics: false,
  remoteConfig: { fetchRemoteConfig: false },
  serverUrl: `${window.SUBJECT_ENDPOINT}/2/httpapi`,
});

window.subject = {
  ready: started.promise,
  track: (marker, padding) => void window.amplitude.track("fault", { marker, padding }),
  pageView: () => void window.amplitude.track("[Amplitude] Page Viewed"),
};
