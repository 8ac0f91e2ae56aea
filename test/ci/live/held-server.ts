// A server and its feed that a test holds in its hands, for the engine alone.

import { UpdateSource } from "../../../src/ci/enums.js";
import { clock } from "../../../src/ci/live/clock.js";
import type { Feed, Listing, News, Subject, Update } from "../../../src/ci/live/subject.js";
import { UpstreamError } from "../../../src/errors.js";
import { Hub } from "../../../src/events/hub.js";
import { EventRing } from "../../../src/events/ring.js";

export interface Thing {
  readonly id: number;
  readonly state: number;
}
export interface Change extends Thing {
  readonly time: string;
}

export const END = 9;
export const away = (kind: "UpstreamUnreachable" | "UpstreamDenied") =>
  new UpstreamError({ kind, server: "far", operation: "read", message: "no" });

/** A server whose things have states from 1 to `END`. */
export class Server implements Feed<number, null, Change> {
  readonly server = "far";
  readonly queueMax = 1_000;
  readonly ring = new EventRing<Change>();
  readonly signal = new AbortController().signal;
  readonly hub = new Hub<News<Change>>();
  readonly things = new Map<number, number>();
  readonly reads: (readonly number[])[] = [];
  /** The `newest` of each list that was asked for. */
  readonly lists: (number | null)[] = [];
  readonly foundStates: string[] = [];
  fault: Error | undefined;
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();
  pollsAsked = 0;

  subscribe(wants: (event: Change) => boolean) {
    return this.hub.subscribe((item) => item.kind === "poll" || wants(item.event));
  }
  missedSince(position: number) {
    return this.ring.after(position);
  }
  pollWithin() {
    this.pollsAsked += 1;
  }
  found(what: string) {
    this.foundStates.push(what);
  }
  poll() {
    this.hub.publish({ kind: "poll", source: UpdateSource.REPAIRED, at: clock.now() });
  }
  /** @param isSilent no event tells of it. */
  set(id: number, state: number, isSilent = false) {
    this.things.set(id, state);
    if (!isSilent) this.publish(id, state);
  }
  publish(id: number, state: number) {
    const event = { id, state, time: "" };
    this.hub.publish({ kind: "event", event, at: clock.now(), number: this.ring.push(event) });
  }
  async read(ids: readonly number[]) {
    this.reads.push(ids);
    await this.gate;
    if (this.fault !== undefined) throw this.fault;
    return new Map(ids.flatMap((id) => (this.things.has(id) ? [[id, { id, state: this.things.get(id) ?? 0 }]] : [])));
  }
  async list(newest: number | null): Promise<Listing<number, Thing>> {
    this.lists.push(newest);
    await this.gate;
    if (this.fault !== undefined) throw this.fault;
    const all = [...this.things].map(([id, state]) => ({ id, state }));
    const values = all.filter(({ id, state }) => (newest === null ? state !== END : id > newest));
    return { values, isWhole: false, newest: Math.max(0, ...this.things.keys()) };
  }
}

export const subjectOf = (server: Server): Subject<number, Thing, null, Change> => ({
  name: "thing",
  ordered: true,
  holdsMs: 30_000,
  keyOf: ({ id }) => id,
  stateOf: ({ state }) => String(state),
  follows: (before, next) => next.state > before.state,
  hasEnded: ({ state }) => state === END,
  read: (ids) => server.read(ids),
  list: (_, __, newest) => server.list(newest),
  matches: () => true,
  touches: ({ id }) => id,
  apply: (thing, { state }) => ({ ...thing, state }),
});

/** `1:2 BUS`: thing 1 in state 2. */
export const said = ({ value, source, expired }: Update<Thing>) =>
  `${value.id}:${value.state} ${source}${expired ? " EXPIRED" : ""}`;

export async function take(updates: AsyncIterableIterator<Update<Thing>, undefined>, count: number) {
  const all: Update<Thing>[] = [];
  while (all.length < count) {
    const { done, value } = await updates.next();
    if (done === true) break;
    all.push(value);
  }
  return all;
}
