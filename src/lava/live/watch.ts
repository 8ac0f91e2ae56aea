// Subscribers to test jobs. All that want the same jobs with the same rights share one follower: one read for each
// change, and one update object, by which the server knows what it need not execute again. Each has a queue of its own.

import type { HubSubscription } from "../../events/hub.js";
import { Sharing } from "../../events/sharing.js";
import type { Held } from "../../events/sharing.js";
import { createStream } from "../../events/stream.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import { BulkReaders } from "./bulk-reader.js";
import type { LavaClient } from "../client/client.js";
import type { LavaEvent, TestJobEvent } from "../protocol/event.js";
import type { LavaFeed } from "./feed.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import { isBehind, isChange, replay } from "./job-change.js";
import type { JobFollower, JobUpdate, Known } from "./job-follower.js";
import { ScopeFollower } from "./scope-follower.js";
import type { JobScope } from "./scope-follower.js";
import { SetFollower } from "./set-follower.js";
import type { WireTestJob } from "../protocol/wire.js";

/** Events of so many different jobs are replayed for one that comes back; with more it begins with a snapshot. */
const REPLAYED_JOBS_MAX = 500;

/** How a subscriber begins. */
interface Beginning {
  readonly first: JobUpdate[];
  readonly live: HubSubscription<JobUpdate>;
  /** Jobs that have not finished, where the subscriber is to end with them. */
  readonly open?: Set<number>;
  /** What it was told of jobs before the follower has told it: until the follower is further on, that is no news. */
  readonly told?: Map<number, WireTestJob>;
}

interface Missed {
  readonly events: readonly TestJobEvent[];
  /** Whether some that can't be told any more may have been missed, too. */
  readonly expired: boolean;
}

const NOTHING_MISSED: Missed = { events: [], expired: false };

/** Followers of one server's test jobs. */
export class TestJobWatch {
  readonly #readers: BulkReaders<LavaJobId, WireTestJob>;
  readonly #sets = new Sharing<SetFollower>();
  readonly #scopes = new Sharing<ScopeFollower>();

  constructor(
    private readonly client: LavaClient,
    private readonly feed: LavaFeed,
  ) {
    this.#readers = new BulkReaders(
      (ids, ask) => client.jobsById(ids, ask),
      (wire) => toJobId(wire.id),
    );
  }

  /**
   * The jobs now, in the ids' order, then each change of a job's state or health once and in order, until all have
   * finished. Ends at once, without any update, when the viewer may not see one of them. The first read's failure is
   * thrown; later ones only delay what they would have told.
   * @param after position of an update that was delivered before: what came since is replayed in place of the snapshot.
   */
  follow(
    ids: readonly LavaJobId[],
    ask: Ask,
    after: number | null = null,
  ): AsyncIterableIterator<JobUpdate, undefined> {
    const as = asFollower(ask);
    const wanted = new Set<LavaJobId>(ids);
    const sorted = [...wanted].sort((a, b) => a - b);
    const held = this.#sets.hold(keyOf(as, sorted), (retire) => {
      const wants = ({ jobId }: TestJobEvent) => wanted.has(jobId);
      return new SetFollower(this.#parts(as, wants, retire), sorted);
    });
    return subscriber(held, () => this.#beginSet(held.value, [...wanted], after));
  }

  /**
   * The unfinished jobs of a scope now (at most 100, oldest first), then each change of any of its jobs, new ones too.
   * Never completes by itself. `after` as for `follow`.
   */
  followScope(scope: JobScope, ask: Ask, after: number | null = null): AsyncIterableIterator<JobUpdate, undefined> {
    const as = asFollower(ask);
    const held = this.#scopes.hold(
      keyOf(as, scope.query),
      (retire) =>
        new ScopeFollower(
          this.#parts(as, () => true, retire),
          scope,
        ),
    );
    return subscriber(held, () => this.#beginScope(held.value, scope, as, after));
  }

  #parts(ask: Ask, wants: (event: TestJobEvent) => boolean, retire: () => void) {
    const news = this.feed.subscribe((event: LavaEvent) => event.kind === "testjob" && wants(event));
    const reader = this.#readers.open(ask);
    return { client: this.client, feed: this.feed, ask, news, reader, retire };
  }

  async #beginSet(
    follower: SetFollower,
    ids: readonly LavaJobId[],
    after: number | null,
  ): Promise<Beginning | undefined> {
    await follower.ready;
    await proven(follower);
    // Nothing is awaited from here on: the follower tells what it learns later, and nothing that is in these.
    const jobs = ids.map((id) => follower.known.get(id));
    if (jobs.includes(undefined)) return undefined;
    const { events, expired } = this.#missed(after, ({ jobId }) => ids.includes(jobId));
    const first = jobs.flatMap((known) => (known === undefined ? [] : [...retold(follower, known, events)]));
    const open = new Set<number>(ids.filter((id) => follower.known.get(id)?.wire.state !== "Finished"));
    return { first: marked(first, expired), live: follower.subscribe(), open };
  }

  async #beginScope(follower: ScopeFollower, scope: JobScope, ask: Ask, after: number | null): Promise<Beginning> {
    await follower.ready;
    await proven(follower);
    const live = follower.subscribe();
    const { events, expired } = this.#missed(after, () => true);
    if (after === null || expired) {
      return {
        first: marked(
          follower.shown().map((known) => follower.snapshot(known)),
          expired,
        ),
        live,
      };
    }
    const told = new Map<number, WireTestJob>();
    const first: JobUpdate[] = [];
    const reader = this.#readers.open(ask);
    try {
      const position = this.feed.ring.last;
      const ids = [...new Set(events.map((event) => event.jobId))];
      for (const read of await Promise.all(ids.map((id) => reader.read(id)))) {
        if (read === null || !scope.matches(read)) continue;
        // An event that came before the database knew of it is not to be lost.
        const known = follower.known.get(toJobId(read.id))?.wire;
        const wire = known !== undefined && isBehind(read.state, known.state) ? known : read;
        for (const change of replay(wire, events)) first.push({ ...change, position, expired: false });
        told.set(wire.id, wire);
      }
    } catch (error) {
      live.close();
      throw error;
    } finally {
      reader.close();
    }
    // Whoever leaves before the last of these has not had all of it, and gets it again.
    const beginning = first.map((update, at) => (at < first.length - 1 ? { ...update, position: after } : update));
    return { first: beginning, live, told };
  }

  /** What one who comes back has missed. */
  #missed(after: number | null, wants: (event: TestJobEvent) => boolean): Missed {
    if (after === null) return NOTHING_MISSED;
    const kept = this.feed.missedSince(after);
    const events = (kept ?? []).flatMap(({ event }) => (event.kind === "testjob" && wants(event) ? [event] : []));
    const expired = kept === null || new Set(events.map((event) => event.jobId)).size > REPLAYED_JOBS_MAX;
    return { events: expired ? [] : events, expired };
  }
}

