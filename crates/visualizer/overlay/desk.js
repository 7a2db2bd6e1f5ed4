// Does what the panel asks for: reads the page, asks the model and the collector, and tells the store what came of it.

import { findAll, isConnected, matches, ownerDocument, parentNode, pathOf, show, tag } from "./dom.js";
import { clickDraft, definitionOf, draftOf, fits, pageDraft, targetsOf } from "./draft.js";
import { healthOf } from "./health.js";
import { nameOf, kindOf, spoken } from "./names.js";
import { barrier, closedFrames, documents, frameOf, isCovered, levels, rootsIn } from "./page.js";
import { proposals } from "./patterns.js";
import { opening, recordedOf, textOf } from "./recorded.js";
import { conditions } from "./sentences.js";
import { STEPS, events, kept } from "./store.js";
import { SINGULAR, steps } from "./strictness.js";
import { MAX_OBSERVED, Survey } from "./survey.js";
import { judge } from "./trial.js";
import { inSlices } from "./turns.js";

/** How often the address is looked at, in milliseconds: sites with a router change it without telling anybody. */
const LOOK = 300;

/** How long the page must be still before it is read again, in milliseconds. */
const STILL = 700;

/** Among how many others all of its sort are looked for: it takes as long again. Judgement (November 2026). */
const MAX_LIKENED = 5_000;

const isNewer = Symbol("a newer question makes this one pointless");

export class Desk {
  /** The element that is being defined, where it was hit, and what is meant here. */
  element = null;
  hit = null;
  meant = [];
  #asked = 0;
  // What comes nearest to the events that are not found here, by name.
  #nearest = new Map();
  #reported = new Set();

  constructor({ store, session, model, signals, outlines, picker, host }) {
    Object.assign(this, { store, session, model, signals, outlines, picker, host });
    this.survey = new Survey(signals);
  }

  get state() {
    return this.store.state;
  }

  // --- Coming and going -----------------------------------------------------------------------------------------------

  async begin() {
    const { work } = this.session;
    this.store.tell("resumed", { work: { ...work, url: location.href } });
    this.store.listen((state) => this.session.keep(kept(state)));
    this.#watch();
    await this.#load();
    const asked = this.session.event && events(this.state).find(({ definition }) => definition.name === this.session.event);
    if (asked) this.edit(asked.definition.name);
    else if (this.state.draft) this.go(this.state.screen);
    await this.look();
  }

