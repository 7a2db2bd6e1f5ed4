// The way through the visualizer: from one screen to the next, and from one page to the next. What a screen asks for is in
// the parts: what the draft means, what is here, trying it out, saving.

import { Clickables } from "./clickables.js";
import { outlined } from "./counts.js";
import { show } from "./dom.js";
import { clickDraft, draftOf, pageDraft } from "./draft.js";
import { Finder } from "./finder.js";
import { Here } from "./here.js";
import { Meaning } from "./meaning.js";
import { nameOf, spoken } from "./names.js";
import { barrier, closedFrames, documents, isClosed, isCovered, isFrame } from "./page.js";
import { proposals } from "./patterns.js";
import { Saving } from "./saving.js";
import { STEPS, events, kept } from "./store.js";
import { Trying } from "./trying.js";

/** How often the address is looked at, in milliseconds: sites with a router change it without telling anybody. */
const LOOK = 300;

/** How long the page must be still before it is read again, in milliseconds. */
const STILL = 700;

/** What of a page is a change. */
const OBSERVED = { childList: true, subtree: true, attributes: true, characterData: true };

export class Desk {
  #observer = null;
  #hasSaidHowMany = false;

  constructor({ store, session, model, signals, outlines, picker, host }) {
    Object.assign(this, { store, session, model, signals, outlines, picker, host });
    this.clickables = new Clickables(outlines, (inView) => this.#revealing(inView));
    this.finder = new Finder(this);
    this.meaning = new Meaning(this);
    this.here = new Here(this);
    this.trying = new Trying(this);
    this.saving = new Saving(this);
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
      this.attempt(() => this.session.definitions(), () => this.#load()),
      this.attempt(() => this.session.pages(), () => this.#load()),
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
    this.#observer = new MutationObserver(changed);
    this.#observe();
  }

  // Frames and open components come and go with the page around them.
  #observe() {
    for (const root of documents().flatMap((root) => this.finder.rootsIn(root))) this.#observer.observe(root, OBSERVED);
  }

  // What we do ourselves, and what moves without becoming something else.
  #isNothing({ target, attributeName, addedNodes, removedNodes }) {
    const nodes = [...addedNodes, ...removedNodes];
    return target === this.host || attributeName === "style" || (nodes.length > 0 && nodes.every((node) => node === this.host));
  }

  async #moved() {
    this.finder.forget();
    this.meaning.forget();
    this.store.tell("moved", { url: location.href });
    this.say(`The page is now ${location.pathname}`);
    await this.look();
  }

