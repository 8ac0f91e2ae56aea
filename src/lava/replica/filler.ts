// Reads what is older than the newest jobs, in the background: one request at a time, of which the server hardly notices,
// and none while anybody waits.

import { setTimeout as sleep } from "node:timers/promises";
import { UpstreamError } from "../../errors.js";
import { createAsk } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";

const FILL: Ask = createAsk(null, { claim: { priority: "background", fairKey: "replica" } });
/** Until the first request, and after one that failed. */
const FIRST_MS = 15_000;
const FAILED_MS = 60_000;
/** A request is followed by a pause of so many times what it took: 0.02 of one core. */
const PAUSE_TIMES = 50;
const PAUSE_MIN_MS = 500;
/** Until it is looked again whether somebody waits. */
const BUSY_MS = 1_000;

export interface FillerOptions {
  /** Reads the next older jobs; returns whether there is more to read. Throws `UpstreamError`. */
  readonly fill: (ask: Ask) => Promise<boolean>;
  /** Whether requests wait for the server, or are under way. */
  readonly isBusy: () => boolean;
}

export class Filler {
  #running: AbortController | undefined;

  constructor(private readonly options: FillerOptions) {}

  /** @param firstMs until the first request. */
  start(firstMs = FIRST_MS): void {
    if (this.#running !== undefined) return;
    const running = (this.#running = new AbortController());
    void this.#run(running.signal, firstMs).then(() => {
      if (this.#running === running) this.#running = undefined;
    });
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(signal: AbortSignal, firstMs: number): Promise<void> {
    const wait = (ms: number) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
    await wait(firstMs);
    while (!signal.aborted) {
      if (this.options.isBusy()) {
        await wait(BUSY_MS);
        continue;
      }
      const began = performance.now();
      try {
        if (!(await this.options.fill(FILL))) return;
        await wait(Math.max(PAUSE_MIN_MS, PAUSE_TIMES * (performance.now() - began)));
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        if (!error.retryable) return;
        await wait(FAILED_MS);
      }
    }
  }
}
