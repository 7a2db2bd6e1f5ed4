// What will be recorded, with what is masked shown as masked.

export function Recorded({ draft, rows }) {
  const properties = Object.fromEntries(rows.filter(({ isMasked }) => !isMasked).map(({ name, value }) => [name, value]));
  const example = { name: draft.name || "…", properties };
  return (
    <details>
      <summary>What will be recorded</summary>
      <dl class="recorded">
        {rows.map(({ name, value, isMasked }) => (
          <div key={name} class={isMasked ? "masked" : ""}>
            <dt>{name}</dt>
            <dd>
              {isMasked && <span class="badge">Masked</span>} <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <p class="muted">And, as with every event: time, visit, device, language, country, and the campaign the visit came by.</p>
      <details>
        <summary>As it is sent</summary>
        <pre tabIndex={0}>{JSON.stringify(example, null, 2)}</pre>
      </details>
    </details>
  );
}
