// What the panel shows, as plain data, and how it changes: one function from what was and what happened to what is.

/** The steps of making an event, in order, by kind. */
export const STEPS = {
  click: ["element", "pages", "name", "trial"],
  page: ["pages", "name", "trial"],
};

/** How many clicks the trial remembers. Judgement (November 2026): more than anybody reads. */
const MAX_TRIED = 20;

export const beginning = {
  /** home, pick, element, pages, name, trial, saved. */
  screen: "home",
  /** What is being defined: see draft.js. */
  draft: null,
  /** Whether the draft differs from what is saved. */
  isChanged: false,
  /** What is known of the element that is picked: see Desk. */
  picked: null,
  /** What is pointed at while picking. */
  pointed: null,
  isFrozen: false,
  /** Whether what is picked next counts as well, rather than instead. */
  isAdding: false,
  /** Whether everything that can be clicked is outlined. */
  isRevealing: false,
  /** How many of that are in view. */
  inView: 0,
  definitions: [],
  drafts: [],
  names: [],
  isLoaded: false,
  /** Pages seen lately: `{url, views}`. */
  pages: [],
  url: "",
  /** How each event does on this page, by name. */
  here: {},
  isOutlined: true,
  tried: [],
  isHolding: true,
  isHelping: false,
  /** Where somebody is going who would lose what is not saved: "home" or "leave". */
  leaving: null,
  problem: null,
  busy: null,
  /** What is announced to screen readers. */
  said: "",
  corner: "bottom-right",
  isSmall: false,
};

/** What is kept for the next page. */
export function kept({ screen, draft, isChanged, corner, isSmall, tried, isHolding, isOutlined }) {
  // What was pointed at is gone with the page.
  const back = screen === "pick" && draft ? "element" : screen;
  return { screen: draft ? back : "home", draft, isChanged, corner, isSmall, tried, isHolding, isOutlined };
}

export function reduce(state, { type, ...said }) {
  switch (type) {
    case "resumed":
      return { ...state, ...said.work };
    case "loaded":
      return { ...state, ...said.known, isLoaded: true };
    case "moved":
      return { ...state, url: said.url, here: {}, picked: null, pointed: null };
    case "surveyed":
      return { ...state, here: said.here };
    case "went":
      return { ...state, screen: said.screen, problem: null, pointed: null, isFrozen: false, isAdding: false, isRevealing: false, inView: 0, isHelping: false };
    case "began":
      return { ...state, draft: said.draft, isChanged: false, picked: null, problem: null, tried: [] };
    case "edited":
      return { ...state, draft: { ...state.draft, ...said.change }, isChanged: true, problem: null };
    case "judged":
      return { ...state, picked: said.picked, draft: { ...state.draft, ...said.change } };
    case "pointed":
      return { ...state, pointed: said.pointed };
    case "froze":
      return { ...state, isFrozen: said.isFrozen };
    case "tried":
      return { ...state, tried: [said.click, ...state.tried].slice(0, MAX_TRIED) };
    case "saved":
      return { ...state, drafts: withDraft(state.drafts, said.saved), busy: null, problem: null };
    case "discarded":
      return { ...state, drafts: state.drafts.filter(({ definition }) => definition.name !== said.name), busy: null };
    case "closed":
      return { ...state, leaving: null, draft: null, picked: null, isChanged: false, tried: [], screen: "home", problem: null };
    case "failed":
      return { ...state, problem: said.problem, busy: null };
    case "said":
      // A screen reader says the same again only if it differs.
      return { ...state, said: said.text === state.said ? `${said.text}\u00a0` : said.text };
    case "set":
      return { ...state, ...said.change };
    default:
      throw new Error(`nothing is known of "${type}"`);
  }
}

/** The events of the site as they would be if every draft were published: `{definition, isDraft, isPublished}`. */
export function events({ definitions, drafts }) {
  const proposed = new Map(drafts.map(({ definition }) => [definition.name, definition]));
  const published = definitions.map((definition) => ({
    definition: proposed.get(definition.name) ?? definition,
    isDraft: proposed.has(definition.name),
    isPublished: true,
  }));
  const names = new Set(definitions.map(({ name }) => name));
  const fresh = [...proposed.values()].filter(({ name }) => !names.has(name));
  return [...published, ...fresh.map((definition) => ({ definition, isDraft: true, isPublished: false }))];
}

function withDraft(drafts, saved) {
  return [saved, ...drafts.filter(({ definition }) => definition.name !== saved.definition.name)];
}

/** Holds the state, and tells whoever listens when it has changed. */
export function storeOf(state) {
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    tell(type, said = {}) {
      state = reduce(state, { type, ...said });
      for (const listener of listeners) listener(state);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
