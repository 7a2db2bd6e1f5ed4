// Reads what a page passes in and hands it over as one flat text, so that a call crosses into the wasm once. Anything may
// come: cycles, proxies, getters that throw; nothing of it gets out again.
//
// A flat text is a list of properties, sorted by name: each its name, then its kind and value, parted by "\0", in place of
// which a name or a value has a space. Kinds are t text, n number, b boolean, x a value that cannot be recorded, and at
// the end, without a name, m: so many more.

// The properties of an object but for one, at most `most`, their texts no longer than `longest`.
export function flatten(object, most, longest, leftOut) {
  if (object == null) return "";
  const parts = [];
  let taken = 0;
  try {
    if (typeof object !== "object") throw 0;
    const names = Object.keys(object)
      .filter((name) => name !== leftOut)
      .sort();
    for (const [place, name] of names.entries()) {
      if (taken === most) {
        parts.push("", `m${names.length - place}`);
        break;
      }
      const value = readSafely(() => object[name], longest);
      if (!value) continue;
      if (value !== "x") taken++;
      parts.push(cut(name, longest), value);
    }
  } catch {
    return "properties\0x";
  }
  return parts.join("\0");
}

// A completion as a call describes it, `(name, properties?)` or `({ name, properties })`: the name, then its properties as
// a flat text. Nothing where there is no name.
export function completion(event, properties, most, longest) {
  const inner = eventName(member(event, "name"));
  if (inner != null) properties = member(event, "properties");
  const name = inner ?? eventName(event);
  if (name != null) return [cut(name, longest), flatten(properties, most, longest)].join("\0");
}

// The same as HubSpot's legacy call describes it: `({ id, value, … })`.
export function legacyCompletion(event, most, longest) {
  const name = eventName(member(event, "id"));
  if (name != null) return [cut(name, longest), flatten(event, most, longest, "id")].join("\0");
}

// A member of anything; undefined where there is none to be had.
export function member(object, name) {
  try {
    return typeof object === "object" ? object?.[name] : undefined;
  } catch {}
}

// A numeric id, as HubSpot gives to events, `123`, is recorded as the event `event_123`.
function eventName(value) {
  if (!["string", "bigint"].includes(typeof value) && !Number.isFinite(value)) return;
  return String(value).replace(/^\d+$/, "event_$&");
}

function readSafely(get, longest) {
  try {
    return read(get(), longest);
  } catch {
    return "x";
  }
}

// A value with its kind; undefined where there is none.
function read(value, longest) {
  if (value == null) return;
  switch (typeof value) {
    case "boolean":
      return `b${value}`;
    case "number":
      return Number.isFinite(value) ? `n${value}` : "x";
    case "string":
    case "bigint":
      return `t${cut(String(value), longest)}`;
    case "object": {
      const text = asText(value, longest);
      return text == null ? "x" : `t${cut(text, longest)}`;
    }
    default:
      return "x";
  }
}

function asText(value, longest) {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return joined(value, longest);
  // Not maps, errors and elements.
  if (Object.prototype.toString.call(value) === "[object Object]") return JSON.stringify(value);
}

// The items of an array, as far as a value can hold them. An array in an array is its JSON.
function joined(array, longest) {
  const items = [];
  let size = 0;
  for (let i = 0; i < array.length && i < longest && size < 4 * longest; i++) {
    const get = () => (Array.isArray(array[i]) ? JSON.stringify(array[i]) : array[i]);
    const item = readSafely(get, longest);
    if (item && item !== "x") size += items.push(item.slice(1)) && item.length;
  }
  return items.join(";");
}

function cut(text, longest) {
  return text.slice(0, longest).replaceAll("\0", " ");
}
