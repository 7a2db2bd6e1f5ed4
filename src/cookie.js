// First-party cookies on the widest domain that takes them; it takes none for `co.uk`.

import { warn } from "./listeners.js";

// How long a cookie lives, in seconds: six months. Source: HubSpot, "What cookies does HubSpot set".
const LIFE = 15552000;

export function get(name) {
  try {
    const pair = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
    return pair?.slice(name.length + 1);
  } catch {}
}

// Writes a cookie on the domain that was chosen if the browser takes it there, else on the widest that does, which is
// returned to be `known` the next time. Each look at cookies after a write waits for another process, so there are no
// trials but with the cookie itself; one that is there already would look like a success.
export function set(name, value, chosen, known) {
  if (chosen == null && known != null) return void write(name, value, known, LIFE);
  if (get(name) != null) remove(name, chosen);
  const isTaken = (domain) => (write(name, value, domain, LIFE), get(name) === value);
  if (chosen == null) return domains(location.hostname).find(isTaken);
  if (isTaken(chosen)) return;
  warn(`the browser takes no cookie for the domain "${chosen}" on this page`);
  domains(location.hostname).find(isTaken);
}

// Removes a cookie from every domain it may have been written on.
export function remove(name, chosen) {
  for (const domain of [...domains(location.hostname), chosen ?? ""]) write(name, "", domain, 0);
}

// Domains to try, widest first: from two labels up to the whole host, and last the host alone, which is "". An address or
// a name of one label has no domain to share.
export function domains(host) {
  const labels = /:|\d$/.test(host) ? [] : host.split(".");
  const places = labels.map((_, place) => labels.slice(place).join("."));
  return [...places.slice(0, -1).reverse(), ""];
}

function write(name, value, domain, life) {
  const scope = domain && `; domain=${domain}`;
  const secure = location.protocol === "https:" ? "; secure" : "";
  try {
    document.cookie = `${name}=${value}; path=/; samesite=lax; max-age=${life}${scope}${secure}`;
  } catch {}
}
