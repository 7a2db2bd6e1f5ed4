// What the draft means on this page: the element that was picked, how it is known again, and how strictly.

import { MAX_POSITION, position } from "../../../src/element.js";
import { counted } from "./counts.js";
import { isConnected, ownerDocument, parentNode, pathOf, show, tag } from "./dom.js";
import { definitionOf, looked, switched, targetsOf, triggerOf } from "./draft.js";
import { highest, isNewer } from "./finder.js";
import { healthOf } from "./health.js";
import { kindOf, nameOf, spoken } from "./names.js";
import { frameOf, levels } from "./page.js";
import { opening, recordedOf, textOf } from "./recorded.js";
import { conditions, targetInWords } from "./sentences.js";
import { SINGULAR, steps } from "./strictness.js";
import { inSlices } from "./turns.js";

/** Among how many others all of its sort are looked for: it takes as long again. Judgement (November 2026). */
const MAX_LIKENED = 5_000;

const ELSEWHERE = "This page is none of the event’s pages: add it in the next step, or what was picked here never counts.";

const NOTHING_SAID = "nothing is said of it, neither text nor link nor any name";

export class Meaning {
  /** The element that is being defined, where it was hit, and what is meant here. */
  element = null;
  hit = null;
  meant = [];
  // The elements that count as well, by their place among the alternatives; none where the page has no such element.
  #others = [];
  #asked = 0;
  #steps = null;
  #at = 0;
  // Steps towards all of its sort, until they are among the others.
  #likeness = [];
  #trouble = null;
  #visited = null;

  constructor(desk) {
    this.desk = desk;
  }

  /** Forgets the element, because another one is to be defined or the page is another. */
  forget() {
    this.#asked++;
    this.element = null;
    this.#others = [];
    this.meant = [];
    this.#steps = null;
    this.#visited = null;
  }

