// Talks to the collector, and keeps in the tab what must survive a navigation.

/** What the collector, or the way to it, refuses: a sentence that says what to do. */
export class Refusal extends Error {
  constructor(sentence, { isOver = false, breaches = [], isTaken = false } = {}) {
    super(sentence);
    /** Whether the session has ended: everything else would be refused as well. */
    this.isOver = isOver;
    /** What is wrong with a definition, a sentence each. */
    this.breaches = breaches;
    /** Whether the name is another event's. */
    this.isTaken = isTaken;
  }
}

const CODE = /^[0-9a-f]{32}$/;

/** Stands for a code while it is exchanged; to another page it is a visit that is over. */
const USED = "used";

/** How long the collector may take to answer, in milliseconds. Judgement (November 2026): longer, and people try again. */
const PATIENCE = 10_000;

const AGAIN = "Open the visualizer again from the studio";

export class Session {
  #collector;
  #key;
  #storage;

  /**
   * Begins a session with the code that is kept under `key`, or goes on with the one that is.
   *
   * @returns {Promise<Session>}
   * @throws {Refusal} when there is none; the key is removed then.
   */
  static async enter({ collector, site, key, storage = sessionStorage }) {
    const session = new Session();
    session.#collector = collector;
    session.#key = key;
    session.#storage = storage;
    try {
      await session.#begin(site);
      return session;
    } catch (error) {
      storage.removeItem(key);
      throw error;
    }
  }

  async #begin(site) {
    const kept = this.#storage.getItem(this.#key) ?? "";
    const state = CODE.test(kept) ? await this.#exchange(kept) : parsed(kept);
    if (!state?.token || !(state.expires > Date.now())) throw new Refusal(`This visit of the visualizer is over. ${AGAIN}.`);
    if (state.site !== site) throw new Refusal(`The invitation is for the site “${state.site}”, and this page is of “${site}”. ${AGAIN}.`);
    this.token = state.token;
    this.studio = state.studio;
    this.expires = state.expires;
    /** The event that the studio asked to edit; said once. */
    this.event = CODE.test(kept) ? state.event : null;
    this.#storage.setItem(this.#key, JSON.stringify({ ...state, event: null }));
  }

  async #exchange(code) {
    // A code is good for one try: whatever becomes of it, the next page must not send it again. The key stays meanwhile,
    // because it tells the frames of this page that the visit is not counted.
    this.#storage.setItem(this.#key, USED);
    try {
      return await this.#ask("POST", "session", { code });
    } catch (error) {
      if (error.isOver) throw new Refusal(`The link has been used, or is older than a minute. ${AGAIN}.`);
      throw error;
    }
  }

  definitions() {
    return this.#ask("GET", "definitions");
  }

  async pages() {
    return (await this.#ask("GET", "pages")).pages;
  }

  saveDraft(definition) {
    return this.#ask("PUT", `drafts/${encodeURIComponent(definition.name)}`, definition);
  }

  discardDraft(name) {
    return this.#ask("DELETE", `drafts/${encodeURIComponent(name)}`);
  }

  report(url, findings) {
    return this.#ask("POST", "findings", { url, findings });
  }

  /** What was being done, from the page before. Kept apart from the token, so that a new invitation finds it as well. */
  get work() {
    return parsed(this.#storage.getItem(`${this.#key}:work`)) ?? {};
  }

  /** Keeps what is being done for the next page; where the tab's storage is full or refused, it is lost there. */
  keep(work) {
    try {
      this.#storage.setItem(`${this.#key}:work`, JSON.stringify(work));
    } catch {}
  }

  /** Ends edit mode: the next page of this tab is a visitor's. */
  leave() {
    this.#storage.removeItem(this.#key);
    this.#storage.removeItem(`${this.#key}:work`);
  }

  async #ask(method, path, body) {
    const answer = await fetch(new URL(`v1/visualizer/${path}`, this.#collector), {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body && { "content-type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => {
      throw new Refusal(unreachable(this.#collector));
    });
    if (answer.status === 204) return null;
    const content = await answer.json().catch(() => null);
    if (answer.ok && content) return content;
    throw refusal(answer, content?.error);
  }
}

function unreachable(collector) {
  const { host } = new URL(collector);
  return `The collector at ${host} does not answer. Check that you are online and that the page's policy (CSP, connect-src) allows ${host}, then try again. What you made is kept.`;
}

function refusal({ status, headers }, error) {
  const breaches = error?.breaches ?? [];
  switch (status) {
    case 400:
      return new Refusal(breaches.length ? "The collector asks for changes:" : inWords(error), { breaches });
    case 401:
    case 403:
      return new Refusal(`Your hour in the visualizer is over. ${AGAIN}: what you were making is kept in this tab.`, {
        isOver: true,
      });
    case 409:
      return new Refusal("This name belongs to another event already. Choose another one.", { isTaken: true });
    case 429:
    case 503:
      return new Refusal(`The collector is busy. Try again in ${Number(headers.get("retry-after")) || 5} seconds.`);
    default:
      return new Refusal(`The collector answers ${status}: ${inWords(error)} Try again; if it stays so, tell whoever runs it.`);
  }
}

const inWords = (error) => (error?.message ? `${error.message}.` : "it gives no reason.");

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
