// Copies the text of the element that a button names, and says so on the button. Where the clipboard is refused, it
// selects the text, so that the keyboard can copy it.

const SAID_FOR_MS = 2000;

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = label), SAID_FOR_MS);
  });
}
