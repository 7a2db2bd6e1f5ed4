// Who is measured: each makes a rule for an element, a text, and finds what the rule means on a page, maybe another one.

import { finder } from "@medv/finder";
import { getCssSelector } from "css-selector-generator";
import { select } from "optimal-select";
import { Observed } from "./observed.js";

const css = (make) => ({ make, find: (rule) => [...document.querySelectorAll(rule)] });

export const contenders = {
  pugmark: {
    make(element) {
      const { own, others, beside } = new Observed().around(element);
      return JSON.stringify(globalThis.model.make(own, others, beside, []));
    },
    find(rule) {
      const fingerprint = JSON.parse(rule);
      const page = new Observed();
      const elements = page.of(fingerprint.family);
      const scores = globalThis.model.scores(fingerprint, page.lines(elements));
      return elements.filter((_, place) => scores[place] >= fingerprint.threshold);
    },
    declaresAlike: (rule) => JSON.parse(rule).alike > 1,
  },
  finder: css((element) => finder(element)),
  "css-selector-generator": css((element) => getCssSelector(element)),
  "optimal-select": css((element) => select(element)),
  playwright: {
    make: (element) => playwright().generateSelectorSimple(element, {}),
    find: (rule) => playwright().querySelectorAll(playwright().parseSelector(rule), document),
  },
  devtools: css(copiedSelector),
};

let injected;

/** What Playwright injects into a page, as its code generator does. */
function playwright() {
  if (!injected) {
    const module = { exports: {} };
    new Function("module", "exports", PLAYWRIGHT_SOURCE)(module, module.exports);
    injected = new (module.exports.InjectedScript())(globalThis, {
      isUnderTest: false,
      sdkLanguage: "javascript",
      testIdAttributeName: "data-testid",
      stableRafCount: 1,
      browserName: "chromium",
      customEngines: [],
    });
  }
  return injected;
}

/** "Copy selector" of Chromium's developer tools, written after what it does: there is no package of it. From the element
 * outwards to the first id; where a sibling has the same tag, all classes; where those do not tell them apart, the place. */
function copiedSelector(element) {
  const steps = [];
  for (let node = element; node; node = node.parentElement) {
    const step = copiedStep(node, node === element);
    steps.unshift(step);
    if (node.getAttribute("id") || node.localName === "body") break;
  }
  return steps.join(" > ");
}

function copiedStep(node, isTarget) {
  const id = node.getAttribute("id");
  if (id) return `#${CSS.escape(id)}`;
  const tag = node.localName;
  const siblings = [...(node.parentElement?.children ?? [])].filter((other) => other !== node);
  const like = siblings.filter((other) => other.localName === tag);
  const type = isTarget && tag === "input" && node.getAttribute("type");
  if (type && !node.className) return `${tag}[type=${CSS.escape(type)}]`;
  if (!like.length) return tag;
  const classes = [...node.classList];
  const isTold = classes.length && like.every((other) => !classes.every((name) => other.classList.contains(name)));
  if (isTold) return tag + classes.map((name) => `.${CSS.escape(name)}`).join("");
  return `${tag}:nth-child(${[...node.parentElement.children].indexOf(node) + 1})`;
}
