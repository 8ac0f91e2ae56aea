// One server's log in Redis. Each event is appended by whoever hears it first, and told when it is read from there: so all
// gateways tell the same in the same order. While the engine is away, what is heard is told at once.
//
//   alone ──join──▶ joining ──the log's end is read──▶ joined ──engine away──▶ alone
//                                                        │ set back, cut, or begun anew
//                                                        └──▶ joining

import { randomBytes } from "node:crypto";
import { Cursors, newGeneration } from "../../events/cursors.js";
import type { EventLog, Logged, LogListener } from "../../events/event-log.js";
import { EventRing, RING_MAX } from "../../events/ring.js";
import type { SealingKey } from "../../events/sealing-key.js";
import type { LogStatus } from "../cluster.js";
import type { WireEntry } from "./engine.js";
import type { LabKeys } from "./keys.js";
import { APPEND, DEAF, HEAR, SILENT } from "./scripts.js";
import type { Script } from "./scripts.js";

/** What entries hold; another number is of another version of Etna. */
const FORMAT = "1";
/** A lost connection is noticed by then at the latest: LAVA's heartbeats, see `lava/live/publisher.ts`. */
const DEAF_MS = 20_000;

/** Where a log has been read to. */
export interface Place {
  readonly generation: string;
  readonly sequence: number;
  /** Of the last entry: each entry names the one before, so that a log that was set back is known. */
  readonly mark: string;
}

/** What a heartbeat tells of a log. */
export interface Head extends Place {
  readonly hearers: number;
  /** Whether this log is one of them. */
  readonly isHearer: boolean;
}

export interface LogParts {
  readonly server: string;
  readonly keys: LabKeys;
  readonly cursorKey: SealingKey;
  /** The set of members. */
  readonly members: string;
  /** Unique in the cluster: MEMBER/NUMBER. */
  readonly hearer: string;
  /** Does something in the engine; what fails is seen to by whoever gives it. */
  readonly run: (script: Script, keys: readonly string[], args: readonly (string | number)[]) => void;
  /** The log has to be joined anew. @param wasSetBack whether the log itself lacks what was in it. */
  readonly onBroken: (wasSetBack: boolean) => void;
  readonly onClose: () => void;
}

export class RedisLog<E extends Logged = Logged> implements EventLog<E> {
  readonly ring = new EventRing<E>();
  readonly cursors: Cursors;
  #listener: LogListener<E> | undefined;
  #place: Place | null = null;
  #isJoining = false;
  /** Appended, and not read from the log yet. */
  readonly #pending = new Map<string, E>();
  /** Whether the own bus is connected and should bring everything, and whether it has been found not to. */
  #isConnected = false;
  #isSilent = false;
  #isHearer = false;
  #heardElsewhere = false;
  #lag = 0;
  #hearers = 0;

  constructor(private readonly parts: LogParts) {
    this.cursors = new Cursors(parts.server, parts.cursorKey);
  }

  get base(): string {
    return this.parts.keys.base;
  }

  get hearer(): string {
    return this.parts.hearer;
  }

  /** Null while it is alone. */
  get place(): Place | null {
    return this.#place;
  }

  /** Whether the own bus brings everything. */
  get hearsAll(): boolean {
    return this.#isConnected && !this.#isSilent;
  }

