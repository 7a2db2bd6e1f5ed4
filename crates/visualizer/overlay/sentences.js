// What an element is known by, as sentences that a marketer can read and switch off.

// Each sentence speaks for the kinds of signals that mean one thing. `lasts` says in how many of ten redesigns it stays the
// same, where that is known.
//
// Source: human-labelled pairs of pages one to five years apart, 572 elements (docs/selectors.md).
const CONDITIONS = [
  { kinds: ["hook"], title: "tracking attribute", say: ([value]) => ["It carries the attribute ", value] },
  { kinds: ["text", "wording", "word"], title: "text", lasts: 8, say: ([value]) => ["It says ", value] },
  { kinds: ["label"], title: "label", lasts: 8, say: (values) => ["It is labelled ", ...listed(values)] },
  { kinds: ["link", "target", "query"], title: "link", lasts: 7, say: ([value]) => ["It leads to ", value] },
  { kinds: ["name"], title: "field name", lasts: 9, say: ([value]) => ["Its field is named ", value] },
  { kinds: ["id"], title: "id", lasts: 5, say: ([value]) => ["Its id is ", value] },
  { kinds: ["picture"], title: "picture", say: (values) => ["It shows ", ...listed(values)] },
  { kinds: ["attribute"], title: "attributes", say: (values) => ["It has ", ...listed(values)] },
  { kinds: ["class"], title: "look", lasts: 6, say: (values) => ["It has the look ", ...listed(values)] },
  { kinds: ["heading"], title: "heading", say: ([value]) => ["It stands under ", value] },
  { kinds: ["landmark", "anchor", "surrounding"], title: "surroundings", say: (values) => ["It stands in ", ...listed(values)] },
  { kinds: ["before", "after", "place"], title: "neighbours", say: beside },
  { kinds: ["tag", "path"], title: "kind of element", lasts: 9, say: ([value]) => ["It is ", asWords(value) ?? `<${value}>`] },
];

const AS_WORDS = {
  a: "a link",
  button: "a button",
  input: "a field",
  select: "a choice",
  textarea: "a field",
  summary: "a fold",
  label: "a label",
  form: "a form",
  li: "a list item",
  img: "a picture",
};

// A page may call an element as it likes, `constructor` too.
const asWords = (tag) => (Object.hasOwn(AS_WORDS, tag ?? "") ? AS_WORDS[tag] : undefined);

/** Most values that one sentence names. */
const MANY = 3;

/**
 * The conditions of a fingerprint: what each says, as words and quoted values in turn; how much it counts, of a hundred; and
 * whether it is switched off.
 *
 * `observed` are the signals of the element as it is, from which those come that are switched off.
 */
export function conditions(fingerprint, observed, without) {
  return CONDITIONS.map(({ kinds, title, lasts, say }) => {
    const isOff = kinds.every((kind) => without.includes(kind));
    const signals = of(isOff ? observed : fingerprint.signals, kinds);
    const weight = isOff ? 0 : signals.reduce((sum, signal) => sum + signal.weight, 0);
    return { id: kinds[0], kinds, title, lasts, isOff, share: Math.round(weight / 10), words: say(valuesOf(signals, kinds), signals) };
  }).filter(({ words, isOff, share }) => words.length > 1 && (isOff || share > 0));
}

/** What a target means, as words and quoted values in turn. */
export function targetInWords({ selector, text, fingerprint }) {
  const words = fingerprint ? elementInWords(fingerprint) : ["What this selects: ", selector];
  return text?.value ? [...words, `, if its text ${COMPARED[text.match]} `, text.value] : words;
}

const COMPARED = { exact: "is", prefix: "starts with", contains: "contains", wildcard: "is like" };

// What is said of an element itself, best first. A fingerprint has one of them.
const NAMING = [
  ["text", "that says"],
  ["label", "labelled"],
  ["name", "named"],
  ["link", "that leads to"],
  ["hook", "with the attribute"],
  ["id", "with the id"],
  ["picture", "that shows"],
  ["class", "with the look"],
  ["attribute", "with"],
  ["wording", "that says"],
  ["word", "that says"],
  ["target", "that leads to"],
  ["query", "that asks for"],
];

function elementInWords({ alike, signals }) {
  const valueOf = (kind) => signals.find((signal) => signal.kind === kind)?.value;
  const noun = asWords(valueOf("tag")) ?? "an element";
  const [kind, naming] = NAMING.find(([kind]) => valueOf(kind));
  const start = alike > 1 ? `Any of ${alike} like ${noun}` : noun.replace("a", "A");
  const heading = valueOf("heading");
  return [`${start} ${naming} `, valueOf(kind), ...(heading ? [" under ", heading] : [])];
}

/** Words and quoted values in turn, as they are read aloud. */
export const aloud = (words) => words.map((word, place) => (place % 2 ? `“${word}”` : word)).join("");

/** The names of what signals speak of, most telling first: "text", "link". */
export function titlesOf(signals) {
  return CONDITIONS.filter(({ kinds }) => signals.some(({ kind }) => kinds.includes(kind))).map(({ title }) => title);
}

// Kinds whose values are words that people read on the page, the whole texts before their parts.
const WORDED = ["text", "label", "heading", "before", "after", "wording", "word"];

/** The words of the page that a fingerprint holds, each once: what a definition makes public when it is published. */
export function wordsOf({ signals }) {
  const words = [];
  const has = (value) => words.some((known) => known.toLowerCase().includes(value.toLowerCase()));
  for (const kind of WORDED) {
    for (const { value } of signals.filter((signal) => signal.kind === kind)) {
      // Without a letter it says nothing: "^" stands for the beginning.
      if (/\p{L}/u.test(value) && !has(value)) words.push(value);
    }
  }
  return words;
}

const of = (signals, kinds) => signals.filter(({ kind }) => kinds.includes(kind));

// The values of the first kind that has any: the whole text rather than its words.
function valuesOf(signals, kinds) {
  const kind = kinds.find((kind) => signals.some((signal) => signal.kind === kind));
  return [...new Set(signals.filter((signal) => signal.kind === kind).map(({ value }) => value))];
}

function listed(values) {
  const named = values.slice(0, MANY);
  const rest = values.length - named.length;
  const words = named.flatMap((value, place) => (place ? [", ", value] : [value]));
  return rest > 0 ? [...words, ` and ${rest} more`] : words;
}

// "^" and "$" stand for the beginning and the end.
function beside(_, signals) {
  const text = (kind, edge) => signals.find((signal) => signal.kind === kind && signal.value !== edge)?.value;
  const [before, after] = [text("before", "^"), text("after", "$")];
  if (before && after) return ["It stands between ", before, " and ", after];
  if (before) return ["It comes after ", before];
  if (after) return ["It comes before ", after];
  return signals.length ? ["It stands ", "by itself"] : [];
}
