// The trip planner: a single-page app. Each step has its own address and title, made with `history.pushState`, which is
// all a tracker needs to see four page views; nothing here calls it for them.

import { element, track } from "../shop.js";

const PLAN_KEY = "shop:plan";

const TRAILS = [
  { id: "heather-round", name: "Heather Round", km: 18, climb: 640, nights: 1, text: "Moor, wind, and a bothy with a stove." },
  { id: "three-tarns", name: "Three Tarns", km: 34, climb: 1450, nights: 2, text: "A lake to sleep beside, every evening." },
  { id: "scree-path", name: "The Scree Path", km: 41, climb: 2600, nights: 3, text: "The one we test on. Bring patience." },
  { id: "marten-forest", name: "Marten Forest", km: 22, climb: 380, nights: 1, text: "Soft ground, old trees, long shadows." },
];

// `nightly` things weigh their grams once for every night.
const KIT = [
  { id: "pack", name: "Tarn 32 backpack", grams: 1080, always: true },
  { id: "tent", name: "Heather 2 tent, shared", grams: 820 },
  { id: "bag", name: "Marten −4° sleeping bag", grams: 860 },
  { id: "stove", name: "Ember stove and gas", grams: 540 },
  { id: "flask", name: "Burn flask, full", grams: 1130 },
  { id: "mug", name: "Peat mug", grams: 140 },
  { id: "light", name: "Firefly lantern", grams: 230 },
  { id: "rain", name: "Rain shell", grams: 320 },
  { id: "food", name: "Food", grams: 650, nightly: true },
];
const MOST_NIGHTS = 5;
const HEAVY_GRAMS = 8000;

const ROUTES = {
  "": { title: "Pick a trail", draw: drawTrails },
  nights: { title: "How many nights?", draw: drawNights },
  kit: { title: "Pack the bag", draw: drawKit },
  summary: { title: "Your plan", draw: drawSummary },
};

const view = document.getElementById("view");
const home = new URL("./", document.baseURI);
let plan = readPlan();

// ---- Routes

function routeOf(url) {
  const name = new URL(url, home).pathname.slice(home.pathname.length).replace(/^index\.html$/, "");
  return Object.hasOwn(ROUTES, name) ? name : "";
}

function go(name) {
  history.pushState(null, "", new URL(name || "./", home));
  show(name);
  view.querySelector("h1").focus();
  scrollTo(0, 0);
}