  /** What is to be read next; null while that is nothing. */
  get reading(): readonly [stream: string, after: string] | null {
    if (this.#place === null || this.#isJoining) return null;
    return [streamOf(this.base, this.#place.generation), `${this.#place.sequence}-0`];
  }

  get status(): LogStatus {
    return { server: this.parts.server, lag: this.#lag, hearers: this.#hearers };
  }

  listen(listener: LogListener<E>): void {
    this.#listener = listener;
  }

  append(event: E, isTold: boolean): void {
    this.#isSilent = false;
    if (this.#place === null && !this.#isJoining) {
      if (!isTold) this.#tell(event);
      return;
    }
    // Heard again, it still proves that the bus is alive.
    if (isTold && (this.#isHearer || !this.hearsAll)) return;
    if (!isTold) {
      if (this.#pending.has(event.uuid)) return;
      this.#pending.set(event.uuid, event);
    }
    this.#isHearer = this.hearsAll;
    const { keys, hearer } = this.parts;
    const { uuid } = event;
    const body = keys.bodies.seal(JSON.stringify(event));
    const hears = this.hearsAll ? "1" : "0";
    this.#run(APPEND, [hearer, hears, newMark(), keys.hash(uuid), newMark(), body, newGeneration(), RING_MAX]);
  }

  connected(isWhole: boolean): void {
    if (this.#place === null && !this.#isJoining) this.ring.markGap();
    if (!isWhole) return;
    this.#isConnected = true;
    this.#isSilent = false;
    if (this.#place === null) return;
    this.#isHearer = true;
    this.#run(HEAR, [this.parts.hearer, newMark(), newGeneration(), RING_MAX]);
  }

  disconnected(wasWhole: boolean): void {
    if (wasWhole) this.#forget(DEAF_MS);
  }

  silent(): void {
    this.#isSilent = true;
    this.#isHearer = false;
    this.#setElsewhere(false);
    if (this.#place !== null) this.parts.run(SILENT, [this.base], []);
    else this.ring.markGap();
  }

  close(): void {
    this.#forget(0);
    this.parts.onClose();
  }

  /** From now on what is heard is appended; told it is once the log's end has been read. */
  join(): void {
    this.#isJoining = true;
  }

  /** Entries as they are, opened: some thousand take their time. */
  read(entries: readonly WireEntry[]): readonly OpenEntry<E>[] {
    return entries.flatMap((wire) => {
      const entry = readEntry(wire);
      return entry === null ? [] : [{ entry, event: this.#open(entry) }];
    });
  }

  /** The log's last entries have been read: they take the place of all that the ring has. */
  joined(head: Head, entries: readonly OpenEntry<E>[]): void {
    const { generation } = head;
    let last = entries[0] === undefined ? head.sequence : entries[0].entry.sequence - 1;
    const begin = () => {
      this.ring.forget();
      this.cursors.begin(generation, this.ring.last, last);
    };
    begin();
    const waiting: (readonly [event: E, number: number])[] = [];
    for (const { entry, event } of entries) {
      // Some are missing between two: nothing leads over that.
      if (entry.sequence !== last + 1) {
        last = entry.sequence - 1;
        begin();
      }
      last = entry.sequence;
      if (event === null) this.ring.markGap();
      else {
        const number = this.ring.push(event);
        if (this.#pending.delete(event.uuid)) waiting.push([event, number]);
      }
    }
    this.#place = { generation, sequence: last, mark: entries.at(-1)?.entry.mark ?? head.mark };
    this.#isJoining = false;
    this.beaten(head);
    // It has connected while the log was read.
    if (this.hearsAll && !head.isHearer) this.connected(true);
    for (const [event, number] of waiting) this.#listener?.event(event, number);
    this.#listener?.gap();
  }

  /** The engine is away. Harmless when repeated. */
  leave(): void {
    if (this.#place === null && !this.#isJoining) return;
    this.#place = null;
    this.#isJoining = false;
    this.#isHearer = false;
    this.#lag = 0;
    this.ring.markGap();
    this.cursors.begin(newGeneration(), this.ring.last, 0);
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const event of waiting) this.#tell(event);
    this.#setElsewhere(false);
    this.#listener?.gap();
  }

  /** What a heartbeat has told. */
  beaten(head: Head): void {
    this.#isHearer = head.isHearer && this.hearsAll;
    // It has lost the bus while it joined.
    if (head.isHearer && !this.#isConnected) this.#sayDeaf(DEAF_MS);
    this.#hearers = head.hearers;
    this.#lag = Math.max(0, head.sequence - (this.#place?.sequence ?? head.sequence));
    this.#setElsewhere(head.hearers > (head.isHearer ? 1 : 0));
  }

  /** What has been read of a stream that was asked for. */
  take(stream: string, entries: readonly WireEntry[]): void {
    for (const wire of entries) {
      const place = this.#place;
      const entry = readEntry(wire);
      if (place === null || this.#isJoining || streamOf(this.base, place.generation) !== stream) return;
      if (entry === null || entry.sequence <= place.sequence) continue;
      if (entry.sequence !== place.sequence + 1 || entry.before !== place.mark) {
        this.parts.onBroken(entry.sequence === place.sequence + 1);
        return;
      }
      this.#place = { ...entry, generation: place.generation };
      const event = this.#open(entry);
      if (event === null) {
        this.ring.markGap();
        this.#listener?.gap();
      } else {
        this.#pending.delete(event.uuid);
        this.#tell(event);
      }
    }
  }

  #tell(event: E): void {
    this.#listener?.event(event, this.ring.push(event));
  }

  #forget(deafMs: number): void {
    const was = this.#isConnected;
    this.#isConnected = false;
    this.#isHearer = false;
    if (was && this.#place !== null) this.#sayDeaf(deafMs);
  }

  #sayDeaf(deafMs: number): void {
    this.#run(DEAF, [this.parts.hearer, deafMs, newMark(), newGeneration(), RING_MAX]);
  }

  #setElsewhere(heard: boolean): void {
    if (heard === this.#heardElsewhere) return;
    this.#heardElsewhere = heard;
    this.#listener?.heardElsewhere(heard);
  }

  /** Null for a gap, and for what another version of Etna or another secret has written: both are looked up, not told. */
  #open({ format, kind, body }: Entry): E | null {
    if (format !== FORMAT || kind !== "event") return null;
    const text = this.parts.keys.bodies.open(body);
    // Only who has the cluster's secret can have written it, in this format.
    return text === null ? null : (JSON.parse(text) as E);
  }

  #run(script: Script, args: readonly (string | number)[]): void {
    this.parts.run(script, [this.base, this.parts.members], args);
  }
}

/** An entry with what is in it: null for a gap, and for what can't be read. */
export interface OpenEntry<E> {
  readonly entry: Entry;
  readonly event: E | null;
}

interface Entry {
  readonly sequence: number;
  readonly format: string;
  readonly kind: string;
  readonly mark: string;
  readonly before: string;
  readonly body: string;
}

/** Null for what is no entry of Etna's. */
function readEntry([id, fields]: WireEntry): Entry | null {
  const sequence = Number(/^(\d+)-0$/.exec(id)?.[1]);
  if (!Number.isSafeInteger(sequence)) return null;
  const values = new Map<string, string>();
  let name = "";
  for (const [at, text] of fields.entries()) {
    if (at % 2 === 0) name = text;
    else values.set(name, text);
  }
  const [format = "", kind = "", mark = "", before = "", body = ""] = ["v", "k", "n", "p", "b"].map((name) =>
    values.get(name),
  );
  return { sequence, format, kind, mark, before, body };
}

export function streamOf(base: string, generation: string): string {
  return `${base}:log:${generation}`;
}

/** Unlike any other, so that two logs with the same numbers are told apart. */
export function newMark(): string {
  return randomBytes(6).toString("base64url");
}