function keyOf(ask: Ask, wanted: unknown): string {
  return `${ask.viewer} ${JSON.stringify(wanted)}`;
}

/** Waits until everything that the follower knows has been shown to its viewer lately. Throws `UpstreamError`. */
async function proven(follower: JobFollower): Promise<void> {
  for (const known of follower.known.values()) {
    if (!follower.isProven(known)) return follower.prove();
  }
}

/** A job for one who comes back, or comes first: what was missed of it, else its snapshot. */
function* retold(follower: JobFollower, known: Known, missed: readonly TestJobEvent[]): Generator<JobUpdate> {
  const snapshot = follower.snapshot(known);
  for (const change of replay(known.wire, missed)) {
    const isSnapshot = change.wire === snapshot.wire && change.source === snapshot.source;
    yield isSnapshot ? snapshot : { ...snapshot, ...change };
  }
}

function marked(updates: JobUpdate[], expired: boolean): JobUpdate[] {
  return updates.map((update, at) => (expired && at === 0 ? { ...update, expired } : update));
}

/** One subscriber's stream: its beginning, then what the follower tells. Whoever leaves releases the follower. */
function subscriber(
  held: Held<JobFollower>,
  begin: () => Promise<Beginning | undefined>,
): AsyncIterableIterator<JobUpdate, undefined> {
  let begun: Promise<Beginning | undefined> | undefined;
  let live: HubSubscription<JobUpdate> | undefined;
  let left = false;
  const leave = () => {
    left = true;
    live?.close();
    held.release();
  };
  const open = async () => {
    const beginning = await begin();
    live = beginning?.live;
    // It may have left meanwhile.
    if (left) live?.close();
    return beginning;
  };
  const next = async (): Promise<IteratorResult<JobUpdate, undefined>> => {
    try {
      const beginning = await (begun ??= open());
      const first = left ? undefined : beginning?.first.shift();
      if (first !== undefined) return { done: false, value: first };
      while (beginning !== undefined && beginning.open?.size !== 0) {
        const result = await beginning.live.next();
        if (result.done === true) break;
        if (isNews(beginning, result.value)) return result;
      }
    } catch (error) {
      leave();
      throw error;
    }
    leave();
    return { done: true, value: undefined };
  };
  return createStream(next, () => {
    leave();
    return Promise.resolve();
  });
}

/** Notes what the subscriber is told with it, too. */
function isNews({ told, open }: Beginning, { wire }: JobUpdate): boolean {
  const before = told?.get(wire.id);
  if (before !== undefined && !isChange(before, wire)) return false;
  if (before !== undefined) told?.set(wire.id, wire);
  if (wire.state === "Finished") open?.delete(wire.id);
  return true;
}
