// Writes times in the reader's own time zone and language. Without this module they read in UTC.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const distance = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const STEPS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
];

/** Writes one `<time>`: relative where it asks for that, otherwise the time, with the day when that is not today. */
export function localise(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.valueOf())) return;
  element.title = full.format(at);
  element.textContent = element.dataset.relative === undefined ? absolute(at) : relative(at);
}

function absolute(at) {
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock.format(at) : `${date.format(at)}, ${clock.format(at)}`;
}

function relative(at) {
  let amount = (at - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return distance.format(Math.round(amount), unit);
    amount /= size;
  }
  return date.format(at);
}

for (const element of document.querySelectorAll("time[datetime]")) {
  if (element.dateTime) localise(element);
}
