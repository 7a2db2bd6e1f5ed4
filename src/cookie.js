// First-party cookies, and the domains on which the browser takes them.

// How long a cookie lives, in seconds: six months. Source: HubSpot, "What cookies does HubSpot set".
const LIFE = 15552000;

export function get(name) {
  try {
    const pair = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
    return pair?.slice(name.length + 1);
  } catch {}
}

export function set(name, value, domain) {
  write(name, value, domain, LIFE);
}

// Removes a cookie from every domain it may have been written on.
export function remove(name, chosen) {
  for (const domain of [...domains(location.hostname), chosen ?? ""]) write(name, "", domain, 0);
}

// The widest domain on which the browser takes cookies; it takes none for `co.uk`.
export function widestDomain() {
  return domains(location.hostname).find(accepts) ?? "";
}

// Whether the browser takes cookies for a domain. Tried with a cookie that is gone at once.
export function accepts(domain) {
  write("pugmark_probe", 1, domain, 10);
  const isTaken = get("pugmark_probe") != null;
  write("pugmark_probe", "", domain, 0);
  return isTaken;
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
