// What is measured: the rows of the tables, and the goals that Pugmark has set itself.

/** Circumstances other than a page as fast as the machine in Chromium. */
export const SLOW = "4× slower";
export const FIREFOX = "in Firefox";
export const SLOW_RATE = 4;

/** The sample of clicks that a peer captures by itself, where Pugmark has one for each number of definitions. */
export const AUTOMATIC = "automatic clicks";

/** From these is taken off what the page alone costs. */
export const OVER_THE_PAGE = new Set(
  ["first", "idle", "call", "kept", "outside", "secondIdle", "restore", "passed", "captured", "clicked"],
);

/**
 * The rows of the table: the sample `of` a contender, and `where` it was taken; `goal` is the most that Pugmark's median
 * may be. Less is better in those that are `ranked`: they say where Pugmark is not first.
 */
export const MEASURES = [
  { of: "raw", label: "Script, KB" },
  { of: "gzip", label: "– gzip 9" },
  { of: "brotli", label: "– brotli 11", ranked: "Script, KB with brotli" },
  { of: "first", label: "Main thread to first beacon, ms", goal: 15, ranked: true },
  { of: "idle", label: "Main thread until idle, ms", ranked: true },
  { of: "idle", where: SLOW },
  { of: "longest", where: SLOW, label: "Longest task, 4× slower, ms", goal: 50, ranked: true },
  { of: "long", where: SLOW, label: "– tasks over 50 ms" },
  { of: "beacon", label: "First beacon, by the clock, ms", ranked: true },
  { of: "beacon", where: SLOW },
  { of: "beacon", where: FIREFOX },
  { of: "call", label: "A call of `track`, µs", ranked: true },
  { of: "call", where: SLOW },
  { of: "event", label: "An event with all it leaves to do, µs", goal: 400, ranked: true },
  { of: "event", where: SLOW },
  { of: "bytes", label: "Bytes on the wire per event", goal: 60, ranked: true },
  { of: "withHeads", label: "– with the requests' headers" },
  { of: "bytes", where: FIREFOX },
  { of: "requests", label: "Requests per 100 events", goal: 5, ranked: true },
  { of: "requests", where: FIREFOX },
  { of: "preflights", label: "CORS preflights per 100 events" },
  { of: "arrived", label: "Arrived of 100 events" },
  { of: "arrived", where: FIREFOX },
  { of: "kept", label: "Heap and WebAssembly memory, KB", goal: 350, ranked: true },
  { of: "wasm", label: "– of it WebAssembly memory" },
  { of: "outside", label: "Script text and buffers, KB" },
  { of: "secondIdle", label: "Second visit: main thread until idle, ms", ranked: true },
  { of: "secondBeacon", label: "– first beacon, by the clock, ms" },
  { of: "secondFiles", label: "– files not from the cache" },
  { of: "restored", label: "Comes back from the back/forward cache" },
  { of: "restore", label: "– main thread until idle, ms" },
  { of: "passed", clicks: AUTOMATIC, label: "A click beside the button, clicks captured, µs" },
  { of: "captured", clicks: AUTOMATIC, label: "A click on the button, clicks captured, µs" },
  { of: "clicked", clicks: AUTOMATIC, label: "– with all it leaves to do, µs" },
];

/** The rows of the click table, which has a column for each number of definitions. */
export const CLICK_MEASURES = [
  { of: "passed", label: "A click that makes no event, µs", isFlat: true },
  { of: "passed", where: SLOW },
  { of: "captured", label: "A click that makes an event, µs", isFlat: true },
  { of: "captured", where: SLOW },
  { of: "clicked", label: "– with all it leaves to do, µs" },
  { of: "firstClick", label: "The first click that makes an event, µs" },
  { of: "idle", label: "Load: main thread until idle, ms" },
  { of: "longest", where: SLOW, label: "Longest task of load and first click, 4× slower, ms", goal: 50 },
  { of: "kept", label: "Heap and WebAssembly memory, KB" },
];

/** What a click may cost at the most with so many definitions, in µs, and how many times as much as with one. */
export const CLICK_GOAL = { most: 100, times: 2, definitions: "1,000" };