function show(name) {
  const { title, draw } = ROUTES[name];
  document.title = `${title} | Trip planner | Spoor`;
  for (const step of document.querySelectorAll("[data-route]")) {
    if (step.dataset.route === name) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  view.replaceChildren(element("h1", { tabindex: "-1" }, title), ...draw());
}

document.querySelector(".steps").addEventListener("click", (event) => {
  const step = event.target.closest("[data-route]");
  const wantsNewTab = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
  if (!step || wantsNewTab) return;
  event.preventDefault();
  go(step.dataset.route);
});
addEventListener("popstate", () => show(routeOf(location.href)));

// ---- State

function readPlan() {
  const fresh = { trail: TRAILS[1].id, nights: TRAILS[1].nights, left: [] };
  try {
    const stored = JSON.parse(localStorage.getItem(PLAN_KEY) ?? "{}");
    const known = TRAILS.some((trail) => trail.id === stored.trail) && stored.nights >= 1 && stored.nights <= MOST_NIGHTS;
    return known && Array.isArray(stored.left) ? stored : fresh;
  } catch {
    return fresh;
  }
}

function change(part) {
  plan = { ...plan, ...part };
  try {
    localStorage.setItem(PLAN_KEY, JSON.stringify(plan));
  } catch {
    // The plan then lasts as long as the page.
  }
}

const trail = () => TRAILS.find((candidate) => candidate.id === plan.trail);
const packed = () => KIT.filter((thing) => thing.always || !plan.left.includes(thing.id));
const gramsOf = (thing) => (thing.nightly ? thing.grams * plan.nights : thing.grams);
const totalGrams = () => packed().reduce((sum, thing) => sum + gramsOf(thing), 0);
const kilos = (grams) => `${(grams / 1000).toFixed(1)} kg`;
const nightsInWords = (count) => (count === 1 ? "1 night" : `${count} nights`);

// ---- Steps

function drawTrails() {
  const cards = TRAILS.map((candidate) => {
    const chosen = candidate.id === plan.trail;
    const button = element(
      "button",
      { type: "button", class: "trail", "aria-pressed": String(chosen), "data-trail": candidate.id },
      profile(candidate),
      element("strong", {}, candidate.name),
      element("span", {}, candidate.text),
      element("span", { class: "small" }, `${candidate.km} km, ${candidate.climb} m up, ${nightsInWords(candidate.nights)}`),
    );
    button.addEventListener("click", () => {
      change({ trail: candidate.id, nights: candidate.nights });
      go("nights");
    });
    return element("li", {}, button);
  });
  return [element("p", { class: "lead" }, "Each of them starts and ends at a railway station."), element("ul", { class: "trails" }, ...cards)];
}

function drawNights() {
  const output = element("output", { for: "nights", class: "big-number" }, nightsInWords(plan.nights));
  const slider = element("input", { id: "nights", type: "range", min: "1", max: String(MOST_NIGHTS), value: String(plan.nights) });
  slider.addEventListener("input", () => {
    change({ nights: slider.valueAsNumber });
    output.textContent = nightsInWords(plan.nights);
    daily.textContent = daysInWords();
  });
  const daysInWords = () => `That is ${(trail().km / (plan.nights + 1)).toFixed(1)} km a day on ${trail().name}.`;
  const daily = element("p", {}, daysInWords());
  return [
    element("div", { class: "panel" }, element("label", { for: "nights" }, "Nights out"), slider, output, daily),
    next("kit", "Pack the bag"),
  ];
}

function drawKit() {
  const total = element("output", { class: "big-number" });
  const word = element("p", {});
  const weigh = () => {
    total.textContent = kilos(totalGrams());
    word.textContent = totalGrams() > HEAVY_GRAMS ? "Your shoulders will remember this trip." : "A good weight. You will hear birds.";
  };
  const things = KIT.map((thing) => {
    const box = element("input", { type: "checkbox", checked: packed().includes(thing), disabled: thing.always === true });
    box.addEventListener("change", () => {
      change({ left: box.checked ? plan.left.filter((id) => id !== thing.id) : [...plan.left, thing.id] });
      weigh();
    });
    return element("li", {}, element("label", { class: "choice" }, box, element("span", {}, thing.name), element("span", { class: "small grams" }, `${gramsOf(thing)} g`)));
  });
  weigh();
  return [
    element("div", { class: "kit" }, element("ul", { class: "kit-list" }, ...things), element("div", { class: "panel", role: "status" }, element("p", { class: "small" }, "On your back"), total, word)),
    next("summary", "See the plan"),
  ];
}

function drawSummary() {
  const saved = element("p", { class: "notice", role: "status" });
  const save = element("button", { type: "button", class: "button", id: "save-plan" }, "Save this plan");
  save.addEventListener("click", () => {
    change({});
    track("trackCustomEvent", "saved_plan", { trail: plan.trail, nights: plan.nights, weight_g: totalGrams() });
    saved.textContent = "Saved in this browser. Send a postcard.";
  });
  return [
    element(
      "div",
      { class: "panel summary" },
      profile(trail()),
      element("h2", {}, trail().name),
      element("p", {}, `${trail().km} km and ${trail().climb} m up, in ${nightsInWords(plan.nights)}. The bag weighs ${kilos(totalGrams())}.`),
      element("ul", { class: "packed" }, ...packed().map((thing) => element("li", {}, thing.name))),
      element("p", { class: "actions" }, save),
      saved,
    ),
  ];
}

function next(name, label) {
  const link = element("a", { class: "button", href: name }, label);
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(name);
  });
  return element("p", { class: "actions" }, link);
}

/** The trail as a line seen from the side: the climb sets the height, the name its shape. */
function profile({ climb, id }) {
  const NS = "http://www.w3.org/2000/svg";
  const height = 12 + climb / 50;
  const points = Array.from({ length: 25 }, (_, i) => {
    const x = i / 24;
    const wave = Math.sin(x * Math.PI) * (0.72 + 0.28 * Math.sin(x * (5 + id.length) + id.charCodeAt(0)));
    return `${(x * 240).toFixed(0)} ${(76 - height * wave).toFixed(1)}`;
  });
  const line = document.createElementNS(NS, "path");
  line.setAttribute("d", `M0 80L${points.join("L")}L240 80Z`);
  const picture = document.createElementNS(NS, "svg");
  picture.setAttribute("viewBox", "0 0 240 80");
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("class", "profile");
  picture.setAttribute("aria-hidden", "true");
  picture.append(line);
  return picture;
}

show(routeOf(location.href));
