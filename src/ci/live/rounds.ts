// When a server is polled: one round after the other and never two at a time, so that what a later one has read is
// never older. Regular ones only while somebody wants them.

import { setTimeout as sleep } from "node:timers/promises";

/** At least between two rounds, as a part of the interval: many who come one after the other cost few rounds. */
const GAP = 0.2;
/** Nobody waits longer for a first poll, however seldom the server is polled. */
const GAP_MAX_MS = 1_000;
/** After failures the pause doubles up to this, unless the server is asked less often anyway: somebody waits for it. */
const BACK_OFF_MAX_MS = 5_000;

export interface RoundsOptions<T> {
  /** Between regular rounds; jittered by a tenth, so that several gateways do not ask in step. */
  readonly intervalMs: number;
  /** One poll. `due` says whether it is a regular one. Must not throw. */
  readonly round: (due: boolean) => Promise<T>;
  /** Whether the server did not answer, so that the next regular round waits longer. */
  readonly failed: (result: T) => boolean;
  /** Whether regular rounds are wanted just now. */
  readonly wanted: () => boolean;
}

export class Rounds<T> {
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;
  #due = false;
  /** When the last round ended, on the clock of `performance.now`. */
  #endedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #regularUnderWay = false;
  #failures = 0;
  #again = false;
  #closed = false;

  constructor(private readonly options: RoundsOptions<T>) {}

  /** The round that begins soon after the present one has ended; whoever calls until then gets the same. */
  next(): Promise<T> {
    this.#next ??= this.#running.then(async () => {
      const apartMs = Math.min(this.options.intervalMs * GAP, GAP_MAX_MS);
      const gapMs = this.#endedAt + apartMs - performance.now();
      if (gapMs > 0) await sleep(gapMs, undefined, { ref: false });
      this.#next = undefined;
      const due = this.#due;
      this.#due = false;
      const round = this.options.round(due);
      const ended = () => void (this.#endedAt = performance.now());
      this.#running = round.then(ended, ended);
      return round;
    });
    return this.#next;
  }

  /** To be called when something has begun or ceased to be wanted. */
  adjust(): void {
    if (this.#closed || !this.options.wanted()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#failures = 0;
      return;
    }
    if (this.#timer !== undefined || this.#regularUnderWay) return;
    const { intervalMs } = this.options;
    const again = this.#again;
    this.#again = false;
    const pauseMs = again ? 0 : Math.min(intervalMs * 2 ** this.#failures, Math.max(intervalMs, BACK_OFF_MAX_MS));
    this.#timer = setTimeout(() => void this.#regular(), pauseMs * (0.9 + Math.random() / 5)).unref();
  }

  /** The next regular round begins now: the server answers again. */
  now(): void {
    if (this.#closed) return;
    this.#failures = 0;
    // The one under way may have failed before: another one follows at once.
    this.#again = this.#regularUnderWay;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#regular();
  }

  /** No round begins by itself any more. */
  close(): void {
    this.#closed = true;
    this.adjust();
  }

  async #regular(): Promise<void> {
    this.#timer = undefined;
    this.#regularUnderWay = true;
    this.#due = true;
    try {
      const failed = this.options.failed(await this.next());
      this.#failures = failed ? Math.min(this.#failures + 1, 10) : 0;
    } finally {
      this.#regularUnderWay = false;
      this.adjust();
    }
  }
}
