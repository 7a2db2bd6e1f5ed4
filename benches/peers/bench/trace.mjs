// What only a trace of Chromium's tells: how long single tasks of a page's main thread are, single clicks and calls.

/** Longer than this a task is called long; source: W3C, "Long Tasks API". */
const LONG_MS = 50;

/** By this mark of its own, the page is found among the browser's processes. */
const MARK = "bench-page";
/** The page's script says by these marks where the calls begin and end. */
const CALLS = { begin: "bench-calls-begin", end: "bench-calls-end" };
const CATEGORIES = ["blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline"];

/**
 * Does something while Chromium keeps a trace. Tells the longest task of the page's main thread and how many are long, for
 * each click how long it was dispatched, and how long the calls took; in milliseconds of the thread's own time. By the clock
 * on the wall, every task is long on a machine that is busy with others.
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
  let result;
  try {
    result = await something();
    await page.evaluate(`void performance.mark("${MARK}")`);
  } finally {
    await browser.send("Tracing.end");
    await complete;
  }

  const { pid, tid } = events.find(({ name }) => name === MARK);
  const own = events.filter((event) => event.pid === pid && event.tid === tid);
  const durations = (wanted) => own.filter(wanted).map(({ tdur = 0 }) => tdur / 1000);
  const tasks = durations(isTask);
  const [begin, end] = [CALLS.begin, CALLS.end].map((mark) => own.find(({ name }) => name === mark)?.tts);
  return {
    result,
    longest: Math.max(0, ...tasks),
    long: tasks.filter((ms) => ms > LONG_MS).length,
    clicks: durations(isClick),
    calls: (end - begin) / 1000,
  };
}

const isTask = ({ name }) => name === "RunTask";
const isClick = ({ name, args }) => name === "EventDispatch" && args.data.type === "click";
const isMark = ({ name }) => name === MARK || Object.values(CALLS).includes(name);
const isOfInterest = (event) => isMark(event) || isTask(event) || isClick(event);
