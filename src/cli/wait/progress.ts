// What `etna wait` writes while it waits: lines of progress on stderr, lines of logs where they are wanted, and on a
// terminal one last line on stderr that says what is waited for.

import { printLine } from "../output/streams.js";
import type { Sight } from "./sights.js";

/** Between two drawings of the last line. */
const DRAW_MS = 1_000;

export class Progress {
  readonly #since = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #waitingFor = "";

  constructor(readonly logTo: NodeJS.WriteStream) {
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#draw(), DRAW_MS);
  }

  tell(line: string): void {
    this.#clear();
    printLine(line, process.stderr);
  }

  /** A line of a log. */
  log(line: string): void {
    this.#clear();
    printLine(line, this.logTo);
  }

  show(waitingFor: readonly Sight[]): void {
    this.#waitingFor = waitingFor.map(({ name, state }) => `${name} ${state}`).join(", ");
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    if (!process.stderr.isTTY || this.#waitingFor === "") return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    process.stderr.write(`\r\u001b[K… ${this.#waitingFor}, ${seconds} s`.slice(0, process.stderr.columns + 4));
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}
