// What the command line may say.

import { parseArgs } from "node:util";

export const HELP = `./build.sh bench selectors [options]
  --only a,b      these contenders: pugmark, finder, css-selector-generator, optimal-select, playwright, devtools
  --half NAME     only pages and pairs of one half: tuning, "held out"
  --most N        elements of each page that are changed (4), elements of each pair that are followed (40)
  --pairs         version pairs only
  --short         every fifth page and pair, to see whether it works
The pages are read from PUGMARK_PAGES, or ../shared/pages. Every run leaves table.md and results.json in target/selectors; a
whole one also writes docs/selectors.md.`;

export function options() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      half: { type: "string", default: "" },
      most: { type: "string" },
      pairs: { type: "boolean", default: false },
      short: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const isWhole = !values.only && !values.half && !values.most && !values.pairs && !values.short;
  return { ...values, isWhole };
}
