// On which pages: rules with wildcards, and what they mean among the pages seen lately.

import { plural } from "../counts.js";
import { preview, proposals } from "../patterns.js";
import { Breaches, IconButton, Steps } from "./parts.jsx";
import { Recorded } from "./recorded.jsx";
import { recordedOf } from "../recorded.js";

const MATCHES = [
  ["wildcard", "is like (* stands for anything)"],
  ["exact", "is exactly"],
  ["prefix", "starts with"],
  ["contains", "contains"],
];

export function PagesScreen({ desk, state }) {
  const { draft, pages, url } = state;
  const isClick = draft.kind === "click";
  const set = (pages) => desk.edited({ pages });
  const breaches = draft.pages.length ? desk.meaning.breaches(draft).filter((breach) => breach.includes("pattern")) : [];
  return (
    <>
      <p>{isClick ? "The click counts on these pages." : "A view of one of these pages counts."}</p>
      <ul class="proposals" aria-label="Proposals">
        {isClick && <Proposal label="Every page" isChosen={!draft.pages.length} choose={() => set([])} />}
        {proposals(url).map(({ label, pattern }) => (
          <Proposal
            key={label}
            label={label}
            isChosen={draft.pages.length === 1 && same(draft.pages[0], pattern)}
            choose={() => set([pattern])}
          />
        ))}
      </ul>
      {draft.pages.map((pattern, place) => (
        <Pattern
          key={place}
          pattern={pattern}
          place={place}
          set={(change) => set(draft.pages.map((at, i) => (i === place ? { ...at, ...change } : at)))}
          remove={() => set(draft.pages.filter((_, i) => i !== place))}
          canRemove={isClick || draft.pages.length > 1}
        />
      ))}
      <button type="button" class="link" onClick={() => set([...draft.pages, { match: "wildcard", value: new URL(url).pathname }])}>
        {draft.pages.length ? "Or another page" : "Only certain pages"}
      </button>
      {breaches.length > 0 && <Breaches breaches={breaches} />}
      <Preview desk={desk} draft={draft} pages={pages} url={url} />
      <p class="muted">The path is compared; what follows a ? or # only if your rule names it.</p>
      {!isClick && <Recorded draft={draft} rows={recordedOf(null, desk.model.constants.limits)} />}
      <Steps desk={desk} isFirst={!isClick} obstacle={breaches[0] || (!isClick && !draft.pages.some(({ value }) => value.trim()) ? "Say which pages are meant." : null)} />
    </>
  );
}

function Proposal({ label, isChosen, choose }) {
  return (
    <li>
      <button type="button" class="chip" aria-pressed={isChosen} onClick={choose}>
        {label}
      </button>
    </li>
  );
}

function Pattern({ pattern, place, set, remove, canRemove }) {
  return (
    <div class="fields pattern">
      <select aria-label={`How address ${place + 1} is compared`} value={pattern.match} onChange={(event) => set({ match: event.target.value })}>
        {MATCHES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <input
        class="code"
        aria-label={`Address ${place + 1}`}
        value={pattern.value}
        spellcheck={false}
        autocomplete="off"
        onInput={({ target: { value } }) => set({ value, match: asMeant(pattern.match, value) })}
      />
      {canRemove && <IconButton icon="close" label={`Remove address ${place + 1}`} onClick={remove} />}
    </div>
  );
}

function Preview({ desk, draft, pages, url }) {
  const isHere = desk.model.isMeant(draft.pages, url);
  const { all, count, examples, misses } = preview(draft.pages, pages, desk.model.isMeant);
  return (
    <div class="preview" aria-live="polite">
      <p>
        <strong class={`count ${isHere ? "one" : ""}`}>This page: {isHere ? "yes" : "no"}</strong>{" "}
        {all ? `${count} of the ${plural(all, "page", "pages")} seen lately.` : "No pages were seen lately to compare with."}
      </p>
      <Pages title="For example" pages={examples} />
      {misses.length > 0 && <Pages title="Not, though near" pages={misses} isMiss />}
    </div>
  );
}

function Pages({ title, pages, isMiss }) {
  if (!pages.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class={isMiss ? "urls misses" : "urls"}>
        {pages.map(({ url, views }) => (
          <li key={url}>
            <bdi>{short(url)}</bdi> <span class="muted">{plural(views, "view", "views")}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

// Whoever writes a * means anything by it.
const asMeant = (match, value) => (match === "exact" && value.includes("*") ? "wildcard" : match);
const short = (url) => (url.startsWith(location.origin) ? url.slice(location.origin.length) : url);
const same = (one, other) => one.match === other.match && one.value === other.value;
