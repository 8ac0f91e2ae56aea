// Live runs of all servers in one stream. A server that fails does not end the others' part: it is told of once, and its
// part begins anew, with a snapshot, when it answers again.

import { setTimeout as sleep } from "node:timers/promises";
import { Overflow } from "../errors.js";
import { mergeStreams } from "../events/merge.js";
import { createStream } from "../events/stream.js";
import type { Run } from "./run.type.js";
import type { UpdateSource } from "./update-source.js";

export interface RunChange {
  /** The run as of one change, built when it is delivered. */
  readonly run: () => Run;
  readonly source: UpdateSource;
}

/** One server's part. */
export interface RunUpdateSource {
  readonly server: string;
  /** The unfinished runs that the system's own subscription begins with, then each change, for ever. */
  open(): AsyncIterableIterator<RunChange, undefined>;
}

export type RunNews =
  { readonly kind: "change"; readonly change: RunChange } | { readonly kind: "fault"; readonly error: unknown };

/** Until a server that has failed is tried again; doubles with each failure. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/** Changes of all sources as they come. Throws only `Overflow`, when its reader is too slow. */
export function followRuns(sources: readonly RunUpdateSource[]): AsyncIterableIterator<RunNews, undefined> {
  return mergeStreams(sources.map(persist));
}

/** One source that is opened again after each failure. */
function persist(source: RunUpdateSource): AsyncIterableIterator<RunNews, undefined> {
  const left = new AbortController();
  let stream: AsyncIterableIterator<RunChange, undefined> | undefined;
  const news = (async function* (): AsyncGenerator<RunNews, undefined, undefined> {
    let failures = 0;
    while (!left.signal.aborted) {
      stream = source.open();
      try {
        for await (const change of stream) {
          failures = 0;
          yield { kind: "change", change };
        }
        return;
      } catch (error) {
        if (error instanceof Overflow) throw error;
        failures += 1;
        if (failures === 1) yield { kind: "fault", error };
      }
      const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
      await sleep(pauseMs, undefined, { signal: left.signal, ref: false }).catch(() => undefined);
    }
  })();
  return createStream(
    () => news.next(),
    async () => {
      left.abort();
      await stream?.return?.();
      return news.return(undefined);
    },
  );
}
