// How the events of the site do on this page, and what may have become of those that are not found.

import { targetsOf } from "./draft.js";
import { highest, isNewer } from "./finder.js";
import { foundOf, healthOf, spared } from "./health.js";
import { events } from "./store.js";

export class Here {
  /** What the events of this page mean: `{element, label}` each. */
  boxes = [];
  #asked = 0;
  // What comes nearest to the events that are not found here, by name.
  #nearest = new Map();
  #reported = new Set();

  constructor(desk) {
    this.desk = desk;
  }

  /** Looks for all of them; a newer look ends one that is still under way. */
  async look() {
    const asked = ++this.#asked;
    try {
      await this.#look(() => asked !== this.#asked);
    } catch (reason) {
      if (reason !== isNewer) this.desk.failed(reason);
    }
  }

  async #look(isOver) {
    const here = {};
    const boxes = [];
    const nearest = new Map();
    for (const { definition } of events(this.desk.state)) {
      const { name, label } = definition;
      const doing = await this.#doing(definition, isOver);
      if (isOver()) throw isNewer;
      here[name] = doing?.told ?? null;
      for (const element of doing?.meant ?? []) boxes.push({ element, label: label || name });
      if (doing?.nearest) nearest.set(name, doing.nearest);
    }
    this.boxes = boxes;
    this.#nearest = nearest;
    this.desk.store.tell("surveyed", { here });
    this.desk.outline();
    this.#report(here);
  }

  // How an event does on this page: what the panel is `told`, what is `meant`, and where that is nothing what is `nearest`.
  // Nothing if it is not about this page.
  async #doing({ trigger, status }, isOver) {
    const { constants } = this.desk.model;
    const { pages = [], type } = trigger;
    const about = this.desk.finder.about(pages);
    if (!about.length || status === "archived") return null;
    if (type === "VISITED_URL") return { told: { found: "one", count: 1, score: constants.whole } };
    const tries = [];
    for (const target of targetsOf(trigger)) tries.push(await this.#tried(target, about, isOver));
    const meant = new Set(tries.flatMap((one) => one.meant));
    const best = tries.reduce((best, one) => (isBetter(one, best, constants) ? one : best));
    const { score, threshold } = best;
    const count = meant.size;
    // Each way may mean an element of its own.
    const isMore = tries.some(({ meant, target }) => meant.length > (target.fingerprint?.alike ?? Infinity));
    const found = foundOf({ count, isMore, score, threshold }, constants);
    const isNear = !count && best.nearest && score * 100 >= threshold * constants.near;
    const nearest = isNear ? this.#renewed(best.nearest) : null;
    const health = healthOf(best.target, best.meant.length, this.desk.model);
    return { told: { found, count, score, threshold, renewed: nearest?.renewed, health }, meant, nearest };
  }

  // With the fingerprint that it would be known by, which is shown before it is taken.
  #renewed({ element, target }) {
    return { element, target, renewed: this.desk.model.renewed(target.fingerprint, this.desk.signals.observe(element)) };
  }

  async #tried(target, about, isOver) {
    const { whole } = this.desk.model.constants;
    const { meant, scores, elements } = await this.desk.finder.find(target, about, isOver);
    if (!target.fingerprint) return { target, meant, score: meant.length && whole, threshold: whole };
    const score = highest(scores);
    const nearest = score ? { element: elements[scores.indexOf(score)], target } : null;
    return { target, meant, score, threshold: target.fingerprint.threshold, nearest };
  }

  // Told once a page, of what is published: drafts are nobody else's business. That what is about every page is not on one
  // of them is no news.
  #report(here) {
    const url = location.href.split(/[?#]/)[0];
    const isNews = ({ name, trigger }) => here[name] && (here[name].found !== "none" || trigger.pages?.length);
    const findings = events(this.desk.state)
      .filter(({ definition, isDraft }) => !isDraft && isNews(definition) && !this.#reported.has(`${definition.name} ${url}`))
      .map(({ definition: { name } }) => ({ name, found: here[name].found, score: here[name].score }));
    if (!findings.length) return;
    for (const { name } of findings) this.#reported.add(`${name} ${url}`);
    this.desk.session.report(url, findings).catch(() => {});
  }

  /**
   * What comes nearest to an event that is not found here, to which of its targets, and by what it would be known:
   * `{element, target, renewed}`.
   */
  nearest(name) {
    const nearest = this.#nearest.get(name);
    if (!nearest) this.desk.say("The page has changed meanwhile.");
    return nearest;
  }

  /** Shows what comes nearest to an event. */
  showNearest(name) {
    const nearest = this.nearest(name);
    if (nearest) this.desk.point(nearest.element);
  }
}

// What means something is better than what does not; then it counts how much of what may change is still so.
function isBetter(one, other, { whole }) {
  const share = ({ meant, score, threshold }) => (meant.length ? spared(score, threshold, whole) : score / threshold);
  const means = Math.sign(one.meant.length) - Math.sign(other.meant.length);
  return means > 0 || (means === 0 && share(one) > share(other));
}
