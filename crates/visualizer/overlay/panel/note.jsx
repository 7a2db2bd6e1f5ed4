// What is shown where the overlay cannot be opened.

import { useEffect, useRef } from "preact/hooks";

export function Note({ sentence, close }) {
  const button = useRef();
  useEffect(() => button.current.focus({ preventScroll: true }), []);
  return (
    <section class="panel bottom-right note" role="alertdialog" aria-label="The visualizer is not open" aria-describedby="sentence">
      <header class="bar">
        <span class="mark" aria-hidden="true" />
        <h2>The visualizer is not open</h2>
      </header>
      <div class="body">
        <p id="sentence">{sentence}</p>
        <p class="muted">Until then this visit counts like everybody’s.</p>
        <p class="row">
          <button ref={button} type="button" class="button" onClick={close}>
            Close
          </button>
        </p>
      </div>
    </section>
  );
}
