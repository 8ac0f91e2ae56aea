// The way to the next page of a list.

export function More({ more, word = "More" }: { readonly more: (() => void) | null; readonly word?: string }) {
  return more === null ? null : (
    <p className="more">
      <button type="button" onClick={more}>
        {word}
      </button>
    </p>
  );
}
