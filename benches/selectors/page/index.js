// What the bench does from within a page. It is asked from outside through `globalThis.bench`.

import { contenders } from "./contenders.js";
import { builds, mutations, rebuild, removal } from "./mutations.js";
import { clickables, described, looks } from "./truth.js";
import { during } from "./undo.js";

const SEED = 20261125;

/** So many of all, evenly spread. */
function sample(all, most) {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, place) => all[Math.floor((place * all.length) / most)]);
}

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A rule, and what it took to make it; none if the contender throws. */
function ruled(name, element) {
  const start = performance.now();
  try {
    const rule = contenders[name].make(element);
    return { rule, ms: performance.now() - start };
  } catch {
    return { rule: null, ms: performance.now() - start };
  }
}

/** What a rule means now: "exact" one element, the right one; "several", it and others; "wrong", only others; "lost". */
function judged(name, rule, element) {
  let found = [];
  try {
    found = rule === null ? [] : contenders[name].find(rule);
  } catch {}
  if (!found.length) return "lost";
  if (!found.includes(element)) return "wrong";
  return found.length === 1 ? "exact" : "several";
}

/** Makes rules for elements, with what they mean on this page. */
function rules(names, elements) {
  const twins = Map.groupBy(clickables(), looks);
  return elements.map((element) => ({
    element,
    isTwin: twins.get(looks(element)).length > 1,
    rules: Object.fromEntries(names.map((name) => [name, ruled(name, element)])),
  }));
}

const onTheDay = (names, { element, rules }) =>
  names.map((name) => {
    const { rule, ms } = rules[name];
    const isDeclared = rule !== null && (contenders[name].declaresAlike?.(rule) ?? false);
    return { name, ms, length: rule?.length ?? 0, isDeclared, verdict: judged(name, rule, element) };
  });

/** Rules are made on the page as one build makes it, and judged on it as the next one does. */
function rebuilt(change, build, names, most) {
  const written = new Map([...document.querySelectorAll("[class]")].map((element) => [element, [...element.classList]]));
  const judgedAfter = () => {
    const before = rules(names, sample(clickables(), most)).filter(({ isTwin }) => !isTwin);
    rebuild(written, build, 2);
    return before.map(({ element, rules }) => ({ change, verdicts: names.map((name) => judged(name, rules[name].rule, element)) }));
  };
  return written.size ? during(() => rebuild(written, build, 1), judgedAfter) : [];
}

globalThis.bench = {
  described,

  /** The rules of the clickables at these places, as they are made. */
  made: (names, places) => {
    const all = clickables();
    return rules(
      names,
      places.map((place) => all[place]),
    ).map((one) => Object.fromEntries(names.map((name) => [name, one.rules[name]])));
  },

  /** What rules mean here, each with the place of the clickable that is right. */
  judged: (name, pairs) => {
    const all = clickables();
    return pairs.map(({ rule, place }) => judged(name, rule, all[place]));
  },

  /** What rules that are made here mean after each change. */
  mutated: (names, most) => {
    const out = { onTheDay: [], changes: [] };
    // What a browser does once, at the first call, is nobody's time for making a rule.
    rules(names, clickables().slice(0, 1));
    const ruledElements = rules(names, sample(clickables(), most));
    ruledElements.forEach((one, number) => {
      out.onTheDay.push({ isTwin: one.isTwin, of: onTheDay(names, one) });
      if (one.isTwin) return;
      for (const [change, mutate] of [...Object.entries(mutations), ["removed", removal]]) {
        let element = one.element;
        const verdicts = during(
          () => {
            const other = mutate(element, random(SEED + number));
            if (other instanceof Element) element = other;
            return other;
          },
          () => names.map((name) => judged(name, one.rules[name].rule, element)),
        );
        if (verdicts) out.changes.push({ change, verdicts });
      }
    });
    for (const [change, build] of Object.entries(builds)) {
      out.changes.push(...rebuilt(change, build, names, most));
    }
    return out;
  },
};
