// What becomes a draft in the collector: what was defined, another status, another way to know an element.

import { definitionOf } from "./draft.js";
import { events } from "./store.js";

const NOTED = "Noted as a draft. Publish it in the studio.";

export class Saving {
  constructor(desk) {
    this.desk = desk;
  }

  /** Saves what is being defined. */
  async save() {
    const { store } = this.desk;
    const definition = definitionOf(this.desk.state.draft);
    const breaches = this.desk.model.breaches(definition);
    if (breaches.length) return this.desk.failed({ message: "Some things are still to be changed:", breaches });
    store.tell("set", { change: { busy: "save" } });
    const saved = await this.#saved(definition, () => this.save());
    if (!saved) return;
    store.tell("set", { change: { isChanged: false } });
    this.desk.go("saved");
    this.desk.say("Saved as a draft. Publish it in the studio.");
    await this.desk.here.look();
  }

  /** Proposes another status for an event. */
  async setStatus(name, status) {
    await this.#note({ ...this.#definition(name), status }, () => this.setStatus(name, status));
  }

  async discard(name) {
    const { session, store, here } = this.desk;
    const done = await this.desk.attempt(async () => (await session.discardDraft(name)) ?? true, () => this.discard(name));
    if (!done) return;
    store.tell("discarded", { name });
    await here.look();
  }

  /** Takes what comes nearest to an event as another way to know its element; the old one stays. */
  async takeNearest(name) {
    const nearest = this.desk.here.nearest(name);
    if (!nearest) return;
    const { finder, model, signals } = this.desk;
    const { element, target, renewed: fingerprint } = nearest;
    // So much is gone that only an easier threshold would let it through: then something else would come as near.
    if (fingerprint.threshold < target.fingerprint.threshold) {
      return this.desk.failed({ message: "Too little is left of what the event knew. Edit it, and pick the element again." });
    }
    // A text that was asked for may be what has changed.
    const alternative = { selector: finder.selectorOf(element, signals.observe(element)), text: null, fingerprint };
    const definition = this.#definition(name);
    const { trigger } = definition;
    const changed = { ...definition, trigger: { ...trigger, alternatives: [...(trigger.alternatives ?? []), alternative] } };
    const breaches = model.breaches(changed);
    if (breaches.length) return this.desk.failed({ message: "It cannot be taken beside what the event knows already:", breaches });
    await this.#note(changed, () => this.takeNearest(name));
  }

  async #note(definition, again) {
    if (!(await this.#saved(definition, again))) return;
    this.desk.say(NOTED);
    await this.desk.here.look();
  }

  async #saved(definition, again) {
    const saved = await this.desk.attempt(() => this.desk.session.saveDraft(definition), again);
    if (saved) this.desk.store.tell("saved", { saved });
    return saved;
  }

  #definition(name) {
    return events(this.desk.state).find(({ definition }) => definition.name === name).definition;
  }
}
