// What of a completion does not fit the site's definitions, in sentences for its developer. Pure: no page, no network.
//
// A schema holds the defined events by name, and of each its properties: `{ type, values? }`, as `config.json?schema`
// gives them (docs/protocol.md).

// Recorded by the tracker itself; nobody need define it.
const PAGE_VIEW = "page_view";

// What a value of each type is called, and how it is known. A value is as it was recorded: a date is text by then, a list
// is joined with ";". A type of a later time fits anything.
const TYPES = {
  string: ["text", (value) => typeof value === "string"],
  number: ["a number", (value) => typeof value === "number"],
  bool: ["true or false", (value) => typeof value === "boolean"],
  date: ["a date", isTime],
  datetime: ["a date", isTime],
};

// Every slip, as `{ about, text }`: what is about the same need be said only once.
export function slips(schema, { name, properties }) {
  if (name === PAGE_VIEW) return [];
  if (!Object.hasOwn(schema, name)) {
    const text = `the event "${name}" is not defined${hint(name, schema)}`;
    return [{ about: name, text }];
  }
  const defined = schema[name];
  const given = Object.entries(properties).filter(([property]) => !property.startsWith("hs_"));
  return given.flatMap(([property, value]) => {
    const problem = Object.hasOwn(defined, property)
      ? misfit(defined[property], value)
      : `is not defined${hint(property, defined)}`;
    return problem ? [{ about: `${name}.${property}`, text: `${name}: the property "${property}" ${problem}` }] : [];
  });
}

// What is wrong with a value; nothing if it fits.
function misfit({ type, values = [] }, value) {
  if (type === "enumeration") {
    const given = String(value).split(";").map((one) => one.trim());
    const unknown = given.find((one) => one && !values.includes(one));
    if (unknown == null) return;
    return `has no value "${unknown}"${hint(unknown, values)}; its values are ${values.join(", ")}`;
  }
  if (!Object.hasOwn(TYPES, type)) return;
  const [called, fits] = TYPES[type];
  if (!fits(value)) return `is ${called}, not ${typeof value === "string" ? "the text " : ""}${JSON.stringify(value)}`;
}

// Milliseconds since 1970, or ISO 8601.
function isTime(value) {
  return typeof value === "number" || (/^\d{4}-\d\d-\d\d(T|$)/.test(value) && !Number.isNaN(Date.parse(value)));
}

// The name that was probably meant. One letter in three may be wrong: more is another word.
function hint(name, known) {
  const names = Array.isArray(known) ? known : Object.keys(known);
  const [nearest] = names
    .map((one) => [one, distance(name, one)])
    .filter(([one, edits]) => edits <= Math.max(name.length, one.length) / 3)
    .sort(([, one], [, other]) => one - other);
  return nearest ? `; did you mean "${nearest[0]}"?` : "";
}

// How many letters must be put in, taken out or exchanged to make one word of the other (Levenshtein), row by row.
function distance(from, to) {
  let row = [...to, ""].map((_, edits) => edits);
  for (const [i, letter] of [...from].entries()) {
    const above = row;
    row = [i + 1];
    for (const [j, other] of [...to].entries()) {
      row.push(Math.min(above[j + 1] + 1, row[j] + 1, above[j] + (letter !== other)));
    }
  }
  return row.at(-1);
}
