// Compiled together with a declaration of a site's events, as the collector makes it (`events.d.ts`): what still compiles,
// and what does not any more.

import { trackCustomBehavioralEvent, trackCustomEvent } from "pugmark";

const plan = Math.random() < 0.5 ? "free" : null;
trackCustomEvent("signed_up", { plan, seats: 3, company: undefined, trial: false, since: new Date() });
trackCustomEvent("signed_up", { plan: ["free", "pro"], since: "2026-11-25", hs_page_url: "https://shop.example/" });
trackCustomEvent({ name: "signed_up", properties: { plan: "free;pro" } });
trackCustomEvent("signed_out");
trackCustomBehavioralEvent({ name: "signed_out", properties: {} });
window.pugmark?.trackCustomEvent("signed_up", { since: Date.now() });

// @ts-expect-error a misspelt event
trackCustomEvent("signd_up");
// @ts-expect-error an event that is put away
trackCustomEvent("given_up");
// @ts-expect-error a misspelt event in an object
trackCustomEvent({ name: "signd_up", properties: {} });
// @ts-expect-error a misspelt event in HubSpot's form
trackCustomBehavioralEvent({ name: "signd_up" });
// @ts-expect-error a misspelt property
trackCustomEvent("signed_up", { plann: "free" });
// @ts-expect-error a property of another event
trackCustomEvent("signed_out", { plan: "free" });
// @ts-expect-error a value that is none of the choices
trackCustomEvent("signed_up", { plan: "gold" });
// @ts-expect-error one of several that is none of the choices
trackCustomEvent("signed_up", { plan: ["free", "gold"] });
// @ts-expect-error text where a number is wanted
trackCustomEvent("signed_up", { seats: "3" });
// @ts-expect-error a number where text is wanted
trackCustomEvent({ name: "signed_up", properties: { company: 7 } });
// @ts-expect-error a word for true
trackCustomEvent("signed_up", { trial: "yes" });
// @ts-expect-error true where a time is wanted
window.pugmark?.trackCustomEvent("signed_up", { since: true });
