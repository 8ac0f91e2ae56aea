// What everybody may see, and what is known of who asks for it: rows that an anonymous read has shown are given to all
// whose tokens the server knows.

import { SILENT_MS } from "../../cache/read-cache.js";
import { Silence } from "../../cache/silence.js";
import { clock } from "../../ci/live/clock.js";
import { UpstreamError } from "../../errors.js";
import { ANONYMOUS_VIEWER } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";

/** Until a server that shows nothing to those without a token is asked without one again. */
const BLIND_MS = 600_000;
/**
 * For how long a token that the server has taken is taken for good. It decides only between what everybody may see and an
 * error: what is not public is always read with the token itself.
 */
const TOKEN_MS = 3_600_000;
const TOKENS_MAX = 10_000;

/** The same question in nobody's name. */
export function asAnonymous(ask: Ask): Ask {
  return { ...ask, token: null, viewer: ANONYMOUS_VIEWER, lease: null };
}

/** Shared by all kinds of things of one server. */
export class Publicity {
  #blindUntil = -Infinity;
  readonly #tokens = new Map<string, number>();
  /** When the server last answered, and since when it has not, on the clock of `clock.ts`. */
  #answeredAt = -Infinity;
  #failingSince = Infinity;

  /** @param check asks the server for the token's owner; throws for one that it does not know. */
  constructor(private readonly check: (ask: Ask) => Promise<unknown>) {}

  /** Whether whoever has no token is shown anything. */
  get isOpen(): boolean {
    return clock.now() >= this.#blindUntil;
  }

  /** From now on: reached when the server has answered nobody for so long that it hangs. */
  silence(): Silence {
    const began = clock.now();
    return new Silence(() => performance.now() - clock.now() + Math.max(began, this.#answeredAt) + SILENT_MS);
  }

  /**
   * From when on something must have been public to stand in while the server is away. An operation is not shown that its
   * own change has not been made.
   * @param lastAnswer whether the server counts as away since its last answer, as one that hangs.
   */
  standInSince({ scope }: Ask, rightsMs: number, lastAnswer = false): number {
    const away = lastAnswer ? this.#answeredAt : Math.min(clock.now(), this.#failingSince);
    return Math.max(away - rightsMs, scope?.changedAt ?? -Infinity);
  }

  /** Anonymous reads show nothing here. */
  shut(): void {
    this.#blindUntil = clock.now() + BLIND_MS;
  }

  /** Sees to it that the asker may be told what everybody may see. Throws `UpstreamDenied` for a token that is unknown. */
  async admit(ask: Ask): Promise<void> {
    if (ask.token === null || clock.now() - (this.#tokens.get(ask.viewer) ?? -Infinity) < TOKEN_MS) return;
    await this.check(ask);
    this.admitted(ask);
  }

  /** The server has taken its token. */
  admitted({ token, viewer }: Ask): void {
    if (token === null) return;
    this.#tokens.delete(viewer);
    this.#tokens.set(viewer, clock.now());
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= TOKENS_MAX) break;
      this.#tokens.delete(oldest);
    }
  }

  /** Notes how a request in this asker's name ended. */
  async noting<T>(ask: Ask, answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      this.#answeredAt = clock.now();
      this.#failingSince = Infinity;
      this.admitted(ask);
      return value;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (error.retryable) this.#failingSince = Math.min(this.#failingSince, clock.now());
      if (error.kind === "UpstreamDenied") {
        if (ask.token === null) this.shut();
        else this.#tokens.delete(ask.viewer);
      }
      throw error;
    }
  }
}

/** An operation has ended while the request, which others may wait for, goes on. */
export function givenUp(server: string, error: unknown, { signal }: Ask): unknown {
  if (signal?.aborted !== true || error !== signal.reason || !(error instanceof DOMException)) return error;
  const isLate = error.name === "TimeoutError";
  return timeout(server, isLate ? "no answer within the operation's time" : "the client has left");
}

/** The server hangs. */
export function silent(server: string): UpstreamError {
  return timeout(server, `no answer for ${SILENT_MS / 1_000} s`);
}

function timeout(server: string, message: string): UpstreamError {
  return new UpstreamError({ kind: "UpstreamTimeout", server, operation: "read", message });
}
