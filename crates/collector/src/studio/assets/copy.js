// Copies the text of the element or field that a button names, and says so on the button. Where the clipboard is refused,
// it selects the text, so that the keyboard can copy it.

const SAID_FOR_MS = 2000;

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = [...button.childNodes];
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      // Of a field, what stands in it now.
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      button.textContent = "Copied";
    } catch {
      source.select ? source.select() : getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => button.replaceChildren(...label), SAID_FOR_MS);
  });
}
