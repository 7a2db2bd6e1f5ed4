// The Rust model (crates/visualizer) as pkg/build/visualizer.mjs has translated it.

import { initSync } from "wasm:glue";

initSync({ module: new WebAssembly.Module() });

export {
  breaches,
  compare,
  constants,
  make,
  name_of,
  page_matches,
  renewed,
  scores,
  selectors,
  strength,
  strength_of_selector,
  text_fits,
} from "wasm:glue";
