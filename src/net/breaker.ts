// A breaker before one server: after several failures in a row, and a cheap probe that fails too, nobody waits for the
// server any more until a probe in the background succeeds. Not cockatiel's: that lets a caller's own request try
// whether the server is back, counts only what a promise tells (a body that breaks off comes later), and opens on
// failures alone, so that anybody with a few questions that fail by themselves could shut a server for all others.

import { UpstreamError } from "../errors.js";

/** `half-open`: a probe is under way while requests are refused. */
export type BreakerState = "closed" | "open" | "half-open";

export interface BreakerOptions {
  readonly server: string;
  /** Weight of failures in a row that makes the server suspect. */
  readonly failures: number;
  /** Until the first probe after it has opened; doubled after each that fails, up to the maximum; jittered by a quarter. */
  readonly delayMs: number;
  readonly delayMaxMs: number;
  /** Asks the cheapest question there is; whether the server is well. Never throws. */
  readonly probe: () => Promise<boolean>;
  /** It has just opened. */
  readonly onOpen: () => void;
  /** It has just closed again. */
  readonly onShut?: () => void;
}

/** A probe that has just ended answers for this long. */
const PROBE_HOLDS_MS = 1_000;

export class Breaker {
  #state: BreakerState = "closed";
  #failed = 0;
  #failingSince: Date | null = null;
  #delayMs: number;
  /** On the clock of `performance.now`, and as a time of day; null unless it is open. */
  #openUntil: { readonly at: number; readonly time: Date } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<void> | undefined;
  #probedAt = -Infinity;
  #closed = false;

  constructor(private readonly options: BreakerOptions) {
    this.#delayMs = options.delayMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** When the first of the failures in a row was; null where the last request was answered, and before any. */
  get failingSince(): Date | null {
    return this.#failingSince;
  }

  /** When the next probe goes; null unless requests are refused. */
  get openUntil(): Date | null {
    return this.#openUntil?.time ?? null;
  }

  /** Null while requests may go; else the error for this one. */
  refusal(operation: string): UpstreamError | null {
    if (this.#state === "closed") return null;
    const { at, time } = this.#openUntil ?? { at: performance.now(), time: new Date() };
    return new UpstreamError({
      kind: "UpstreamUnreachable",
      server: this.options.server,
      operation,
      message: `not asked, since the last requests all failed; it is tried again at ${time.toISOString()}`,
      unsent: true,
      retryAfterSeconds: Math.max(1, Math.ceil((at - performance.now()) / 1000)),
    });
  }

  /** Whatever was asked, the server has answered. */
  succeeded(): void {
    this.#failed = 0;
    this.#failingSince = null;
    if (this.#state !== "closed") this.#shut();
  }

  /** @param weight how much of `failures` this one is: more for one that was long waited for. */
  failed(weight: number): void {
    this.#failed += weight;
    this.#failingSince ??= new Date();
    if (this.#failed < this.options.failures || this.#state !== "closed") return;
    void this.#probe();
  }

  /** While it is open, asks now whether the server is back, instead of waiting for the next probe. */
  async recheck(): Promise<void> {
    if (this.#state === "closed" || performance.now() - this.#probedAt < PROBE_HOLDS_MS) return;
    await this.#probe();
  }

  /** Ends the probes. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #probe(): Promise<void> {
    return (this.#probing ??= this.#probeOnce().finally(() => (this.#probing = undefined)));
  }

  async #probeOnce(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state === "open") this.#state = "half-open";
    const failed = this.#failed;
    const well = await this.options.probe();
    this.#probedAt = performance.now();
    if (this.#closed) return;
    if (well) this.succeeded();
    // A request has succeeded meanwhile.
    else if (this.#failed >= failed) this.#open();
  }

  #open(): void {
    const opens = this.#state === "closed";
    const delay = this.#delayMs * (0.75 + Math.random() / 2);
    this.#state = "open";
    this.#openUntil = { at: performance.now() + delay, time: new Date(Date.now() + delay) };
    this.#delayMs = Math.min(this.#delayMs * 2, this.options.delayMaxMs);
    this.#timer = setTimeout(() => void this.#probe(), delay).unref();
    if (opens) this.options.onOpen();
  }

  #shut(): void {
    clearTimeout(this.#timer);
    this.#state = "closed";
    this.#openUntil = null;
    this.#delayMs = this.options.delayMs;
    this.options.onShut?.();
  }
}

/** How long an answer is waited for before the server is suspected of hanging: of taking requests and saying nothing. */
const SUSPECT_MS = 2_000;

/**
 * What `asked` brings; throws `UpstreamTimeout` where it takes long and `isWell` says no. `asked` goes on then, unheard. A
 * request by itself can't tell that a server hangs: it may only wait for its turn behind long ones.
 * @param isWell asks the cheapest question there is, and gives up after some seconds. Never throws.
 */
export async function unlessHung<T>(server: string, asked: Promise<T>, isWell: () => Promise<boolean>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      void isWell().then((well) => {
        const message = "does not answer, not even the cheapest question";
        if (!well) reject(new UpstreamError({ kind: "UpstreamTimeout", server, operation: "probe", message }));
      });
    }, SUSPECT_MS);
  });
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, hangs]);
  } finally {
    clearTimeout(timer);
    hangs.catch(() => undefined);
  }
}
