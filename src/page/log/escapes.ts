// A log's line as pieces of text with classes: colours of terminals (SGR) become classes, other escape sequences vanish,
// control characters become their pictures. What a device sends is never markup.

export interface Piece {
  readonly text: string;
  /** Empty for plain text. */
  readonly classes: string;
}

/** CSI sequences, OSC sequences and single escapes; of a CSI sequence the parameters and the final letter are kept. */
const ESCAPE = /\x1b(?:\[([0-9;:?<=>]{0,60})[ -/]{0,4}([@-~])|\][^\x07\x1b]{0,400}(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

interface Style {
  readonly fg: number | null;
  readonly bg: number | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
}

const PLAIN: Style = { fg: null, bg: null, bold: false, dim: false, underline: false };

export function toPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let style = PLAIN;
  let at = 0;
  const add = (end: number) => {
    const shown = toPictures(text.slice(at, end));
    if (shown !== "") pieces.push({ text: shown, classes: classesOf(style) });
  };
  for (const found of text.matchAll(ESCAPE)) {
    add(found.index);
    at = found.index + found[0].length;
    if (found[2] === "m") style = styled(style, found[1] ?? "");
  }
  add(text.length);
  return pieces;
}

/** As it is looked for and copied: without escapes. */
export function toPlain(text: string): string {
  return toPieces(text)
    .map((piece) => piece.text)
    .join("");
}

/** A tab stays; the carriage return at the end of a line is no part of it. */
function toPictures(text: string): string {
  return withoutReturn(text).replace(/[\x00-\x08\x0a-\x1f\x7f]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });
}

function withoutReturn(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\r") end -= 1;
  return text.slice(0, end);
}

function styled(style: Style, parameters: string): Style {
  const codes = parameters === "" ? [0] : parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      // 256 colours and true colours: only the first sixteen have a class.
      const [kind, colour] = [codes[at + 1], codes[at + 2] ?? 0];
      const value = kind === 5 && colour < 16 ? colour : null;
      next = code === 38 ? { ...next, fg: value } : { ...next, bg: value };
      at += kind === 5 ? 2 : kind === 2 ? 4 : 0;
    } else next = styledBy(next, code);
  }
  return next;
}

function styledBy(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 24) return { ...style, underline: false };
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 90 + 8 };
  if (code === 39) return { ...style, fg: null };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 100 + 8 };
  return code === 49 ? { ...style, bg: null } : style;
}

function classesOf({ fg, bg, bold, dim, underline }: Style): string {
  const classes = [
    fg !== null && `fg${fg % 8}`,
    bg !== null && `bg${bg % 8}`,
    (bold || (fg ?? 0) > 7) && "bold",
    dim && "dim",
    underline && "under",
  ];
  return classes.filter(Boolean).join(" ");
}

export interface Marked extends Piece {
  readonly mark: boolean;
}

/** The pieces parted where `needle` is found, upper and lower case alike, also over the border of two pieces. */
export function marked(pieces: readonly Piece[], needle: string): readonly Marked[] {
  const plain = pieces.map(({ text }) => text).join("");
  const ranges = needle === "" ? [] : occurrences(plain.toLowerCase(), needle.toLowerCase());
  const cuts = ranges.flatMap(([start, end]) => [start, end]);
  const found: Marked[] = [];
  let begin = 0;
  for (const { text, classes } of pieces) {
    const end = begin + text.length;
    const edges = [begin, ...cuts.filter((cut) => cut > begin && cut < end), end];
    for (const [at, from] of edges.slice(0, -1).entries()) {
      const mark = ranges.some(([start, stop]) => from >= start && from < stop);
      found.push({ text: plain.slice(from, edges[at + 1]), classes, mark });
    }
    begin = end;
  }
  return found;
}

function occurrences(text: string, needle: string): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
    found.push([at, at + needle.length]);
  }
  return found;
}
