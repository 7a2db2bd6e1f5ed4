// Samples, and how they are written.

import { AUTOMATIC, OVER_THE_PAGE } from "./measures.mjs";

/** The figures of a run, one a round: by contender, and by what was measured where with which clicks. */
export class Samples {
  constructor(values = {}) {
    this.values = values;
  }

  add(contender, sample, where, clicks) {
    for (const [of, value] of Object.entries(sample)) {
      if (value !== undefined) ((this.values[contender] ??= {})[key(of, where, clicks)] ??= []).push(value);
    }
  }

  /** The figures as they were measured. */
  raw(contender, { of, where, clicks }) {
    return this.values[contender]?.[key(of, where, clicks)];
  }

  /** Median, least and most; nothing where nothing was measured. What the page `alone` costs is taken off. */
  of(contender, measure, alone) {
    const values = this.raw(contender, measure);
    if (!values) return undefined;
    const isTakenOff = OVER_THE_PAGE.has(measure.of) && contender !== alone;
    const floor = isTakenOff ? this.of(alone, { ...measure, clicks: measure.clicks && AUTOMATIC }, alone).median : 0;
    const sorted = values.map((value) => value - floor).sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { median, least: sorted[0], most: sorted.at(-1) };
  }
}

const key = (...parts) => parts.filter(Boolean).join(", ");

/** Three digits that count; what is large, whole. */
export function digits(value) {
  const size = Math.abs(value);
  const text = value.toLocaleString("en", { maximumFractionDigits: size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2 });
  return text === "-0" ? "0" : text;
}

/** A median with its spread. */
export function spread({ median, least, most }) {
  const [low, high] = [digits(least), digits(most)];
  return low === high ? digits(median) : `${digits(median)} (${low}–${high})`;
}
