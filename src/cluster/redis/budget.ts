// Requests under way at one server, of all gateways together. While the engine is away, each takes its part of what may be
// asked.

import { setTimeout as sleep } from "node:timers/promises";
import type { Budget, BudgetClaim, ReleaseSlot } from "../../net/slots.js";
import { RELEASE, TAKE } from "./scripts.js";
import type { Script } from "./scripts.js";

/** Between two tries for a place, jittered by half: those who wait are few, since each gateway has its own line before. */
const RETRY_MS = [5, 10, 20, 40] as const;

export interface BudgetParts {
  readonly base: string;
  readonly member: string;
  /** Whether the engine answers. */
  readonly isShared: () => boolean;
  /** Living gateways, or how many there were last. */
  readonly members: () => number;
  /** Throws where the engine does not answer, which is seen to by whoever gives it. */
  readonly run: (script: Script, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;
  readonly unique: () => number;
}

export class RedisBudget implements Budget {
  /** Requests of this gateway under way. */
  #held = 0;

  constructor(private readonly parts: BudgetParts) {}

  async take(claim: BudgetClaim, signal: AbortSignal): Promise<ReleaseSlot> {
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      const release = this.parts.isShared() ? await this.#takeShared(claim) : this.#takeOwn(claim);
      if (release !== null) {
        if (!signal.aborted) return release;
        release();
        signal.throwIfAborted();
      }
      const pauseMs = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0;
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal });
    }
  }

  async #takeShared({ priority, limit, holdMs }: BudgetClaim): Promise<ReleaseSlot | null> {
    const { base, member, run, unique } = this.parts;
    const isSlow = priority !== "interactive";
    const slot = `${member}/${unique()}${isSlow ? "/slow" : ""}`;
    try {
      const taken = await run(TAKE, [base], [slot, isSlow ? "1" : "0", limit, Math.ceil(holdMs)]);
      if (taken !== 1) return null;
    } catch {
      // It may be taken all the same: then it is free again when its time is over.
      return null;
    }
    return this.#hold(() => void run(RELEASE, [base], [slot]).catch(() => undefined));
  }

  #takeOwn({ limit }: BudgetClaim): ReleaseSlot | null {
    const own = Math.max(1, Math.floor(limit / Math.max(1, this.parts.members())));
    return this.#held < own ? this.#hold(() => undefined) : null;
  }

  #hold(end: () => void): ReleaseSlot {
    let isHeld = true;
    this.#held += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#held -= 1;
      end();
    };
  }
}
