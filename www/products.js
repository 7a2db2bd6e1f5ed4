// The listing: show one kind of gear. Without this module all of it is shown.

const chips = [...document.querySelectorAll("[data-show]")];
const cards = [...document.querySelectorAll("#gear .card")];
const shown = document.getElementById("shown");

for (const chip of chips) {
  chip.addEventListener("click", () => show(chip.dataset.show));
}

function show(kind) {
  for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.show === kind));
  for (const card of cards) card.hidden = kind !== "all" && card.dataset.kind !== kind;
  const count = cards.filter((card) => !card.hidden).length;
  shown.textContent = count === 1 ? "1 product shown" : `${count} products shown`;
}
