// What only a trace of Chromium's tells: the longest tasks of a page's main thread, and what a click's listeners take.

/** Longer than this a task is called long; source: W3C, "Long Tasks API". */
const LONG_MS = 50;

/** By this mark of its own, the page is found among the browser's processes. */
const MARK = "pugmark-bench";
const CATEGORIES = ["blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline"];

/**
 * Does something while Chromium keeps a trace. Tells the longest task of the page's main thread and how many are long, and
 * for each click how long it was dispatched; in milliseconds of the thread's own time. By the clock on the wall, every task
 * is long on a machine that is busy with others.
 */
export async function traced(page, something) {
  const { browser } = page;
  const events = [];
  const complete = new Promise((done) => {
    const undo = browser.listen(undefined, (method, params) => {
      if (method === "Tracing.dataCollected") events.push(...params.value.filter(isOfInterest));
      if (method === "Tracing.tracingComplete") undo(), done();
    });
  });
  const traceConfig = { includedCategories: CATEGORIES, excludedCategories: ["*"] };
  await browser.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  const result = await something();
  await page.evaluate(`void performance.mark("${MARK}")`);
  await browser.send("Tracing.end");
  await complete;

  const { pid, tid } = events.find(({ name }) => name === MARK);
  const own = events.filter((event) => event.pid === pid && event.tid === tid);
  const durations = (wanted) => own.filter(wanted).map(({ tdur = 0 }) => tdur / 1000);
  const tasks = durations(isTask);
  return {
    result,
    longest: Math.max(0, ...tasks),
    long: tasks.filter((ms) => ms > LONG_MS).length,
    clicks: durations(isClick),
  };
}

const isTask = ({ name }) => name === "RunTask";
const isClick = ({ name, args }) => name === "EventDispatch" && args.data.type === "click";
const isOfInterest = (event) => event.name === MARK || isTask(event) || isClick(event);
