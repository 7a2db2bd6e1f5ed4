import { jitsuAnalytics } from "@jitsu/js";

const analytics = jitsuAnalytics({ host: window.SUBJECT_ENDPOINT, writeKey: `${window.SUBJECT_SITE}:key` });

window.subject = {
  ready: Promise.resolve(),
  track: (marker, padding, more) => void analytics.track("fault", { marker, padding, ...more }),
  pageView: () => void analytics.page(),
};
