// Who asks a server, with which rights, until when, and on whose account. Made once for an operation or for a follower,
// and handed to each call; one client of a server serves all of them.

import type { Secret } from "./secret.js";
import type { Claim } from "./slots.js";

/** Stands for whoever has no token. */
export const ANONYMOUS_VIEWER = "anonymous";

/** One upstream call of an operation, as a trace has it. */
export interface CallSpan {
  /** What the server is sent so that it can go on with the trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param status HTTP status, or null when none came. */
  readonly end: (status: number | null, error?: unknown) => void;
}

/** A change that a server was asked for. */
export interface ChangeMade {
  /** The mutation. */
  readonly field: string;
  readonly server: string;
  readonly what: object;
  /** In whose name; null for nobody's, or when that could not be learned. */
  readonly user: string | null;
}

/** Where an operation comes from: passed on to the servers, so that their logs can be laid beside ours. */
export interface OperationOrigin {
  /** At most some 150 of `\w`, `.` and `-`; null for what no client has asked for. */
  readonly requestId: string | null;
  /** Null unless traces are made. */
  readonly startCall: ((server: string, operation: string) => CallSpan) | null;
  /** Told of each change that the operation has asked a server for. Absent where nobody wants to know. */
  readonly changed?: (change: ChangeMade) => void;
}

/** What an operation notes of its calls and reads. */
export interface AskScope {
  upstreamCalls: number;
  upstreamCached: number;
  upstreamMs: number;
  /** When it last asked for a change, on the clock of `performance.now`; -Infinity for one that has asked for none. */
  changedAt: number;
  /** Names of servers that are down, and in whose place the cache answered. */
  readonly stale: Set<string>;
  readonly origin: OperationOrigin;
  /** Notes that the answer rests on a cached value with this life. */
  use(life: { readonly freshUntil: number }): void;
  /** Notes that the answer holds what no cache entry stands for: it must not be given again. */
  forbidReuse(): void;
}

/** One fetch on behalf of all who wait for its answer. */
export interface Fetch {
  readonly signal: AbortSignal;
  /** Bytes of the answer, as received. */
  bytes: number;
}

export interface Ask {
  /** Null asks as anonymous. Only `authorization.ts` reveals it. */
  readonly token: Secret | null;
  /** With whose rights, as a key: the token's fingerprint, or `ANONYMOUS_VIEWER`. */
  readonly viewer: string;
  /** Aborts when nobody waits for the answer any more; null: never. */
  readonly signal: AbortSignal | null;
  /** Place in the server's queue. */
  readonly claim: Claim;
  /** The operation that asks; null for followers, which always ask the server and never the cache. */
  readonly scope: AskScope | null;
  /** Set while the cache fetches: the call is made for all who wait. */
  readonly fetch: Fetch | null;
  /** Aborts, with an error, when whoever asks has these rights no longer: ends what follows. Null: they are its own. */
  readonly lease: AbortSignal | null;
}

export function createAsk(
  token: Secret | null,
  {
    claim = {},
    scope = null,
    signal = null,
    lease = null,
  }: Partial<Pick<Ask, "claim" | "scope" | "signal" | "lease">> = {},
): Ask {
  return { token, viewer: viewerKey(token), claim, scope, signal, fetch: null, lease };
}

/** A key for the rights of a token's owner; it says nothing of the token. */
export function viewerKey(token: Secret | null): string {
  return token?.fingerprint() ?? ANONYMOUS_VIEWER;
}

/** Followers of one server wait in a line of their own: a viewer who asks for much must not keep them waiting. */
const FOLLOWERS: Claim = { fairKey: "followers" };

/** The same rights for what goes on after the operation has ended: always asks the server. */
export function asFollower({ token, viewer, lease }: Ask): Ask {
  return { token, viewer, claim: FOLLOWERS, scope: null, signal: null, fetch: null, lease };
}

/** The same, given up when this signal aborts, too. */
export function until(ask: Ask, signal: AbortSignal | undefined): Ask {
  if (signal === undefined) return ask;
  return { ...ask, signal: ask.signal === null ? signal : AbortSignal.any([ask.signal, signal]) };
}

/** The same, brought to its end although the operation has ended: others wait for it, too. */
export function detached(ask: Ask): Ask {
  return { ...ask, signal: null };
}
