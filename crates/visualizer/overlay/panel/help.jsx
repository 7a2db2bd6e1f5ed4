// How the visualizer is used, and what it cannot reach.

const KEYS = [
  ["Tab, Shift+Tab", "next and previous thing that can be clicked"],
  ["Arrow up, down", "the part around it, the part inside it"],
  ["Arrow left, right", "what stands beside it"],
  ["Enter", "pick it"],
  ["Shift+click", "use the page as a visitor would"],
  ["A", "outline everything in view that can be clicked, or no longer"],
  ["F8 or Pause", "hold the page still, so that an open menu stays open"],
  ["Esc", "cancel"],
];

export function Help({ desk }) {
  return (
    <>
      <p>
        Point at what you want to count, say on which pages, give it a name, and try it. It is kept as a draft until somebody
        publishes it in the studio.
      </p>
      <h3>Keys while picking</h3>
      <dl class="help">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>What cannot be reached</h3>
      <p>
        Frames that another site shows, and components whose inside is closed, are counted as a whole. What visitors type is
        never read.
      </p>
      <p class="row">
        <button type="button" class="button" onClick={() => desk.helped()}>
          Close help
        </button>
      </p>
    </>
  );
}
