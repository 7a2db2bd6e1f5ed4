// How many there are, in words.

/**
 * Most elements of a kind that are outlined; of more, the first. Judgement (November 2026): more than a window usually shows,
 * and few enough to be moved with every frame while the page is scrolled.
 */
export const MAX_OUTLINED = 200;

/** A number as people write it: 1,234. */
export const written = (count) => count.toLocaleString("en");

export const plural = (count, one, many) => `${written(count)} ${count === 1 ? one : many}`;

/** That not all of so many are outlined; nothing where all are. */
export const outlined = (count) => (count > MAX_OUTLINED ? `${MAX_OUTLINED} of ${written(count)} outlined` : "");

/** How many elements a draft means here, as it is said aloud. */
export function counted(count) {
  if (count === 1) return "One element on this page.";
  return [`${count ? written(count) : "No"} elements on this page.`, count > MAX_OUTLINED && `${outlined(count)}.`].filter(Boolean).join(" ");
}
