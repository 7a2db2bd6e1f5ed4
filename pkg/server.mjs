// The package where there is no page: on a server, in a worker, at the edge. Every call does nothing.

const nothing = () => {};

export const init = nothing;
export const push = nothing;
export const trackCustomEvent = nothing;
export const trackCustomBehavioralEvent = nothing;
export const trackEvent = nothing;
export const trackPageView = nothing;
export const setPath = nothing;
export const identify = nothing;
export const setConsent = nothing;
export const revokeConsent = nothing;
export const doNotTrack = nothing;
export const on = () => nothing;
export const flush = () => Promise.resolve({ sent: 0, pending: 0, lost: 0 });
export const reset = nothing;
export const status = nothing;
export const debug = nothing;
