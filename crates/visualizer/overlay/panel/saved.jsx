// After saving: what happens next.

export function Saved({ desk, state: { draft } }) {
  return (
    <>
      <p>
        <bdi class="value">{draft.label}</bdi> is kept as a draft. It counts from when somebody publishes it in the studio.
      </p>
      <p class="row">
        <a class="button" href={desk.session.studio} target="_blank" rel="noopener">
          Publish in the studio
        </a>
        <button type="button" class="button quiet" onClick={() => desk.home()}>
          Make another
        </button>
      </p>
    </>
  );
}
