// HubSpot's own command queues, `_hsq` and `_hsp`: every documented command, so that a page written for HubSpot runs
// unchanged. Commands seen in the wild but documented nowhere are accepted and do nothing.

// The query parameter by which another domain of the same site hands over its visitor.
const VISITOR = "__hstc";

// The visitor that a link from another domain hands over.
export function handedOver() {
  return new URLSearchParams(location.search).get(VISITOR) ?? undefined;
}

// The commands of the queues by name, made from our own calls and what else the tracker can do; most are ours.
export function commands(api, tracker) {
  const { setPath, trackPageView, identify, doNotTrack, trackEvent } = api;
  const { trackCustomEvent, trackCustomBehavioralEvent } = api;
  // What has been said of the categories that we have no use for.
  const others = {};
  const consentListeners = [];

  // Gives what to append to links to other domains, as `__hstc`, `__hssc` and `__hsfp`.
  const tellIdentity = (listener) => {
    const { visitor, session } = api.status();
    if (visitor) listener(visitor, session ?? "", "");
  };
  const tellConsent = (listener) => {
    const { consent } = api.status();
    const allowed = consent === "granted";
    const { advertisement = allowed, functionality = allowed } = others;
    listener({ allowed, categories: { necessary: true, analytics: allowed, advertisement, functionality } });
  };
  const listen = (kind, tell, isDecided) => (listener) => {
    if (typeof listener !== "function") return;
    const told = () => {
      try {
        tell(listener);
      } catch {
        // The page's own mistake.
      }
    };
    tracker.addListener(kind, told);
    if (isDecided()) told();
    return told;
  };
  const addPrivacyConsentListener = listen("consent", tellConsent, () => api.status().consent !== "awaited");

  return {
    setPath,
    trackPageView,
    identify,
    doNotTrack,
    trackEvent,
    trackCustomEvent,
    trackCustomBehavioralEvent,
    addIdentityListener: listen("visitor", tellIdentity, () => true),
    addPrivacyConsentListener: (listener) => consentListeners.push(addPrivacyConsentListener(listener)),
    setHubSpotConsent(categories) {
      const said = (name) => (typeof categories?.[name] === "boolean" ? categories[name] : undefined);
      Object.assign(others, { advertisement: said("advertisement"), functionality: said("functionality") });
      const before = api.status().consent;
      const analytics = said("analytics");
      if (analytics != null) api.setConsent({ analytics });
      // Where analytics has not changed there is nothing to tell, but something was said.
      if (api.status().consent === before) consentListeners.forEach((told) => told?.());
    },
    revokeCookieConsent: () => tracker.revokeConsent(false),
  };
}
