// Live runs of all servers in one stream. A server that fails does not end the others' part: it is told of once, and its
// part begins when it answers again.

import { setTimeout as sleep } from "node:timers/promises";
import { Overflow, ServerReplaced, UpstreamError } from "../../errors.js";
import { mergeStreams } from "../../events/merge.js";
import { createStream, mapStream } from "../../events/stream.js";
import type { Run } from "../graph/run.type.js";
import type { Update } from "./subject.js";

export interface RunChange {
  /** The run as of one change, built when it is delivered. */
  readonly run: () => Run;
  /** The system's own. */
  readonly update: Omit<Update<unknown>, "value">;
}

/** One server's part. */
export interface RunUpdateSource {
  readonly server: string;
  /**
   * The unfinished runs that the system's own subscription begins with, then each change, for ever.
   * @param after position to go on from, in place of these runs; null for none.
   * @param begun called when these runs have been read, with the position from which changes follow.
   */
  open(after: number | null, begun: (position: number) => void): AsyncIterableIterator<RunChange, undefined>;
}

/** Where a follower is in each server's feed; without an entry for one whose part has not begun. */
export type RunPositions = ReadonlyMap<string, number>;

export type RunNews =
  | { readonly kind: "change"; readonly key: string; readonly change: RunChange; readonly positions: RunPositions }
  | { readonly kind: "fault"; readonly error: unknown };

/** Until a server that has failed is tried again; doubles with each failure. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/**
 * Changes of all sources as they come. Throws only `Overflow`, when its reader is too slow, and `ServerReplaced`.
 * @param after where the reader was before; a source that is not among them begins with a snapshot.
 */
export function followRuns(
  sources: readonly RunUpdateSource[],
  after: RunPositions,
): AsyncIterableIterator<RunNews, undefined> {
  const positions = new Map([...after].filter(([, position]) => position >= 0));
  const updates = mergeStreams(sources.map((source) => persist(source, after.get(source.server) ?? null, positions)));
  return mapStream(updates, [], ({ server, news }) => {
    if (news.kind === "fault") return news;
    const { change } = news;
    // Only what has been read counts; a server's part that breaks off inside its snapshot begins with it again.
    if (change.update.position !== null) positions.set(server, change.update.position);
    const key = JSON.stringify([server, change.update.key, ...positions]);
    return { kind: "change", key, change, positions: new Map(positions) };
  });
}

interface ServerNews {
  readonly server: string;
  readonly news: { readonly kind: "change"; readonly change: RunChange } | Extract<RunNews, { readonly kind: "fault" }>;
}

/** One source that is opened again after each failure. */
function persist(
  source: RunUpdateSource,
  after: number | null,
  positions: Map<string, number>,
): AsyncIterableIterator<ServerNews, undefined> {
  const { server } = source;
  const left = new AbortController();
  let stream: AsyncIterableIterator<RunChange, undefined> | undefined;
  const news = (async function* (): AsyncGenerator<ServerNews, undefined, undefined> {
    let failures = 0;
    while (!left.signal.aborted) {
      stream = source.open(positions.get(server) ?? after, (position) => positions.set(server, position));
      try {
        for await (const change of stream) {
          failures = 0;
          yield { server, news: { kind: "change", change } };
        }
        return;
      } catch (error) {
        if (error instanceof Overflow || error instanceof ServerReplaced) throw error;
        failures += 1;
        if (failures === 1) yield { server, news: { kind: "fault", error } };
        // Another try would be refused again.
        if (error instanceof UpstreamError && error.kind === "UpstreamDenied") return;
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
