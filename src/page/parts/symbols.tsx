// The symbols of the page, drawn once and used by name. A shape tells as much as its colour.

const SHAPES = {
  pass: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M7.5 12.5l3 3 6-7",
  fail: "M8 2h8l6 6v8l-6 6H8l-6-6V8zM9 9l6 6m0-6-6 6",
  warn: "M12 3 1.8 21h20.4zM12 10v5m0 2.8v.2",
  run: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M10 8l6 4-6 4z",
  wait: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 7v5l3.5 2",
  off: "M14.7 6.3a4 4 0 0 0-5.4 5.2L3 17.8 6.2 21l6.3-6.3a4 4 0 0 0 5.2-5.4L15 12l-3-3z",
  cancel: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M5 5l14 14",
  cut: "M3 3l18 18M8.5 8.5A6 6 0 0 0 6 13m9.5-4.5A6 6 0 0 1 18 13M12 20h.01M9 16.5a4 4 0 0 1 6 0",
  unk: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M9.2 9a3 3 0 1 1 4 3c-.8.4-1.2 1-1.2 2m0 3v.2",
  loop: "M4 12a8 8 0 0 1 14-5l2 2m0-5v5h-5M20 12a8 8 0 0 1-14 5l-2-2m0 5v-5h5",
  up: "M12 19V5m-6 6 6-6 6 6",
  down: "M12 5v14m-6-6 6 6 6-6",
  load: "M12 4v11m-5-5 5 5 5-5M4 20h16",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 21c1-5 4-7 8-7s7 2 8 7",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
} as const;

export type SymbolName = keyof typeof SHAPES;

/** Beside a word that says the same; so it is hidden from readers of the screen. */
export function Icon({ name }: { readonly name: SymbolName }) {
  return (
    <svg className={`i i-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
