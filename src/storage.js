// The keys that begin with a prefix, without it. All keys are asked for at once: one by one, ten thousand keys of the
// site's own take many times as long.
export function keysBelow(storage, prefix) {
  return Object.keys(storage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}
