// The overlay's own layer: one element at the end of the document, a closed shadow root in it, above everything that the
// page shows. Nothing else of the page is touched.

import theme from "../../../www/theme.css";
import styles from "./styles.css";
import { append, closest, findAll, isConnected, matches, parentNode } from "./dom.js";
import { HOST } from "./page.js";

/** What a rem is. The page decides what it is for the page, and must not for us. */
const REM = 16;

const pixels = (css) => css.replaceAll(/(?<![\w#])(\d*\.?\d+)rem\b/g, (_, rems) => `${rems * REM}px`);

// The tokens belong to an element inside the root: what is said of the host, the page may overrule.
const sheets = [theme.replaceAll(":host", ".layer"), styles].map(pixels);

export class Layer {
  #modal = null;
  #undo = [];

  constructor() {
    this.host = document.createElement(HOST);
    this.host.setAttribute("popover", "manual");
    this.root = this.host.attachShadow({ mode: "closed" });
    // Not by a <style> element, which the page's policy may refuse.
    this.root.adoptedStyleSheets = sheets.map((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      return sheet;
    });
    this.element = document.createElement("div");
    this.element.className = "layer";
    this.element.lang = "en";
    this.root.append(this.element);
    this.#place();
    this.#watch();
  }

  /** Takes the overlay off the page. */
  remove() {
    for (const undo of this.#undo) undo();
    this.host.remove();
  }

  // A page that opens a dialog makes everything outside of it inert, and what is shown later lies above: the host moves
  // into the dialog, or is shown again.
  #watch() {
    const check = () => this.#place();
    const opened = (event) => event.target !== this.host && event.newState === "open" && this.#place(true);
    const focused = (event) => {
      const dialog = event.composedPath().find((node) => node.nodeType === 1 && matches(node, "dialog:modal"));
      if (dialog && dialog !== this.#modal) this.#place(false, dialog);
    };
    const observer = new MutationObserver(check);
    observer.observe(document, { attributeFilter: ["open"], childList: true, subtree: true });
    addEventListener("toggle", opened, true);
    addEventListener("focusin", focused, true);
    // Whatever else may happen to a page.
    const clock = setInterval(check, 1_000);
    this.#undo = [
      () => observer.disconnect(),
      () => removeEventListener("toggle", opened, true),
      () => removeEventListener("focusin", focused, true),
      () => clearInterval(clock),
    ];
  }

  #place(isCovered = false, dialog = this.#openModal()) {
    const home = dialog ?? document.documentElement;
    const isMoving = !isConnected(this.host) || parentNode(this.host) !== home;
    this.#modal = dialog;
    if (!isMoving && !isCovered && this.#isShown()) return;
    const focused = this.root.activeElement;
    if (isMoving) append(home, this.host);
    if (this.#isShown()) this.host.hidePopover();
    this.host.showPopover?.();
    focused?.focus({ preventScroll: true });
  }

  #isShown() {
    return !this.host.showPopover || this.host.matches(":popover-open");
  }

  #openModal() {
    const known = this.#modal;
    if (known && isConnected(known) && matches(known, "dialog:modal")) {
      // Another one may have been opened above it.
      const inner = [...findAll(document, "dialog:modal")].filter((dialog) => dialog !== known);
      const focused = document.activeElement && closest(document.activeElement, "dialog:modal");
      return inner.includes(focused) ? focused : known;
    }
    return [...findAll(document, "dialog:modal")].at(-1) ?? null;
  }
}
