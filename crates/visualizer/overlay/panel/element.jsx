// What is clicked: which element, how strictly it is known, and by what.

import { outlined, plural, written } from "../counts.js";
import { elsewhere, obstacle } from "../draft.js";
import { wish } from "../health.js";
import { aloud } from "../sentences.js";
import { MAX_OBSERVED } from "../survey.js";
import { Breaches, Health, IconButton, Sentence, Steps, Switch, Wish } from "./parts.jsx";
import { Recorded } from "./recorded.jsx";

export function ElementScreen({ desk, state }) {
  const { draft, picked } = state;
  if (!picked) return <p class="muted">Reading the page…</p>;
  const words = draft.target.selector ? wish(draft.name, picked.opening) : "";
  return (
    <>
      <Which desk={desk} picked={picked} draft={draft} />
      {draft.target.selector && <Matches desk={desk} picked={picked} draft={draft} />}
      {picked.alike > 1 && <Alike desk={desk} picked={picked} draft={draft} words={words} />}
      {picked.trouble && <Trouble sentence={picked.trouble} words={wish(draft.name, picked.opening)} />}
      <Health health={picked.health} wish={words} />
      {picked.isCut && <p class="muted">This page is very large; only its first {written(MAX_OBSERVED)} elements of this kind were compared.</p>}
      {draft.target.selector && <AlsoCounts desk={desk} picked={picked} />}
      <Conditions desk={desk} picked={picked} draft={draft} />
      <TextRule desk={desk} draft={draft} picked={picked} />
      <ByHand desk={desk} draft={draft} picked={picked} />
      <Recorded draft={draft} rows={picked.recorded} />
      <Steps desk={desk} isFirst obstacle={obstacle({ ...draft, label: "x", name: draft.name || "x" }, picked)} />
    </>
  );
}

// The model's own sentence says what is missing.
function Trouble({ sentence, words }) {
  return (
    <div class="problem" role="alert">
      <p>This element cannot be known again: {sentence}.</p>
      <p>Take the part around it, or ask a developer for a tracking attribute.</p>
      <Wish text={words} />
    </div>
  );
}

function Which({ desk, picked: { name, levels, frame }, draft }) {
  const place = levels.findIndex(({ isCurrent }) => isCurrent);
  return (
    <div class="which">
      <p class="picked">
        {name ? (
          <>
            {name.kind} {name.text && <bdi class="value">{name.text}</bdi>} {name.where && <bdi class="muted">in {name.where}</bdi>}
          </>
        ) : draft.target.selector ? (
          "The element is not on this page."
        ) : (
          "Nothing is picked yet."
        )}
      </p>
      {frame && <p class="muted">It is in a frame, the page {frame}; the event is about that page.</p>}
      {levels.length > 1 && (
        <nav class="levels" aria-label="What is meant, from inside outwards">
          <IconButton icon="back" label="Narrower" onClick={() => place > 0 && desk.meaning.choose(place - 1)} />
          <ol>
            {levels.map((level, at) => (
              <li key={at}>
                <button type="button" class="chip" aria-label={`This ${level.word.toLowerCase()}: ${level.name}`} aria-current={level.isCurrent ? "true" : undefined} onClick={() => desk.meaning.choose(at)}>
                  This {level.word.toLowerCase()}
                </button>
              </li>
            ))}
          </ol>
          <IconButton icon="next" label="Wider" onClick={() => desk.meaning.choose(place + 1)} />
        </nav>
      )}
      <button type="button" class="link" onClick={() => desk.pick()}>
        {name ? "Pick another" : "Pick an element"}
      </button>
    </div>
  );
}

function Matches({ desk, picked: { count, own, steps, step }, draft }) {
  const others = elsewhere(draft.seen, location.pathname);
  return (
    <div class="matches">
      <p class="row apart">
        <strong class={`count ${count === 1 ? "one" : ""}`}>{count ? plural(count, "element", "elements") : "Nothing"} on this page</strong>
        {count > 1 && (
          <span class="row tight">
            <IconButton icon="up" label="Previous of them" onClick={() => desk.meaning.visit(-1)} />
            <IconButton icon="down" label="Next of them" onClick={() => desk.meaning.visit(1)} />
          </span>
        )}
      </p>
      {outlined(count) && <p class="muted">{outlined(count)}</p>}
      {steps.length > 1 && (
        <div class="strictness" role="group" aria-label="How strict">
          <button type="button" class="button quiet" aria-disabled={step === 0 ? "true" : undefined} onClick={() => desk.meaning.strictness(step - 1)}>
            Stricter
          </button>
          <span class="meter" aria-hidden="true">
            {steps.map((_, at) => (
              <i key={at} class={at === step ? "now" : ""} />
            ))}
          </span>
          <button
            type="button"
            class="button quiet"
            aria-disabled={step === steps.length - 1 ? "true" : undefined}
            onClick={() => desk.meaning.strictness(step + 1)}
          >
            Looser
          </button>
          {steps[step + 1] && steps[step + 1].count !== own && (
            <span class="muted">Looser: {plural(steps[step + 1].count, "element", "elements")}</span>
          )}
        </div>
      )}
      {others && (
        <p class="muted">
          On pages you have looked at: <bdi>{others}</bdi>
        </p>
      )}
    </div>
  );
}

