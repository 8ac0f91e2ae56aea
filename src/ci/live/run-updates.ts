// Live runs of all servers in one stream. A server that fails does not end the others' part: its failure is reported once, and its
// part begins when it answers again.

import { setTimeout as sleep } from "node:timers/promises";
import { Overflow, ServerReplaced, UpstreamError } from "../../errors.js";
import { PROCESS_KEY } from "../../events/cursors.js";
import type { Cursors } from "../../events/cursors.js";
import { mergeStreams } from "../../events/merge.js";
import type { SealingKey } from "../../events/sealing-key.js";
import { createStream, mapStream } from "../../events/stream.js";
import type { Run } from "../graph/run.type.js";
import type { Update } from "./subject.js";

export interface RunChange {
  /** The run as of one change, built when it is delivered. */
  readonly run: () => Run;
  /** The system's own. */
  readonly update: Omit<Update<unknown>, "value">;
  /** Where a subscriber with this update is, in the server's own terms, for another process; null where that is not known. */
  readonly place: Place;
}

/** Made for whoever asks for the cursor. */
type Place = () => string | null;

/** Where a subscriber broke off, as its cursor has it. */
export interface RunBreak {
  /** Of the server's feed; null where the cursor can't be read. */
  readonly mark: string | null;
  /** In the server's own terms. */
  readonly place: string | null;
}

/** The same for one server's part. */
export interface RunPlace {
  /** In the server's feed, as this process counts; negative where that is not known. */
  readonly position: number;
  /** In the server's own terms. */
  readonly place: string | null;
}

/** One server's part. */
export interface RunUpdateSource {
  readonly server: string;
  /** Of its feed. All servers' have the same key. */
  readonly cursors: Cursors;
  /**
   * The unfinished runs that the system's own subscription begins with, then each change, for ever.
   * @param from where to go on from, in place of these runs; null for nowhere.
   * @param begun called when these runs have been read, with the position and the place from which changes follow.
   */
  open(
    from: RunPlace | null,
    begun: (position: number, place?: Place) => void,
  ): AsyncIterableIterator<RunChange, undefined>;
}

/** Where a follower is in each server's feed; without an entry for one whose part has not begun. */
export interface RunPositions {
  readonly key: SealingKey;
  readonly marks: ReadonlyMap<string, string>;
  readonly places: ReadonlyMap<string, Place>;
}

export type RunNews =
  | { readonly kind: "change"; readonly key: string; readonly change: RunChange; readonly at: RunPositions }
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
  after: ReadonlyMap<string, RunBreak>,
): AsyncIterableIterator<RunNews, undefined> {
  const reader = new Reader(sources, after);
  const updates = mergeStreams(sources.map((source) => persist(source, reader)));
  return mapStream(updates, [], ({ server, news }) => {
    if (news.kind === "fault") return news;
    const { change } = news;
    reader.note(server, change.update.position, change.place);
    const at = reader.now;
    const key = JSON.stringify([server, change.update.key, ...at.marks, ...reader.given]);
    return { kind: "change", key, change, at };
  });
}

/** How far one reader is on each server. Only what has been read counts. */
class Reader {
  readonly #marks: Map<string, string>;
  readonly #places = new Map<string, Place>();
  /** Places that the reader came with, which nothing that this process has seen stands for yet. */
  readonly #given = new Map<string, string>();

  readonly #cursors: ReadonlyMap<string, Cursors>;

  constructor(
    private readonly sources: readonly RunUpdateSource[],
    private readonly after: ReadonlyMap<string, RunBreak>,
  ) {
    this.#cursors = new Map(sources.map(({ server, cursors }) => [server, cursors]));
    this.#marks = new Map([...after].flatMap(([server, { mark }]) => (mark === null ? [] : [[server, mark]])));
    for (const [server, { place }] of after) {
      if (place === null) continue;
      this.#given.set(server, place);
      this.#places.set(server, () => place);
    }
  }

  get now(): RunPositions {
    const key = this.sources[0]?.cursors.key ?? PROCESS_KEY;
    return { key, marks: new Map(this.#marks), places: new Map(this.#places) };
  }

  get given(): readonly (readonly [string, string])[] {
    return [...this.#given];
  }

  /** Where a server's part is to go on from. */
  from(server: string): RunPlace | null {
    const mark = this.#marks.get(server);
    if (mark === undefined && !this.after.has(server)) return null;
    // A position that nothing leads on from stands for a place that can't be read.
    const position = mark === undefined ? -1 : (this.#cursors.get(server)?.numberOf(mark) ?? -1);
    return { position, place: this.#places.get(server)?.() ?? null };
  }

  /** @param position null inside a snapshot: a part that breaks off there begins with it again. */
  note(server: string, position: number | null, place: Place | undefined): void {
    const cursors = this.#cursors.get(server);
    if (position !== null && cursors !== undefined) this.#marks.set(server, cursors.mark(position));
    const own = position === null ? place?.() : place;
    if (own == null) return;
    this.#places.set(server, typeof own === "string" ? () => own : own);
    this.#given.delete(server);
  }
}

interface ServerNews {
  readonly server: string;
  readonly news: { readonly kind: "change"; readonly change: RunChange } | Extract<RunNews, { readonly kind: "fault" }>;
}

/** One source that is opened again after each failure. */
function persist(source: RunUpdateSource, reader: Reader): AsyncIterableIterator<ServerNews, undefined> {
  const { server } = source;
  const left = new AbortController();
  let stream: AsyncIterableIterator<RunChange, undefined> | undefined;
  const news = (async function* (): AsyncGenerator<ServerNews, undefined, undefined> {
    let failures = 0;
    while (!left.signal.aborted) {
      stream = source.open(reader.from(server), (position, place) => reader.note(server, position, place));
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
