// Which element of a later version is the same one: told by what both have and nothing else on either page has.

const BY = {
  "text and link": ({ text, link }) => text && link && `${text}\n${link}`,
  link: ({ link }) => link,
  text: ({ text }) => text,
};

/** Pairs of places, each with what tells that they are one: text and link, or else the link alone, or else the text. */
export function samePlaces(before, after) {
  const pairs = new Map();
  for (const [truth, key] of Object.entries(BY)) {
    const [from, to] = [unique(before, key), unique(after, key)];
    for (const [value, place] of from) {
      const target = to.get(value);
      if (target !== undefined && !pairs.has(place)) pairs.set(place, { truth, from: place, to: target });
    }
  }
  return [...pairs.values()].sort((one, other) => one.from - other.from);
}

function unique(all, key) {
  const places = new Map();
  all.forEach((one, place) => {
    const value = key(one);
    if (value) places.set(value, places.has(value) ? undefined : place);
  });
  return new Map([...places].filter(([, place]) => place !== undefined));
}
