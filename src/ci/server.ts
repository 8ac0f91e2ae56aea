// What a configured server tells of itself, the same for every CI system.

import type { EventFeed } from "./enums.js";

/** How news of a server reach Etna just now. */
export interface ServerEvents {
  readonly source: EventFeed;
  /** Whether the publisher is connected; always false while polling. */
  readonly connected: boolean;
  /** RFC 3339: since when the feed is as it is; null before its first attempt. */
  readonly since: string | null;
  /** RFC 3339: when the last event came; null when none has come yet. */
  readonly lastEventAt: string | null;
  /** Events received since Etna's start. */
  readonly received: number;
  /** Messages on the bus that did not decode, since Etna's start. */
  readonly dropped: number;
  /** Changes that only a read has found, since Etna's start. */
  readonly repaired: number;
}

/** What a server has shown to everybody, and is given to every viewer without another question. */
export interface SharedRowsStatus {
  /** Test jobs, devices, types and workers that are known so. */
  readonly rows: number;
  /** Estimate of what older test jobs take in memory. */
  readonly bytes: number;
  /** The lowest number of a test job that lists are answered down to; null for none. */
  readonly oldestJob: number | null;
  /** RFC 3339: when the newest test jobs were last read; null when they never were. */
  readonly provedAt: string | null;
  /** Lists of test jobs that needed no request of their own, and those that did although they were looked for. */
  readonly listsAnswered: number;
  readonly listsAsked: number;
  /** Things that were asked for by name or number and known, and those that the server was asked for. */
  readonly known: number;
  readonly asked: number;
}

/** What an administrator should hear of, as it happens. */
export type ServerNotice =
  /** Requests are refused from now on (true), or go again. */
  | { readonly kind: "breaker"; readonly server: string; readonly open: boolean }
  /** Events come from elsewhere than before; `first`: the source that had been looked for since the start is found. */
  | { readonly kind: "events"; readonly server: string; readonly source: EventFeed; readonly first: boolean }
  /** Events can't come over the bus, for this reason, until somebody sees to it. */
  | { readonly kind: "bus"; readonly server: string; readonly reason: string }
  /** The HTTP library threw in a socket's callback; the request on that connection has failed. */
  | { readonly kind: "library"; readonly server: string; readonly error: unknown };

/** What one look at a server tells. */
export interface ServerProbe {
  readonly reachable: boolean;
  /** Null where the server does not say, or is not reachable. */
  readonly version: string | null;
  /** Since when it has not answered, as far as is known; absent where it does. */
  readonly since?: Date | null;
  /** Why it is not reachable; absent where it is, or where nothing is known of it. */
  readonly reason?: string;
}