  async #load() {
    const [known, pages] = await Promise.all([
      this.#attempt(() => this.session.definitions(), () => this.#load()),
      this.#attempt(() => this.session.pages(), () => this.#load()),
    ]);
    if (known && pages) this.store.tell("loaded", { known: { ...known, pages } });
  }

  #watch() {
    setInterval(() => location.href !== this.state.url && this.#moved(), LOOK);
    let still;
    const changed = (records) => {
      if (records.every((record) => this.#isNothing(record))) return;
      clearTimeout(still);
      still = setTimeout(() => this.#changed(), STILL);
    };
    new MutationObserver(changed).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  }

  // What we do ourselves, and what moves without becoming something else.
  #isNothing({ target, attributeName, addedNodes, removedNodes }) {
    const nodes = [...addedNodes, ...removedNodes];
    return target === this.host || attributeName === "style" || (nodes.length > 0 && nodes.every((node) => node === this.host));
  }

  async #moved() {
    this.survey.forget();
    this.element = null;
    this.steps = null;
    this.store.tell("moved", { url: location.href });
    this.say(`The page is now ${location.pathname}`);
    await this.look();
  }

  async #changed() {
    this.survey.forget();
    if (this.picker.mood === "pick") return;
    await this.look();
  }

  /** Reads the page again: what is being defined, and how the events do. */
  async look() {
    if (this.state.draft?.kind === "click") await this.judge();
    await this.#surveyEvents();
  }

  /** Goes home, or leaves edit mode, but asks first where something would be lost: `then` is "home" or "leave". */
  ask(then) {
    if (this.state.draft && this.state.isChanged) this.store.tell("set", { change: { leaving: then } });
    else this[then]();
  }

  leave() {
    this.session.leave();
    location.reload();
  }

  // --- Which screen ---------------------------------------------------------------------------------------------------

  go(screen) {
    this.store.tell("went", { screen });
    this.picker.begin(screen === "pick" ? "pick" : screen === "trial" ? "trial" : "rest");
    this.picker.isHolding = this.state.isHolding;
    this.outlines.clear("hover", "veil");
    this.#outline();
  }

  step(by) {
    const { draft, screen } = this.state;
    const all = STEPS[draft.kind];
    const next = all[all.indexOf(screen) + by];
    if (next) this.go(next);
    else this.ask("home");
  }

  home() {
    this.#asked++;
    this.element = null;
    this.steps = null;
    this.meant = [];
    this.store.tell("closed");
    this.go("home");
  }

  newClick() {
    this.store.tell("began", { draft: clickDraft(location.href) });
    this.pick();
  }

  newPage() {
    const [{ pattern }] = proposals(location.href);
    this.store.tell("began", { draft: pageDraft(location.href, pattern) });
    this.go("pages");
  }

  pick() {
    this.go("pick");
    // What happens inside such a frame, nobody tells us: a veil catches the pointer before.
    const veils = closedFrames().map((element) => ({
      element,
      onPointed: () => this.pointed(element, element, barrier(element)),
      isHidden: () => isCovered(element, this.host),
    }));
    this.outlines.show("veil", veils);
    this.say("Pick an element. Tab goes through what can be clicked, the arrows through everything, Enter picks, Escape cancels.");
  }

  async edit(name) {
    const { definition } = events(this.state).find((event) => event.definition.name === name);
    this.element = null;
    this.steps = null;
    this.store.tell("began", { draft: draftOf(definition, location.href) });
    this.go(definition.trigger.type === "CLICKED_ELEMENT" ? "element" : "pages");
    await this.look();
  }

  // --- Picking --------------------------------------------------------------------------------------------------------

  pointed(element, hit, warning) {
    const name = spoken(nameOf(element));
    this.outlines.show("hover", [{ element, label: name, isWarned: Boolean(warning) }]);
    this.store.tell("pointed", { pointed: { name, warning } });
    this.onPointed?.(element);
    this.say(warning ? `${name}. ${warning}` : name);
  }

  cancelled() {
    const { draft } = this.state;
    if (draft?.target?.selector) this.go("element");
    else this.home();
  }

  helped() {
    this.store.tell("set", { change: { isHelping: !this.state.isHelping } });
  }

  froze(isFrozen) {
    this.store.tell("froze", { isFrozen });
    this.say(isFrozen ? "The page holds still: menus stay open." : "The page moves again.");
  }

  async picked(element, hit) {
    // A frame of another site keeps its clicks to itself.
    if (closedFrames().includes(element)) return this.say(barrier(element));
    this.element = element;
    this.hit = hit;
    const frame = frameOf(ownerDocument(element));
    const { pages, label } = this.state.draft;
    const name = nameOf(element);
    const change = {
      without: [],
      isByHand: false,
      isForAll: null,
      isDue: true,
      seen: {},
      target: { selector: "", text: null, fingerprint: null },
      // A frame is a page of its own: there the click is met.
      ...(frame && { pages: [{ match: "exact", value: ownerDocument(element).location.pathname }] }),
      ...(!pages.length && !frame && { pages: [] }),
    };
    this.store.tell("edited", { change });
    if (!label) this.rename(proposed(name));
    this.go("element");
    await this.judge();
    this.say(`${spoken(name)}. ${counted(this.meant.length)}`);
  }

  /** Takes the part around, or inside, instead. */
  async choose(place) {
    const chosen = this.levels()[place];
    if (chosen && chosen !== this.element) await this.picked(chosen, this.hit ?? chosen);
  }

  levels() {
    return this.element ? levels(this.element, this.hit) : [];
  }

  // --- What is meant --------------------------------------------------------------------------------------------------

  edited(change) {
    this.store.tell("edited", { change });
  }

  async without(kinds, isOff) {
    const rest = this.state.draft.without.filter((kind) => !kinds.includes(kind));
    this.edited({ without: isOff ? [...rest, ...kinds] : rest, isDue: true, isForAll: null });
    await this.judge();
    this.say(counted(this.meant.length));
  }

  async strictness(place) {
    const step = this.steps?.[place];
    if (!step) return;
    const { fingerprint, without } = step;
    this.at = place;
    this.edited({ target: { ...this.state.draft.target, fingerprint }, without, isForAll: null });
    await this.judge();
    this.say(counted(this.meant.length));
  }

  async target(change) {
    const { draft } = this.state;
    this.edited({ target: { ...draft.target, ...change }, isForAll: null });
    await this.judge();
  }

  async byHand(isByHand) {
    this.edited({ isByHand, isForAll: null });
    await this.judge();
  }

  /** Finds out what the draft means on this page. */
  async judge() {
    const asked = ++this.#asked;
    try {
      await this.#judge(() => asked !== this.#asked);
    } catch (reason) {
      if (reason !== isNewer) this.failed(reason);
    }
  }

  async #judge(isOver) {
    const { draft } = this.state;
    if (this.element && !isConnected(this.element)) this.element = null;
    const { fingerprint } = draft.target;
    if (!this.element && fingerprint) this.element = await this.#refind(fingerprint, isOver);
    this.trouble = null;
    const isMade = this.element && draft.isDue && !draft.isByHand;
    const change = isMade ? await this.#made(draft, isOver) : {};
    await this.#count({ ...draft, ...change }, isOver);
  }

  // The fingerprint of the element as the draft wants it.
  async #made({ target, without }, isOver) {
    const { element } = this;
    const root = ownerDocument(element);
    const { elements, lines } = await this.survey.of(root, this.signals.family(element));
    if (isOver()) throw isNewer;
    const own = this.signals.observe(element);
    const others = [];
    const besides = [];
    // Without the element, only what stands beside something that holds it changes.
    const around = new Set(pathOf(element).map(parentNode));
    await inSlices(elements.keys(), (place) => {
      const other = elements[place];
      if (other === element) return;
      others.push(lines[place]);
      besides.push(around.has(parentNode(this.signals.item(other))) ? this.signals.beside(other, element) : "");
    });
    if (isOver()) throw isNewer;
    const among = [others.join("\n"), besides.join("\n")];
    const made = this.#make(own, ...among, without);
    this.steps = null;
    this.likeness = others.length > MAX_LIKENED ? [] : await this.#ofItsSort(own, among, without, lines, isOver);
    if (!made) return { target: { ...target, selector: "", fingerprint: null } };
    return { target: { ...target, selector: this.#selectorOf(element, own), fingerprint: made }, isDue: false };
  }

  // Steps towards all of its sort, for which nothing counts that says which one it is; none where nothing else is said of it.
  async #ofItsSort(own, among, without, lines, isOver) {
    const rest = [...new Set([...without, ...SINGULAR])];
    const fingerprint = this.model.make(own, ...among, rest);
    if (!fingerprint) return [];
    const scores = await this.model.scores(fingerprint, lines, isOver);
    if (!scores) throw isNewer;
    return stepsOf(fingerprint, scores, rest, this.model.constants).filter(({ threshold }) => threshold <= fingerprint.threshold);
  }

  #make(...given) {
    const made = this.model.make(...given);
    if (made) return made;
    this.trouble = "nothing is said of it, neither text nor link nor any name";
    return null;
  }

  // The first of the model's proposals that selects nothing else; else the one that selects the fewest.
  #selectorOf(element, own) {
    const roots = rootsIn(ownerDocument(element));
    const counts = this.model.selectors(own).map((selector) => {
      const found = select(roots, selector);
      return { selector, count: found?.includes(element) ? found.length : Infinity };
    });
    const best = counts.find(({ count }) => count === 1) ?? counts.sort((one, other) => one.count - other.count)[0];
    return best && best.count < Infinity ? best.selector : tag(element);
  }

  async #refind(fingerprint, isOver) {
    let best = { score: fingerprint.threshold - 1, element: null };
    for (const root of documents()) {
      const { elements, lines } = await this.survey.of(root, fingerprint.family);
      const scores = await this.model.scores(fingerprint, lines, isOver);
      if (!scores) throw isNewer;
      scores.forEach((score, place) => {
        if (score > best.score) best = { score, element: elements[place] };
      });
    }
    return best.element;
  }

  async #count(draft, isOver) {
    const target = draft.isByHand ? { ...draft.target, fingerprint: null } : draft.target;
    const { meant, scores } = await this.#find(target, this.#rootsOf(draft.pages), isOver);
    if (isOver()) throw isNewer;
    this.meant = meant;
    if (!this.steps && target.fingerprint) this.#setSteps(target.fingerprint, scores, draft.without);
    const { element } = this;
    const { fingerprint } = draft.target;
    const decides = draft.isByHand ? { selector: draft.target.selector } : { fingerprint, selector: draft.target.selector };
    const observed = element ? this.model.signalsOf(this.signals.observe(element)) : [];
    const all = this.levels();
    const picked = {
      name: element ? nameOf(element) : null,
      opening: element ? opening(element, tag(element)) : "",
      frame: element && frameOf(ownerDocument(element)) ? ownerDocument(element).location.pathname : null,
      levels: all.map((at) => ({ word: kindOf(at), name: spoken(nameOf(at)), isCurrent: at === element })),
      count: meant.length,
      isCut: fingerprint ? (await this.survey.of(document, fingerprint.family)).elements.length === MAX_OBSERVED : false,
      steps: (target.fingerprint && this.steps) || [],
      step: this.at ?? 0,
      trouble: this.trouble,
      conditions: draft.isByHand ? [] : conditions(fingerprint ?? { signals: [] }, observed, draft.without),
      health: draft.target.selector ? healthOf(decides, meant.length, this.model.constants) : null,
      recorded: recordedOf(element),
      text: element ? textOf(element) : "",
      breaches: draft.target.selector ? this.breaches(draft) : [],
    };
    const seen = { ...draft.seen, [location.pathname]: meant.length };
    this.store.tell("judged", { picked, change: { target: draft.target, isDue: draft.isDue, seen } });
    this.#outline();
  }

  // How strict it was when it was made is where one comes back to.
  #setSteps(made, scores, without) {
    this.steps = stepsOf(made, scores, without, this.model.constants);
    this.at = this.steps.findIndex(({ isMade }) => isMade);
    for (const step of this.likeness ?? []) {
      if (step.count > this.steps.at(-1).count) this.steps.push({ ...step, isMade: false });
    }
    this.likeness = [];
  }

  /** What is wrong with a draft, a sentence each. */
  breaches(draft) {
    const definition = definitionOf({ ...draft, name: draft.name || "event", label: draft.label || "Event" });
    return this.model.breaches(definition);
  }

  // Where a draft is looked for: a frame is a page of its own.
  #rootsOf(pages) {
    if (this.element) return [ownerDocument(this.element)];
    const about = documents().filter(({ location }) => this.model.isMeant(pages, location.href));
    return about.length ? about : [document];
  }

  // What a target means in some documents.
  async #find({ selector, text, fingerprint }, roots, isOver) {
    const meant = [];
    const all = [];
    const everyone = [];
    for (const root of roots) {
      if (fingerprint) {
        const { elements, lines } = await this.survey.of(root, fingerprint.family);
        const scores = await this.model.scores(fingerprint, lines, isOver);
        if (!scores) throw isNewer;
        for (const [place, score] of scores.entries()) {
          all.push(score);
          everyone.push(elements[place]);
          if (score >= fingerprint.threshold) meant.push(elements[place]);
        }
      } else if (selector) {
        meant.push(...(select(rootsIn(root), selector) ?? []));
      }
    }
    return { meant: text?.value ? meant.filter((element) => fits(text, textOf(element))) : meant, scores: all, elements: everyone };
  }

  // --- The events of this page ----------------------------------------------------------------------------------------

  async #surveyEvents() {
    const here = {};
    const boxes = [];
    try {
      for (const { definition } of events(this.state)) {
        here[definition.name] = await this.#doing(definition, boxes);
      }
    } catch (reason) {
      if (reason !== isNewer) this.failed(reason);
      return;
    }
    this.boxes = boxes;
    this.store.tell("surveyed", { here });
    this.#outline();
    this.#report(here);
  }

  // How an event does on this page: `found` in the collector's words, or nothing if it is not about this page.
  async #doing({ name, label, trigger, status }, boxes) {
    const { pages = [], type } = trigger;
    const about = documents().filter(({ location }) => this.model.isMeant(pages, location.href));
    if (!about.length || status === "archived") return null;
    if (type === "VISITED_URL") return { found: "one", count: 1, score: this.model.constants.whole };
    const meant = new Set();
    let score = 0;
    let nearest = null;
    for (const target of targetsOf(trigger)) {
      const found = await this.#find(target, about, () => false);
      found.meant.forEach((element) => meant.add(element));
      const best = found.scores.reduce((best, score) => Math.max(best, score), 0);
      if (target.fingerprint && best > score) nearest = { element: found.elements[found.scores.indexOf(best)], target };
      score = Math.max(score, target.fingerprint ? best : found.meant.length && this.model.constants.whole);
    }
    for (const element of meant) boxes.push({ element, label: label || name });
    const { alike = 1, threshold = this.model.constants.whole } = trigger.fingerprint ?? {};
    const count = meant.size;
    const isWeak = !count && score * 100 >= threshold * this.model.constants.near;
    if (isWeak) this.#nearest.set(name, nearest);
    const health = healthOf(trigger, count, this.model.constants);
    return { found: count > alike ? "several" : count ? "one" : isWeak ? "weak" : "none", count, score, threshold, health };
  }

  // Told once a page, of what is published: drafts are nobody else's business.
  #report(here) {
    const url = location.href.split(/[?#]/)[0];
    const names = new Set(this.state.definitions.map(({ name }) => name));
    const findings = Object.entries(here)
      .filter(([name, found]) => found && names.has(name) && !this.#reported.has(`${name} ${url}`))
      .map(([name, { found, score }]) => ({ name, found, score }));
    if (!findings.length) return;
    for (const { name } of findings) this.#reported.add(`${name} ${url}`);
    this.session.report(url, findings).catch(() => {});
  }

  outlined(isOutlined) {
    this.store.tell("set", { change: { isOutlined } });
    this.#outline();
  }

  #outline() {
    const { screen, draft, isOutlined } = this.state;
    const isDefining = draft?.kind === "click" && screen !== "pick";
    const several = this.meant.length > 1;
    this.outlines.show("match", isDefining ? this.meant.map((element, i) => ({ element, label: several ? String(i + 1) : "" })) : []);
    this.outlines.show("current", isDefining && several && this.element ? [{ element: this.element }] : []);
    this.outlines.show("event", screen === "home" && isOutlined ? (this.boxes ?? []) : []);
  }

  /** Shows the next, or the one before, of what is meant. */
  visit(by) {
    if (!this.meant.length) return;
    this.visited = ((this.visited ?? (by > 0 ? -1 : 0)) + by + this.meant.length) % this.meant.length;
    const element = this.meant[this.visited];
    show(element);
    this.outlines.pulse(element, false);
    this.say(`${this.visited + 1} of ${this.meant.length}: ${spoken(nameOf(element))}`);
  }

  // --- Trying it out --------------------------------------------------------------------------------------------------

  holding(isHolding) {
    this.picker.isHolding = isHolding;
    this.store.tell("set", { change: { isHolding } });
  }

  clicked(path) {
    const { draft } = this.state;
    const others = events(this.state).map(({ definition }) => definition);
    const drafted = draft ? [definitionOf({ ...draft, name: draft.name || "this_event", label: draft.label || "This event" })] : [];
    const rules = [...drafted, ...others.filter(({ name }) => name !== draft?.name)];
    const verdicts = judge(path, rules, {
      family: this.signals.family,
      constants: this.model.constants,
      observe: this.signals.observe,
      compare: this.model.compare,
      select: (element, selector) => isSelected(element, selector),
      text: textOf,
      isMeant: (pages) => this.model.isMeant(pages, location.href),
    });
    const [element] = path;
    const hasFired = verdicts.some(({ fires }) => fires);
    const name = spoken(nameOf(this.picker.isHolding || hasFired ? (path.find((at) => this.meant.includes(at)) ?? element) : element));
    this.outlines.pulse(path.find((at) => this.meant.includes(at)) ?? element, hasFired);
    this.store.tell("tried", { click: { name, at: Date.now(), verdicts } });
    const fired = verdicts.filter(({ fires }) => fires).map(({ label }) => label);
    this.say(fired.length ? `Fires: ${fired.join(", ")}` : "No event fires.");
  }

  // --- Names and saving -----------------------------------------------------------------------------------------------

  rename(label) {
    const { draft } = this.state;
    this.edited({ label, ...(!draft.isNamed && { name: label.trim() ? this.model.nameOf(label) : "" }) });
  }

  async save() {
    const definition = definitionOf(this.state.draft);
    const breaches = this.model.breaches(definition);
    if (breaches.length) return this.failed({ message: "Some things are still to be changed:", breaches });
    this.store.tell("set", { change: { busy: "save" } });
    const saved = await this.#attempt(() => this.session.saveDraft(definition), () => this.save());
    if (!saved) return;
    this.store.tell("saved", { saved });
    this.store.tell("set", { change: { isChanged: false } });
    this.go("saved");
    this.say("Saved as a draft. Publish it in the studio.");
    await this.#surveyEvents();
  }

  /** Proposes another status for an event: a draft as well. */
  async setStatus(name, status) {
    const { definition } = events(this.state).find((event) => event.definition.name === name);
    const saved = await this.#attempt(() => this.session.saveDraft({ ...definition, status }), () => this.setStatus(name, status));
    if (!saved) return;
    this.store.tell("saved", { saved });
    this.say("Noted as a draft. Publish it in the studio.");
    await this.#surveyEvents();
  }

  async discard(name) {
    const done = await this.#attempt(async () => (await this.session.discardDraft(name)) ?? true, () => this.discard(name));
    if (!done) return;
    this.store.tell("discarded", { name });
    await this.#surveyEvents();
  }

  /** Shows what comes nearest to an event that is not found here. */
  showNearest(name) {
    const { element } = this.#nearest.get(name);
    show(element);
    this.outlines.pulse(element, false);
    this.say(spoken(nameOf(element)));
  }

  /** Takes what comes nearest as another way to know an event's element; the old one stays. */
  async takeNearest(name) {
    const { element, target } = this.#nearest.get(name);
    const { definition } = events(this.state).find((event) => event.definition.name === name);
    const own = this.signals.observe(element);
    const alternative = {
      ...target,
      selector: this.#selectorOf(element, own),
      fingerprint: this.model.renewed(target.fingerprint, own),
    };
    const { trigger } = definition;
    const changed = { ...definition, trigger: { ...trigger, alternatives: [...(trigger.alternatives ?? []), alternative] } };
    const saved = await this.#attempt(() => this.session.saveDraft(changed), () => this.takeNearest(name));
    if (!saved) return;
    this.store.tell("saved", { saved });
    this.say("Noted as a draft. Publish it in the studio.");
    await this.#surveyEvents();
  }

  // --- Words ----------------------------------------------------------------------------------------------------------

  say(text) {
    this.store.tell("said", { text });
  }

  failed(reason, again = null) {
    // The model throws plain sentences.
    const { message = String(reason), breaches = [], isOver = false } = reason;
    this.store.tell("failed", { problem: { sentence: message, breaches, isOver, again } });
    this.say([message, ...breaches].join(" "));
  }

  async #attempt(ask, again) {
    try {
      return await ask();
    } catch (reason) {
      this.failed(reason, reason.isOver || reason.isTaken || reason.breaches?.length ? null : again);
      return null;
    }
  }
}

/** How many elements are meant, in words. */
export function counted(count) {
  return count === 1 ? "One element on this page." : `${count || "No"} elements on this page.`;
}

function proposed({ kind, text, where }) {
  const what = text || kind.toLowerCase();
  // Where it stands helps as long as the name is still one to say aloud.
  const place = what.length + where.length < 36 && where ? ` in ${where.replace(/[“”]/g, "")}` : "";
  return `Clicked ${what}${place}`.replace(/[.…\s]+$/, "");
}

// The steps of a fingerprint, each with the fingerprint that it would be.
function stepsOf(made, scores, without, constants) {
  return steps(made, scores, constants).map((step) => {
    const alike = step.isMade ? made.alike : Math.max(1, step.count);
    return { ...step, without, fingerprint: { ...made, threshold: step.threshold, alike } };
  });
}

// What a selector selects; nothing where it is none.
function select(roots, selector) {
  try {
    return roots.flatMap((root) => [...findAll(root, selector)]);
  } catch {
    return null;
  }
}

function isSelected(element, selector) {
  try {
    return matches(element, selector);
  } catch {
    return false;
  }
}

