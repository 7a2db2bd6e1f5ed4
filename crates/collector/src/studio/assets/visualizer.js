// Opens the site's page in a new tab, with the code that lets the visualizer in. The tab is opened within the click, or
// browsers would take it for an advertisement, and gets its address once the code is there. Without this module the form
// leads to a page with the link; as it does, to a question, where the address is of an origin that was never opened before.

for (const form of document.querySelectorAll("form[data-opens-visualizer]")) {
  form.addEventListener("submit", (event) => {
    const field = form.elements.url;
    field.value = written(field.value);
    if (!isKnown(form, field.value)) return;
    const tab = open("", "_blank");
    // Refused: the form goes the way it goes without this module.
    if (!tab) return;
    event.preventDefault();
    show(form, tab);
  });
}

async function show(form, tab) {
  let answer;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    // Who is no longer signed in is led to a page.
    answer = response.redirected ? { error: "You are signed out. Sign in and try again." } : await response.json();
  } catch {
    answer = { error: "The collector did not answer. Try again in a moment." };
  }
  say(form, answer.error ?? "");
  if (answer.error) {
    tab.close();
  } else {
    // The site's page is to know nothing of the studio's.
    tab.opener = null;
    tab.location.replace(answer.address);
  }
}

function say(form, sentence) {
  const place = form.querySelector("[data-said]");
  place.textContent = sentence;
  place.hidden = !sentence;
}

/** Whether nothing is asked about this address: its origin is known, or has just been confirmed. */
function isKnown(form, address) {
  const known = [...form.dataset.own.split(" "), form.elements.confirmed.value];
  try {
    return known.includes(new URL(address).origin);
  } catch {
    // Of what is no address it is said at once.
    return true;
  }
}

/** An address as browsers send it: names in other letters than those of ASCII are written otherwise there. */
function written(address) {
  try {
    return new URL(address.trim()).href;
  } catch {
    return address;
  }
}
