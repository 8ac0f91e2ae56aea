// Updates of several servers in one stream. A server that fails does not end the others' part: its failure is reported once,
// and its part begins when it answers again.

import { setTimeout as sleep } from "node:timers/promises";
import { Overflow, ServerReplaced, UpstreamError } from "../../errors.js";
import { PROCESS_KEY } from "../../events/cursors.js";
import type { Cursors } from "../../events/cursors.js";
import { mergeStreams } from "../../events/merge.js";
import { createStream, mapStream } from "../../events/stream.js";
import { openPosition } from "./merged-places.js";
import type { Break, MergedPosition, Place } from "./merged-places.js";
import type { Update } from "./subject.js";

/** One change as one server's part has it. T: the thing, or what makes it when it is delivered. */
export interface Change<T> {
  readonly value: T;
  /** The system's own. */
  readonly update: Omit<Update<unknown>, "value">;
  /** Where a subscriber with this update is, in the server's own terms, for another process; null where that is not known. */
  readonly place: Place;
}

/** Where to go on from on one server. */
export interface PartPlace {
  /** In the server's feed, as this process counts; negative where that is not known. */
  readonly position: number;
  /** In the server's own terms. */
  readonly place: string | null;
}

/** One server's part. */
export interface ServerPart<T> {
  readonly server: string;
  /** Of its feed. All servers' have the same key. */
  readonly cursors: Cursors;
  /**
   * What the server's own subscription begins with, then each change, for ever.
   * @param from where to go on from, in place of that beginning; null for nowhere.
   * @param begun called when the beginning has been read, with the position and the place from which changes follow.
   */
  readonly open: (
    from: PartPlace | null,
    begun: (position: number, place?: Place) => void,
  ) => AsyncIterableIterator<Change<T>, undefined>;
}

export type MergedUpdate<T> =
  | {
      readonly kind: "change";
      /** As that of an update: equal for two with the same content. */
      readonly key: string;
      readonly server: string;
      readonly change: Change<T>;
      readonly at: MergedPosition;
    }
  | { readonly kind: "fault"; readonly error: unknown };

/** Until a server that has failed is tried again; doubles with each failure. */
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/**
 * Changes of all servers as they come. Throws only `Overflow`, when its reader is too slow, and `ServerReplaced`.
 * @param cursor where the reader was before; a server of which it says nothing begins with a snapshot.
 */
export function followAll<T>(
  parts: readonly ServerPart<T>[],
  cursor: string | null | undefined,
): AsyncIterableIterator<MergedUpdate<T>, undefined> {
  const reader = new Reader(parts, cursor == null ? new Map() : openPosition(cursor, parts));
  const updates = mergeStreams(parts.map((part) => persist(part, reader)));
  return mapStream(updates, [], ({ server, news }) => {
    if (news.kind === "fault") return news;
    const { change } = news;
    reader.note(server, change.update.position, change.place);
    const at = reader.now;
    const key = JSON.stringify([server, change.update.key, ...at.marks, ...reader.given]);
    return { kind: "change", key, server, change, at };
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
    private readonly sources: readonly Pick<ServerPart<unknown>, "server" | "cursors">[],
    private readonly after: ReadonlyMap<string, Break>,
  ) {
    this.#cursors = new Map(sources.map(({ server, cursors }) => [server, cursors]));
    this.#marks = new Map([...after].flatMap(([server, { mark }]) => (mark === null ? [] : [[server, mark]])));
    for (const [server, { place }] of after) {
      if (place === null) continue;
      this.#given.set(server, place);
      this.#places.set(server, () => place);
    }
  }

  get now(): MergedPosition {
    const key = this.sources[0]?.cursors.key ?? PROCESS_KEY;
    return { key, marks: new Map(this.#marks), places: new Map(this.#places) };
  }

  get given(): readonly (readonly [string, string])[] {
    return [...this.#given];
  }

  /** Where a server's part is to go on from. */
  from(server: string): PartPlace | null {
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

type Fault = Extract<MergedUpdate<never>, { readonly kind: "fault" }>;

interface ServerNews<T> {
  readonly server: string;
  readonly news: { readonly kind: "change"; readonly change: Change<T> } | Fault;
}

/** The same part, with other values. */
export function mapPart<T, R>(part: ServerPart<T>, map: (value: T) => R): ServerPart<R> {
  const { server, cursors, open } = part;
  return {
    ...{ server, cursors },
    open: (from, begun) => mapStream(open(from, begun), [], (change) => ({ ...change, value: map(change.value) })),
  };
}

/** One part that is opened again after each failure. */
function persist<T>(part: ServerPart<T>, reader: Reader): AsyncIterableIterator<ServerNews<T>, undefined> {
  const { server } = part;
  const left = new AbortController();
  let stream: AsyncIterableIterator<Change<T>, undefined> | undefined;
  const news = (async function* (): AsyncGenerator<ServerNews<T>, undefined, undefined> {
    let failures = 0;
    while (!left.signal.aborted) {
      stream = part.open(reader.from(server), (position, place) => reader.note(server, position, place));
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
