// The longest tasks of a page's main thread.

/** Longer than this a task is called long; source: W3C, "Long Tasks API". */
const LONG_MS = 50;

/**
 * Does something while Chromium keeps a trace; tells the longest task of the page's main thread in milliseconds of its own
 * processor time, and how many are long. By the wall's clock, every task is long on a machine that is busy with others.
 */
export async function traced(page, something) {
  const { browser } = page;
  const heard = [];
  const complete = new Promise((done) => {
    const undo = browser.listen(undefined, (method, params) => {
      if (method === "Tracing.dataCollected") heard.push(...params.value.filter(isOfInterest));
      if (method === "Tracing.tracingComplete") undo(), done();
    });
  });
  const includedCategories = ["disabled-by-default-devtools.timeline", "blink.user_timing"];
  const traceConfig = { includedCategories, excludedCategories: ["*"] };
  await browser.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  const result = await something();
  await page.evaluate(`void performance.mark("${MARK}")`);
  await browser.send("Tracing.end");
  await complete;
  const { pid, tid } = heard.find(({ name }) => name === MARK);
  const own = heard.filter((event) => event.name === "RunTask" && event.pid === pid && event.tid === tid);
  const tasks = own.map(({ tdur = 0 }) => tdur / 1000);
  return { result, longest: Math.max(0, ...tasks), long: tasks.filter((ms) => ms > LONG_MS).length };
}

/** By this mark of its own, the page is found among the browser's processes. */
const MARK = "pugmark-bench";
const isOfInterest = ({ name }) => name === "RunTask" || name === MARK;
