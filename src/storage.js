// Local storage. Refused, full or absent, it takes nothing and gives nothing.

// Merely asking may be refused.
const storage = (() => {
  try {
    return localStorage;
  } catch {}
})();

export function isOpen() {
  return Boolean(storage);
}

export function get(key) {
  try {
    return storage.getItem(key) ?? undefined;
  } catch {}
}

// Stores something, and says whether it is stored now.
export function set(key, value) {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

// The same, unless exactly this is stored already: then it says nothing. Compared here, so that a long text is copied once.
export function setAnew(key, value) {
  if (get(key) !== value) return set(key, value);
}

// Removes exactly this.
export function removeThis(key, value) {
  if (get(key) === value) remove(key);
}

export function remove(key) {
  try {
    storage.removeItem(key);
  } catch {}
}

// The keys that begin with a prefix, without it, parted by line breaks. All keys are asked for at once: one by one, ten
// thousand keys of the site's own take many times as long.
export function keysBelow(prefix) {
  try {
    const keys = Object.keys(storage).filter((key) => key.startsWith(prefix));
    return keys.map((key) => key.slice(prefix.length)).join("\n");
  } catch {
    return "";
  }
}
