// A model for tests without the wasm, with numbers that are easy to reckon with.

import { modelOf } from "../model.js";

export const constants = {
  whole: 1_000,
  near: 60,
  least: 300,
  limits: { alternatives: 20, name: 50, label: 100, description: 1_000, value: 256, link: 1_024 },
  kinds: new Map(
    ["Ttext", "Wwording", "Vword", "Ulink", "Etarget", "Cclass", "ttag", "hheading", "bbefore", "nafter", "oplace"].map((kind) => [
      kind[0],
      kind.slice(1),
    ]),
  ),
};

export const model = modelOf({ constants: () => constants }, "demo");
