// Page rules: proposals for the page at hand, and what they mean among the pages seen lately.

const EXAMPLES = 3;

/** What rules a marketer would most likely want for this page, narrow first. */
export function proposals(url) {
  const { pathname } = new URL(url);
  const steps = pathname.split("/").filter(Boolean);
  const found = [{ label: "This page only", pattern: { match: "exact", value: pathname } }];
  // What looks like a number, a date or an id stands for one thing of many.
  const general = steps.map((step) => (/\d{2,}/.test(step) || /^[0-9a-f-]{16,}$/i.test(step) ? "*" : step));
  if (steps.length > 1) general[steps.length - 1] = "*";
  const isFolder = steps.length && pathname.endsWith("/");
  const likes = `/${general.join("/")}${isFolder ? "/" : ""}`;
  if (steps.length && likes !== pathname) found.push({ label: "Pages like this one", pattern: { match: "wildcard", value: likes } });
  if (steps.length > 1 || isFolder) {
    found.push({ label: `Everything under /${steps[0]}`, pattern: { match: "prefix", value: `/${steps[0]}/` } });
  }
  return found;
}

/**
 * What patterns mean among the pages seen lately: how many, up to three that do, and up to three that do not but are most
 * like what the patterns say.
 */
export function preview(patterns, pages, isMeant) {
  const [meant, others] = [[], []];
  for (const page of pages) (isMeant(patterns, page.url) ? meant : others).push(page);
  const nearness = ({ url }) => Math.max(0, ...patterns.map(({ value }) => shared(value, url)));
  const near = others
    .map((page) => ({ page, nearness: nearness(page) }))
    .sort((one, other) => other.nearness - one.nearness || other.page.views - one.page.views);
  return {
    all: pages.length,
    count: meant.length,
    examples: meant.slice(0, EXAMPLES),
    misses: near.slice(0, EXAMPLES).map(({ page }) => page),
  };
}

/** What a pattern says, in words. */
export function inWords({ match, value }) {
  const words = { exact: "the page", wildcard: "pages like", prefix: "pages that start with", contains: "pages with" };
  return `${words[match]} ${value}`;
}

// How many characters an address has in common with the beginning of a pattern; the pattern's own wildcards end that.
function shared(value, url) {
  const { origin, pathname } = new URL(url);
  const address = value.startsWith("/") ? pathname : origin + pathname;
  const start = value.split("*")[0];
  let place = 0;
  while (place < start.length && start[place] === address[place]) place++;
  return place;
}
