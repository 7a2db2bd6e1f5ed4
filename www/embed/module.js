import { init, trackCustomEvent } from "/pugmark.mjs";

init({ site: "demo", endpoint: location.origin });

document.getElementById("try").addEventListener("click", () => {
  trackCustomEvent("tried_example", { example: "module" });
});
