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

// Writes a cookie on the domain that was chosen if the browser takes it there, else on the one that is `known` to take it,
// else on the widest that does, which is returned to be known the next time.
export function set(name, value, chosen, known) {
  let domain = known;
  if (chosen != null && accepts(chosen)) domain = chosen;
  else if (chosen != null) warn(`the browser takes no cookie for the domain "${chosen}" on this page`);
  const found = domain == null ? (domains(location.hostname).find(accepts) ?? "") : undefined;
  write(name, value, domain ?? found, LIFE);
  return found;
}

// Tried with a cookie that is gone at once: the real one must never be away, or another tab would make a new visitor.
function accepts(domain) {
  write("pugmark_probe", 1, domain, 10);
  const isTaken = get("pugmark_probe") != null;
  write("pugmark_probe", "", domain, 0);
  return isTaken;
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
