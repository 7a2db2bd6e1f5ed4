// Joining: says who the visitor is, then that they joined. In this order, so that the event is the contact's at once.

import { track } from "./shop.js";

const form = document.getElementById("signup");
const email = form.elements.email;
const error = document.getElementById("email-error");
const done = document.getElementById("signup-done");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!email.validity.valid) {
    error.textContent = email.validity.valueMissing
      ? "We need an address to write to."
      : "This does not look like an email address. One reads: name@example.org.";
    email.setAttribute("aria-invalid", "true");
    email.focus();
    return;
  }

  track("identify", { email: email.value });
  track("trackCustomEvent", "signed_up", { plan: form.elements.plan.value });

  document.getElementById("signup-email").textContent = email.value;
  form.hidden = true;
  done.hidden = false;
  done.focus();
});

email.addEventListener("input", () => {
  error.textContent = "";
  email.removeAttribute("aria-invalid");
});
