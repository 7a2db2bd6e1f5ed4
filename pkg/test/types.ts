// Compiled, never run: what the types accept and what they refuse.

import { flush, identify, init, on, setConsent, status, trackCustomEvent } from "../pugmark.js";

init({ site: "demo", endpoint: "https://events.example", pageviews: "manual", hash: true });
trackCustomEvent("signed_up", { plan: "pro", seats: 3, trial: false, since: new Date(), tags: ["a", "b"] });
trackCustomEvent({ name: "signed_up", properties: { plan: "pro" } });
identify({ email: "ada@example.com", id: 7 });
setConsent({ analytics: true });

const undo: () => void = on("lost", ({ events, reason }) => `${events} ${reason}`);
undo();
const pending: Promise<number> = flush().then((report) => report.pending);
const consent: string | undefined = status()?.consent;
window.pugmark?.push(["trackCustomEvent", "signed_up", {}]);

// @ts-expect-error a site is needed
init({ endpoint: "https://events.example" });
// @ts-expect-error a name is needed
trackCustomEvent({ properties: {} });
// @ts-expect-error there is no such option value
init({ site: "demo", endpoint: "", pageviews: "sometimes" });
// @ts-expect-error there is no such notice
on("failed", () => {});

export { consent, pending };