  async #changed() {
    this.finder.forget();
    this.#observe();
    if (this.state.isRevealing) await this.clickables.show();
    if (this.picker.mood === "pick") return this.#veil();
    await this.look();
  }

  /** Reads the page again: what is being defined, and how the events do. */
  async look() {
    if (this.state.draft?.kind === "click") await this.meaning.judge();
    await this.here.look();
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
    this.clickables.hide();
    this.outline();
  }

  step(by) {
    const { draft, screen } = this.state;
    const all = STEPS[draft.kind];
    const next = all[all.indexOf(screen) + by];
    if (next) this.go(next);
    else this.ask("home");
  }

  home() {
    this.meaning.forget();
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

  /** Lets somebody pick the element, or one that `isAdding` to it. */
  pick(isAdding = false) {
    this.go("pick");
    this.store.tell("set", { change: { isAdding } });
    this.#veil();
    this.say("Pick an element. Tab goes through what can be clicked, the arrows through everything, Enter picks, Escape cancels.");
  }

  // What happens inside a closed frame, nobody tells us: a veil catches the pointer before.
  #veil() {
    const veils = closedFrames().map((element) => ({
      element,
      onPointed: () => this.pointed(element, element, barrier(element)),
      onPicked: () => this.picked(element, element),
      isHidden: () => isCovered(element, this.host),
    }));
    this.outlines.show("veil", veils);
  }

  async edit(name) {
    const { definition } = events(this.state).find((event) => event.definition.name === name);
    this.meaning.forget();
    this.store.tell("began", { draft: draftOf(definition, location.href) });
    this.go(definition.trigger.type === "CLICKED_ELEMENT" ? "element" : "pages");
    await this.look();
  }

  // --- Picking --------------------------------------------------------------------------------------------------------

  pointed(element, hit, warning, where) {
    const name = spoken(nameOf(element));
    this.outlines.show("hover", [{ element, label: name, isWarned: Boolean(warning) }]);
    this.store.tell("pointed", { pointed: { name, warning } });
    this.onPointed?.(element);
    this.say([name, where, warning].filter(Boolean).join(". "));
  }

  cancelled() {
    const { draft } = this.state;
    if (draft?.target?.selector) this.go("element");
    else this.home();
  }

  helped() {
    this.store.tell("set", { change: { isHelping: !this.state.isHelping } });
  }

  /** Outlines everything that can be clicked, or no longer. */
  revealed() {
    const isRevealing = !this.state.isRevealing;
    this.#hasSaidHowMany = false;
    this.store.tell("set", { change: { isRevealing, inView: 0 } });
    this.say(isRevealing ? "Everything in view that can be clicked is outlined." : "Only what is pointed at is outlined.");
    if (isRevealing) this.clickables.show();
    else this.clickables.hide();
  }

  // That not all are outlined is said aloud once, not with every step of scrolling.
  #revealing(inView) {
    if (inView !== this.state.inView) this.store.tell("set", { change: { inView } });
    if (!outlined(inView) || this.#hasSaidHowMany) return;
    this.#hasSaidHowMany = true;
    this.say(`${outlined(inView)}.`);
  }

  froze(isFrozen) {
    this.store.tell("froze", { isFrozen });
    this.say(isFrozen ? "The page holds still: menus stay open." : "The page moves again.");
  }

  async picked(element, hit) {
    // Of clicks into a plug-in nothing is heard.
    if (isClosed(element) && !isFrame(element)) return this.say(barrier(element));
    const name = nameOf(element);
    const { draft, isAdding } = this.state;
    if (!draft.label) this.rename(proposed(name));
    this.go("element");
    if (isAdding) return this.meaning.add(element, name);
    await this.meaning.take(element, hit);
    this.say(`${spoken(name)}. ${this.meaning.counted()}`);
  }

  /** Hears of a click on the page, while it is tried out. */
  clicked(path) {
    this.trying.clicked(path);
  }

  // --- The draft ------------------------------------------------------------------------------------------------------

  edited(change) {
    this.store.tell("edited", { change });
  }

  rename(label) {
    const { draft } = this.state;
    this.edited({ label, ...(!draft.isNamed && { name: label.trim() ? this.model.nameOf(label) : "" }) });
  }

  // --- Showing things -------------------------------------------------------------------------------------------------

  outlined(isOutlined) {
    this.store.tell("set", { change: { isOutlined } });
    this.outline();
  }

  /** Draws around what the screen speaks of. */
  outline() {
    const { screen, draft, isOutlined } = this.state;
    const { element, meant } = this.meaning;
    const isDefining = draft?.kind === "click" && screen !== "pick";
    const several = meant.length > 1;
    this.outlines.show("match", isDefining ? meant.map((element, i) => ({ element, label: several ? String(i + 1) : "" })) : []);
    this.outlines.show("current", isDefining && several && element ? [{ element }] : []);
    this.outlines.show("event", screen === "home" && isOutlined ? this.here.boxes : []);
  }

  /** Brings an element into view, lets it light up and says what it is. */
  point(element, before = "") {
    show(element);
    this.outlines.pulse(element, false);
    this.say(`${before}${spoken(nameOf(element))}`);
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

  /** What the collector answers; where it refuses, that is shown, with the way to try `again` if it may help. */
  async attempt(ask, again) {
    try {
      return await ask();
    } catch (reason) {
      this.failed(reason, reason.isOver || reason.isTaken || reason.breaches?.length ? null : again);
      return null;
    }
  }
}

function proposed({ kind, text, where }) {
  const what = text || kind.toLowerCase();
  // Where it stands helps as long as the name is still one to say aloud.
  const place = what.length + where.length < 36 && where ? ` in ${where.replace(/[“”]/g, "")}` : "";
  return `Clicked ${what}${place}`.replace(/[.…\s]+$/, "");
}
