import { jitsuAnalytics } from "@jitsu/js";

const analytics = jitsuAnalytics({ host: window.SUBJECT_ENDPOINT, writeKey: "peers:peers" });

window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding, more) => void analytics.track("fault", { marker, padding, ...more }),
  pageView: () => void analytics.page(),
};