function Alike({ desk, picked: { alike, isToldApart, steps, step }, draft, words }) {
  const isLoosened = step > steps.findIndex(({ isMade }) => isMade);
  return (
    <fieldset class="alike">
      <legend>{isLoosened ? `${written(alike)} elements are meant` : `${written(alike)} elements look the same`}</legend>
      <label class="choice">
        <input type="radio" name="alike" checked={draft.isForAll === true} onChange={() => desk.edited({ isForAll: true })} />
        Count all {written(alike)} as one event{isToldApart && "; each click tells which of them it was"}
      </label>
      <label class="choice">
        <input type="radio" name="alike" checked={draft.isForAll === false} onChange={() => desk.edited({ isForAll: false })} />
        Only this one
      </label>
      {draft.isForAll === false &&
        (isLoosened ? (
          <p>Make it stricter above, until one is left.</p>
        ) : (
          <>
            <p>
              Only their place tells them apart. When one is added, removed or moved, another would be counted without anybody
              noticing, so we do not count by place. A tracking attribute in the page’s code would tell them apart.
            </p>
            <Wish text={words} />
          </>
        ))}
    </fieldset>
  );
}

// The same element in another language, or as it was before a redesign.
function AlsoCounts({ desk, picked: { alternatives } }) {
  const { alternatives: most } = desk.model.constants.limits;
  return (
    <section class="rule" aria-labelledby="also">
      <h3 id="also">Also counts</h3>
      {!alternatives.length && <p class="muted">Nothing else yet. It may be the same button in another language, or in another version of the page.</p>}
      {alternatives.length > 0 && (
        <ul class="alternatives">
          {alternatives.map(({ words, count, isHere, conditions }, place) => (
            <li key={place}>
              <div class="row apart">
                <span>
                  <Sentence words={words} /> <span class="muted">{count ? `${written(count)} here` : "none here"}</span>
                </span>
                <IconButton icon="close" label={`Remove: ${aloud(words)}`} onClick={() => desk.meaning.remove(place)} />
              </div>
              {conditions.length > 0 && (
                <details>
                  <summary aria-label={`How it is known again: ${aloud(words)}`}>How it is known again</summary>
                  <Switches conditions={conditions} isHere={isHere} onSwitch={(kinds, isOff) => desk.meaning.otherWithout(place, kinds, isOff)} />
                </details>
              )}
            </li>
          ))}
        </ul>
      )}
      {alternatives.length < most ? (
        <button type="button" class="link" onClick={() => desk.pick(true)}>
          Add one that counts as well
        </button>
      ) : (
        <p class="muted">An event knows {most} others at most. Remove one to add another.</p>
      )}
    </section>
  );
}

function Conditions({ desk, picked: { conditions, name }, draft }) {
  if (!conditions.length) return null;
  return (
    <details open>
      <summary>How it is known again</summary>
      <Switches conditions={conditions} isHere={Boolean(name)} onSwitch={(kinds, isOff) => desk.meaning.without(kinds, isOff)} />
    </details>
  );
}

// The sentences by which an element is known, each with a switch; they can be changed where the element is.
function Switches({ conditions, isHere, onSwitch }) {
  return (
    <>
      <p class="muted">Each counts for a part; most of them are enough. Switch off what will not stay.</p>
      <ul class="conditions">
        {conditions.map(({ id, kinds, words, share, lasts, isOff }) => (
          <li key={id} class={isOff ? "off" : ""}>
            <Switch checked={!isOff} disabled={!isHere} onChange={(is) => onSwitch(kinds, !is)}>
              <Sentence words={words} />
            </Switch>
            <span class="share">
              {isOff ? "Not asked" : `${share || "<1"} %`}
              {lasts && !isOff && <span class="muted"> stays in {lasts} of 10 redesigns</span>}
            </span>
          </li>
        ))}
      </ul>
      {!isHere && <p class="muted">To change these, open the page on which the element is, or pick it again.</p>}
    </>
  );
}

const MATCHES = [
  ["contains", "contains"],
  ["exact", "is exactly"],
  ["prefix", "starts with"],
  ["wildcard", "is like (* stands for anything)"],
];

function TextRule({ desk, draft, picked }) {
  const { text } = draft.target;
  const set = (change) => desk.meaning.target({ text: { ...text, ...change } });
  return (
    <div class="rule">
      <Switch checked={Boolean(text)} onChange={(is) => desk.meaning.target({ text: is ? { match: "contains", value: picked.text } : null })}>
        Only with a certain text
      </Switch>
      {text && (
        <div class="fields">
          <select aria-label="How the text is compared" value={text.match} onChange={(event) => set({ match: event.target.value })}>
            {MATCHES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
          <input dir="auto" aria-label="Text" value={text.value} onInput={(event) => set({ value: event.target.value })} />
        </div>
      )}
    </div>
  );
}

function ByHand({ desk, draft, picked }) {
  const { selector, fingerprint } = draft.target;
  return (
    <details open={draft.isByHand}>
      <summary>Selector (for developers)</summary>
      <label class="field">
        CSS selector
        <textarea
          class="code"
          rows={2}
          spellcheck={false}
          value={selector}
          aria-invalid={picked.breaches.length ? "true" : undefined}
          aria-describedby="selector-help"
          onInput={(event) => {
            if (!draft.isByHand) desk.edited({ isByHand: true });
            desk.meaning.target({ selector: event.target.value });
          }}
        />
      </label>
      <p class="muted" id="selector-help">
        {draft.isByHand ? "This selector alone decides." : "Shown to read. Once you change it, it alone decides."}
      </p>
      {draft.isByHand && picked.breaches.length > 0 && <Breaches breaches={picked.breaches} />}
      {draft.isByHand && fingerprint && (
        <button type="button" class="link" onClick={() => desk.meaning.byHand(false)}>
          Let the picker decide again
        </button>
      )}
    </details>
  );
}