  /** Defines this element from now on. */
  async take(element, hit) {
    this.element = element;
    this.hit = hit;
    const frame = frameOf(ownerDocument(element));
    this.#edit({
      without: [],
      isByHand: false,
      isDue: true,
      target: { selector: "", text: null, fingerprint: null },
      // A frame is a page of its own: there the click is met.
      ...(frame && { pages: [{ match: "exact", value: ownerDocument(element).location.pathname }] }),
    });
    await this.judge();
  }

  /** Takes the part around, or inside, instead. */
  async choose(place) {
    const chosen = this.levels()[place];
    if (chosen && chosen !== this.element) await this.desk.picked(chosen, this.hit ?? chosen);
  }

  levels() {
    return this.element ? levels(this.element, this.hit) : [];
  }

  // --- What somebody changes ------------------------------------------------------------------------------------------

  async without(kinds, isOff) {
    this.#edit({ without: switched(this.#draft.without, kinds, isOff), isDue: true });
    await this.judge();
    this.desk.say(this.counted());
  }

  async strictness(place) {
    const step = this.#steps?.[place];
    if (!step) return;
    const { fingerprint, without } = step;
    this.#at = place;
    this.#edit({ target: { ...this.#draft.target, fingerprint }, without });
    await this.judge();
    this.desk.say(this.counted());
  }

  async target(change) {
    this.#edit({ target: { ...this.#draft.target, ...change } });
    await this.judge();
  }

  async byHand(isByHand) {
    this.#edit({ isByHand });
    await this.judge();
  }

  /** Lets this element count as well. */
  async add(element, name) {
    const isFar = !this.#rootsOf(this.#draft.pages).includes(ownerDocument(element));
    if (isFar) return this.desk.failed("A frame is a page of its own, and the event is about another one. Make an event of its own for this.");
    if (this.meant.includes(element)) return this.desk.failed("This one counts already.");
    const { finder, model } = this.desk;
    const { alternatives, pages } = this.#draft;
    const { own, among } = await this.#observed(element);
    // Somebody may have thought better of it meanwhile, or begun another event.
    if (this.#draft?.alternatives !== alternatives) return;
    const fingerprint = model.make(own, ...among, []);
    if (!fingerprint) return this.desk.failed(`This element cannot be known again: ${NOTHING_SAID}.`);
    const alternative = { selector: finder.selectorOf(element, own), text: null, fingerprint };
    this.#others[alternatives.length] = element;
    this.#edit({ alternatives: [...alternatives, alternative] });
    await this.judge();
    const isElsewhere = !finder.about(pages).length;
    this.desk.say(`${spoken(name)} counts as well. ${isElsewhere ? ELSEWHERE : this.counted()}`);
    if (isElsewhere) this.desk.failed(ELSEWHERE);
  }

  /** Lets one of those that count as well count no longer. */
  async remove(place) {
    this.#others.splice(place, 1);
    this.#edit({ alternatives: this.#draft.alternatives.filter((_, at) => at !== place) });
    await this.judge();
    this.desk.say(this.counted());
  }

  /** Switches what one of those that count as well is known by. */
  async otherWithout(place, kinds, isOff) {
    const element = this.#others[place];
    if (!element) return;
    const before = this.#draft.alternatives[place];
    const without = switched(before.without ?? [], kinds, isOff);
    const asked = this.#replace(place, { ...before, without });
    const { own, among } = await this.#observed(element);
    // It was switched once more, or is gone.
    if (this.#draft?.alternatives[place] !== asked) return;
    const fingerprint = this.desk.model.make(own, ...among, without);
    this.#replace(place, fingerprint ? { ...asked, fingerprint } : before);
    if (!fingerprint) return this.desk.failed("Something must be left by which this one is known. Leave it on, or remove this one.");
    await this.judge();
    this.desk.say(this.counted());
  }

  // Puts another alternative in the place of one, and gives it back.
  #replace(place, alternative) {
    this.#edit({ alternatives: this.#draft.alternatives.map((at, i) => (i === place ? alternative : at)) });
    return alternative;
  }

  get #draft() {
    return this.desk.state.draft;
  }

  // What means something else may mean several: whether they are counted together is to be decided anew. And nobody knows
  // what it means on other pages.
  #edit(change) {
    this.desk.edited({ ...change, isForAll: null, seen: {} });
  }

  // --- What it means --------------------------------------------------------------------------------------------------

  /** Finds out what the draft means on this page. */
  async judge() {
    const asked = ++this.#asked;
    try {
      await this.#judge(() => asked !== this.#asked);
    } catch (reason) {
      if (reason !== isNewer) this.desk.failed(reason);
    }
  }

  async #judge(isOver) {
    const draft = this.#draft;
    const { fingerprint } = draft.target;
    if (this.element && !isConnected(this.element)) this.element = null;
    if (!this.element && fingerprint) this.element = await this.desk.finder.refind(fingerprint, isOver);
    this.#trouble = null;
    const isMade = this.element && draft.isDue && !draft.isByHand;
    const change = isMade ? await this.#made(draft, isOver) : {};
    await this.#count({ ...draft, ...change }, isOver);
  }

  // The fingerprint of the element as the draft wants it.
  async #made({ target, without }, isOver) {
    const { element } = this;
    const { finder, model } = this.desk;
    const { own, among, lines } = await this.#observed(element);
    if (isOver()) throw isNewer;
    const made = model.make(own, ...among, without);
    this.#steps = null;
    this.#likeness = lines.length > MAX_LIKENED ? [] : await this.#ofItsSort(own, among, without, lines, isOver);
    if (made) return { target: { ...target, selector: finder.selectorOf(element, own), fingerprint: made }, isDue: false };
    this.#trouble = NOTHING_SAID;
    return { target: { ...target, selector: "", fingerprint: null } };
  }

  // What is observed of an element, and `among` which others: `lines` has all of its family.
  async #observed(element) {
    const { finder, signals } = this.desk;
    const { elements, lines } = await finder.survey.of(ownerDocument(element), signals.family(element));
    const own = signals.observe(element);
    const others = [];
    const besides = [];
    // Without the element, only what stands beside something that holds it changes.
    const around = new Set(pathOf(element).map(parentNode));
    await inSlices(elements.keys(), (place) => {
      const other = elements[place];
      if (other === element) return;
      others.push(lines[place]);
      besides.push(around.has(parentNode(signals.item(other))) ? signals.beside(other, element) : "");
    });
    return { own, among: [others.join("\n"), besides.join("\n")], lines };
  }

  // Steps towards all of its sort, for which nothing counts that says which one it is; none where nothing else is said of it.
  async #ofItsSort(own, among, without, lines, isOver) {
    const { model } = this.desk;
    const rest = [...new Set([...without, ...SINGULAR])];
    const fingerprint = model.make(own, ...among, rest);
    if (!fingerprint) return [];
    const scores = await model.scores(fingerprint, lines, isOver);
    if (!scores) throw isNewer;
    return this.#stepsOf(fingerprint, scores, rest).filter(({ threshold }) => threshold <= fingerprint.threshold);
  }

  async #count(draft, isOver) {
    const { finder, store } = this.desk;
    const roots = this.#rootsOf(draft.pages);
    const found = [];
    for (const target of targetsOf(triggerOf(draft))) found.push(await finder.find(target, roots, isOver));
    const isCut = draft.target.fingerprint ? await finder.isCut(draft.target.fingerprint.family) : false;
    if (isOver()) throw isNewer;
    this.meant = [...new Set(found.flatMap(({ meant }) => meant))];
    this.#others = draft.alternatives.map((target, place) => {
      const known = this.#others[place];
      return known && isConnected(known) ? known : nearest(target, found[place + 1]);
    });
    const { fingerprint } = draft.target;
    if (!this.#steps && fingerprint && !draft.isByHand) this.#setSteps(fingerprint, found[0].scores, draft.without);
    const counts = found.map(({ meant }) => meant.length);
    const picked = { ...this.#described(draft, counts), isCut };
    const seen = looked(draft.seen, location.pathname, this.meant.length);
    store.tell("judged", { picked, change: { target: draft.target, isDue: draft.isDue, seen } });
    this.desk.outline();
  }

  // What the panel says of the element; of each way to know it, `counts` has how many it means.
  #described(draft, counts) {
    const { element, meant } = this;
    const [own, ...others] = counts;
    const alike = Math.max(...counts);
    const { model, signals } = this.desk;
    const { selector, fingerprint } = draft.target;
    return {
      name: element ? nameOf(element) : null,
      opening: element ? opening(element, tag(element)) : "",
      frame: element && frameOf(ownerDocument(element)) ? ownerDocument(element).location.pathname : null,
      levels: this.levels().map((at) => ({ word: kindOf(at), name: spoken(nameOf(at)), isCurrent: at === element })),
      count: meant.length,
      own,
      alike,
      alternatives: draft.alternatives.map((target, place) => this.#otherDescribed(target, this.#others[place], others[place])),
      steps: (!draft.isByHand && fingerprint && this.#steps) || [],
      step: this.#at,
      trouble: this.#trouble,
      conditions: draft.isByHand ? [] : this.#conditions(fingerprint, element, draft.without),
      health: selector ? healthOf(draft.isByHand ? { selector } : { selector, fingerprint }, own, model) : null,
      recorded: recordedOf(element, model.constants.limits),
      isToldApart: meant.length <= MAX_POSITION && new Set(meant.map(position)).size === meant.length,
      text: element ? textOf(element, model.constants.limits) : "",
      breaches: selector ? this.breaches(draft) : [],
    };
  }

  // What the panel says of one that counts as well.
  #otherDescribed(target, element, count) {
    const { fingerprint, without = [] } = target;
    return {
      words: targetInWords(target),
      count,
      isHere: Boolean(element),
      conditions: fingerprint ? this.#conditions(fingerprint, element, without) : [],
    };
  }

  // What an element is known by, and what is switched off of that, if the element is here.
  #conditions(fingerprint, element, without) {
    const { model, signals } = this.desk;
    const observed = element ? model.signalsOf(signals.observe(element)) : [];
    return conditions(fingerprint ?? { signals: [] }, observed, without);
  }

  // How strict it was when it was made is where one comes back to.
  #setSteps(made, scores, without) {
    this.#steps = this.#stepsOf(made, scores, without);
    this.#at = this.#steps.findIndex(({ isMade }) => isMade);
    for (const step of this.#likeness) {
      if (step.count > this.#steps.at(-1).count) this.#steps.push({ ...step, isMade: false });
    }
    this.#likeness = [];
  }

  // The steps of a fingerprint, each with the fingerprint that it would be.
  #stepsOf(made, scores, without) {
    return steps(made, scores, this.desk.model.constants).map((step) => {
      const alike = step.isMade ? made.alike : Math.max(1, step.count);
      return { ...step, without, fingerprint: { ...made, threshold: step.threshold, alike } };
    });
  }

  // Where a draft is looked for.
  #rootsOf(pages) {
    if (this.element) return [ownerDocument(this.element)];
    const about = this.desk.finder.about(pages);
    return about.length ? about : [document];
  }

  /** What is wrong with a draft but for its name, a sentence each. */
  breaches(draft) {
    return this.desk.model.breaches(definitionOf({ ...draft, name: draft.name || "event", label: draft.label || "Event" }));
  }

  // --- Showing it -----------------------------------------------------------------------------------------------------

  /** Shows the next, or the one before, of what is meant. */
  visit(by) {
    const { length } = this.meant;
    if (!length) return;
    this.#visited = ((this.#visited ?? (by > 0 ? -1 : 0)) + by + length) % length;
    this.desk.point(this.meant[this.#visited], `${this.#visited + 1} of ${length}: `);
  }

  /** How many elements are meant, in words. */
  counted() {
    return counted(this.meant.length);
  }
}

// What a target's fingerprint knows best of what it means, if it means anything.
function nearest({ fingerprint }, { scores, elements }) {
  const best = fingerprint ? highest(scores) : 0;
  return best && best >= fingerprint.threshold ? elements[scores.indexOf(best)] : null;
}
