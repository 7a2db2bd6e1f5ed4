import { jitsuAnalytics } from "@jitsu/js";

const analytics = jitsuAnalytics({ host: window.SUBJECT_ENDPOINT, writeKey: "peers:peers" });

window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding) => void analytics.track("fault", { marker, padding }),
  pageView: () => void analytics.page(),
};
