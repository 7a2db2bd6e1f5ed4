// Trying it out: what somebody clicks on the page, and which events would fire.

import { definitionOf } from "./draft.js";
import { isSelected } from "./finder.js";
import { nameOf, spoken } from "./names.js";
import { textOf } from "./recorded.js";
import { events } from "./store.js";
import { judge } from "./trial.js";

export class Trying {
  constructor(desk) {
    this.desk = desk;
  }

  /** Whether the page is kept from what is clicked. */
  holding(isHolding) {
    this.desk.picker.isHolding = isHolding;
    this.desk.store.tell("set", { change: { isHolding } });
  }

  clicked(path) {
    const { meaning, model, outlines, picker, signals, store } = this.desk;
    const verdicts = judge(path, this.#rules(), {
      constants: model.constants,
      family: signals.family,
      observe: signals.observe,
      compare: model.compare,
      select: isSelected,
      text: (element) => textOf(element, model.constants.limits),
      fits: model.fits,
      isMeant: (pages) => model.isMeant(pages, location.href),
    });
    const fired = verdicts.filter(({ fires }) => fires).map(({ label, way }) => (way ? `${label}, ${way}` : label));
    const meant = path.find((at) => meaning.meant.includes(at)) ?? path[0];
    const named = picker.isHolding || fired.length ? meant : path[0];
    outlines.pulse(meant, fired.length > 0);
    store.tell("tried", { click: { name: spoken(nameOf(named)), at: Date.now(), verdicts } });
    this.desk.say(fired.length ? `Fires: ${fired.join(", ")}` : "No event fires.");
  }

  // What is being defined, and every other event.
  #rules() {
    const { draft } = this.desk.state;
    const others = events(this.desk.state).map(({ definition }) => definition);
    if (!draft) return others;
    const drafted = definitionOf({ ...draft, name: draft.name || "this_event", label: draft.label || "This event" });
    return [drafted, ...others.filter(({ name }) => name !== draft.name)];
  }
}
