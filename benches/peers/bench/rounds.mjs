// A run: rounds in which everybody has a turn at everything, so that a machine that is slower for a minute is slower for all.

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { clicks } from "./click.mjs";
import { CLICKERS, EMPTY, peers, pugmark } from "./contenders.mjs";
import { CLICK_SITES } from "./definitions.mjs";
import { AUTOMATIC, FIREFOX, SLOW, SLOW_RATE } from "./measures.mjs";
import { Samples } from "./numbers.mjs";
import { slowVisit, visits } from "./visit.mjs";

/** Pugmark's site without definitions, as the peers have none. */
const PLAIN = "plain";

export class Run {
  samples = new Samples();

  /** Prepares the sites, and chooses the contenders whose names are wanted, all if none is named. */
  static async prepare({ collector, site, chromium, firefox, wanted, events }) {
    const run = Object.assign(new Run(), { site, chromium, firefox, events });
    await collector.addSite(PLAIN, []);
    const all = [await pugmark(collector, PLAIN), ...(await peers())];
    run.contenders = all.filter(({ name }) => !wanted.length || wanted.includes(name));
    run.clickers = run.contenders.filter(({ name }) => CLICKERS.includes(name)).map((contender) => [contender, AUTOMATIC]);
    if (run.contenders.includes(all[0])) {
      for (const [place, { name, definitions }] of CLICK_SITES.entries()) {
        await collector.addSite(`clicks-${place}`, definitions);
        run.clickers.push([await pugmark(collector, `clicks-${place}`), name]);
      }
    }
    return run;
  }

  /** The turns of a round, each with its name. Who comes first in one comes last in the next. */
  turns(round) {
    const turns = [];
    if (this.chromium) {
      const onPages = turned([EMPTY, ...this.contenders], round);
      turns.push(...onPages.map((one) => [`${one.name}`, () => this.#visit(one)]));
      turns.push(...onPages.map((one) => [`${one.name}, ${SLOW}`, () => this.#slowVisit(one)]));
      const onClicks = turned([[EMPTY, AUTOMATIC], ...this.clickers], round);
      for (const where of [undefined, SLOW]) {
        const title = ([{ name }, column]) => [name, "clicks", column, where].filter(Boolean).join(", ");
        turns.push(...onClicks.map((one) => [title(one), () => this.#click(one, where)]));
      }
    }
    if (this.firefox) {
      turns.push(...turned(this.contenders, round).map((one) => [`${one.name}, ${FIREFOX}`, () => this.#foxVisit(one)]));
    }
    return turns;
  }

  async #visit(contender) {
    const { files, sample } = await visits(this.chromium, this.site, contender, this.events);
    this.samples.add(contender.name, { ...sample, ...sizes(files) });
  }

  async #slowVisit(contender) {
    this.samples.add(contender.name, await slowVisit(this.chromium, this.site, contender, this.events, SLOW_RATE), SLOW);
  }

  async #click([contender, column], where) {
    const sample = await clicks(this.chromium, this.site, contender, where === SLOW ? SLOW_RATE : 1);
    this.samples.add(contender.name, sample, where, column);
  }

  async #foxVisit(contender) {
    this.samples.add(contender.name, await this.firefox.visit(this.site, contender, this.events), FIREFOX);
  }
}

const turned = (list, by) => list.map((_, place) => list[(place + by) % list.length]);

/** What everything that a page has fetched of a contender weighs, each file packed by itself, in KB of 1,000 bytes. */
function sizes(files) {
  const brotli = (file) =>
    brotliCompressSync(file, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: file.length },
    });
  const sum = (weigh) => files.reduce((sum, file) => sum + weigh(file), 0) / 1000;
  return {
    raw: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
    brotli: sum((file) => brotli(file).length),
  };
}
