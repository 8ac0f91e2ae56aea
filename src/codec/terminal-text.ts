// A device's output as people want to read it: what a terminal would show of it (ECMA-48, and what xterm adds).

/** One escape sequence: control sequences such as colours, strings such as a window's title, and the short ones. */
const CONTROL_SEQUENCE = /(?:\x1b\[|\x9b)([0-?]*[ -/]*)([@-~]|$)/y;
const CONTROL_STRING = /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)/y;
const SHORT = /\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\`-~])/y;
const CONTROLS = /[\0-\x1f\x7f-\x9f]/;
const ANY_CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;

/** A shell breaks long input at this column, by a blank and a carriage return. */
const COLUMNS = 80;

/**
 * The text as it stands when all of it is written: without escape sequences and control characters, a carriage return and
 * a backspace going back over what was there. Tabs and line feeds stay. A sequence that the text's end cuts is dropped; a
 * string without end, such as a title, loses only its escape, so that no text is lost. What moves to another row is dropped:
 * the rows of a full screen come one behind the other.
 */
export function toPlainText(text: string): string {
  // Nearly all lines are plain.
  return ANY_CONTROL.test(text) ? new Row().write(text) : text;
}

/**
 * The same for somebody's own terminal, with its colours: nothing that a device or a server sent can change more than these,
 * and they end with the text.
 */
export function toTerminalText(text: string): string {
  return ANY_CONTROL.test(text) ? new Row(true).write(text) : text;
}

const RESET = "\x1b[0m";

/** The row that is being written, and the rows before it. */
class Row {
  #done = "";
  #cells: string[] = [];
  #column = 0;
  /** Colours for the next letter. */
  #colours = "";
  #coloured = false;

  constructor(private readonly keepsColours = false) {}

  write(text: string): string {
    for (let at = 0; at < text.length;) {
      const letter = String.fromCodePoint(text.codePointAt(at) ?? 0);
      if (!CONTROLS.test(letter)) this.#put(letter);
      else at += this.#control(text, at) - letter.length;
      at += letter.length;
    }
    return this.#done + this.#cells.join("") + (this.#coloured ? RESET : "");
  }

  #put(letter: string): void {
    this.#cells[this.#column] = this.#colours + letter;
    this.#colours = "";
    this.#column += 1;
  }

  /** Does what begins at this place; its length. */
  #control(text: string, at: number): number {
    const [sequence, parameters = "", final] = matchAt(CONTROL_SEQUENCE, text, at) ?? [];
    if (sequence !== undefined) {
      if (this.keepsColours && final === "m" && /^[\d;:]{0,40}$/.test(parameters)) {
        this.#colours += `\x1b[${parameters}m`;
        this.#coloured = true;
      }
      this.#obey(final ?? "", /^\d{0,4}$/.test(parameters) ? Number(parameters) : null);
      return sequence.length;
    }
    const [other] = matchAt(CONTROL_STRING, text, at) ?? matchAt(SHORT, text, at) ?? [];
    if (other !== undefined) return other.length;
    const letter = text[at];
    if (letter === "\t") this.#put(letter);
    if (letter === "\n") {
      this.#done += `${this.#cells.join("")}\n`;
      this.#cells = [];
      this.#column = 0;
    }
    if (letter === "\b") this.#moveTo(this.#column - 1);
    if (letter === "\r") this.#return();
    return 1;
  }

  #return(): void {
    const blank = this.#column - 1;
    const breaksInput = blank > 0 && blank % COLUMNS === 0 && this.#cells[blank] === " ";
    this.#column = breaksInput ? blank : 0;
  }

  /** The control sequences that change or go along this row. @param count null for one that has none. */
  #obey(final: string, count: number | null): void {
    if (count === null) return;
    if (final === "C") this.#moveTo(this.#column + Math.max(1, count));
    if (final === "D") this.#moveTo(this.#column - Math.max(1, count));
    if (final === "G") this.#moveTo(Math.max(1, count) - 1);
    if (final !== "K" || count === 1) return;
    this.#cells.length = count === 0 ? this.#column : 0;
    this.#moveTo(this.#column);
  }

  #moveTo(column: number): void {
    this.#column = Math.min(Math.max(0, column), this.#cells.length);
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
