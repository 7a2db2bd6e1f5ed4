// Which elements are asked for, and which element of another version of the page is the same one.

const CLICKABLE = "a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=tab],[role=menuitem],[onclick]";

export const clickables = () => [...document.querySelectorAll(CLICKABLE)].filter((element) => document.body.contains(element));

export const textOf = (element) => {
  const button = element.localName === "input" && ["submit", "button", "reset"].includes(element.type);
  return (button ? element.value : element.textContent).replace(/\s+/g, " ").trim();
};

/** Where it leads, without host, query and fragment; empty for what leads nowhere. */
export function linkOf(element) {
  const href = element.getAttribute("href") ?? "";
  if (/^(javascript|mailto|tel):/.test(href)) return "";
  if (href.startsWith("#")) return href.length > 1 ? href : "";
  try {
    return new URL(href || "#", document.baseURI).pathname.replace(/\/$/, "") && new URL(href, document.baseURI).pathname;
  } catch {
    return href;
  }
}

/** By what a visitor could tell an element: if another has the same, they are twins. */
export const looks = (element) =>
  [element.localName, textOf(element), element.getAttribute("href"), ...["id", "name", "aria-label", "title", "placeholder", "value", "type"].map((name) => element.getAttribute(name))].join("\n");

/** Text and link of every clickable, in the order of the document. */
export const described = () => clickables().map((element) => ({ text: textOf(element).slice(0, 200), link: linkOf(element) }));
