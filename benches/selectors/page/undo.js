// Takes back whatever was done to the document, so that each change is tried on the page as it came.

const EVERYTHING = {
  subtree: true,
  childList: true,
  attributes: true,
  attributeOldValue: true,
  characterData: true,
  characterDataOldValue: true,
};

/** What `change` says, judged by `judge` while the change lasts. */
export function during(change, judge) {
  const observer = new MutationObserver(() => {});
  observer.observe(document, EVERYTHING);
  try {
    return change() === false ? undefined : judge();
  } finally {
    observer.takeRecords().reverse().forEach(undo);
    observer.disconnect();
  }
}

function undo({ type, target, addedNodes, removedNodes, nextSibling, attributeName, attributeNamespace, oldValue }) {
  if (type === "characterData") target.data = oldValue;
  else if (type === "attributes") {
    if (oldValue === null) target.removeAttributeNS(attributeNamespace, attributeName);
    else target.setAttributeNS(attributeNamespace, attributeName, oldValue);
  } else {
    addedNodes.forEach((node) => node.remove());
    removedNodes.forEach((node) => target.insertBefore(node, nextSibling));
  }
}
