// A model for tests without the wasm, with numbers that are easy to reckon with.

import { modelOf } from "../model.js";

export const constants = {
  whole: 1_000,
  near: 60,
  least: 300,
  alternatives: 20,
  kinds: new Map(
    ["Ttext", "Wwording", "Vword", "Ulink", "Etarget", "Cclass", "ttag", "hheading", "bbefore", "nafter", "oplace"].map((kind) => [
      kind[0],
      kind.slice(1),
    ]),
  ),
};

export const model = modelOf({ constants: () => constants }, "demo");
