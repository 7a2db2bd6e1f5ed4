// The tracker as JavaScript, loaded where a page refuses the wasm.

import { initSync } from "./exports.js";

initSync({ module: new WebAssembly.Module() });

export { tracker } from "./exports.js";
