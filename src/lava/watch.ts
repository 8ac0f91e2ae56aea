// Follows test jobs to their end. LAVA's bus is a hint, not a record: events come doubled, swapped, early or not at all,
// and carry private jobs to everybody. So a follower starts with a read under its own rights, events only move it
// forward, and regular looks (a read of all followed jobs in bulk) deliver what the bus has lost.

import { setTimeout as sleep } from "node:timers/promises";
import DataLoader from "dataloader";
import { make } from "../ci/make.js";
import { EventFeed, ServerEvents } from "../ci/server.type.js";
import { Hub } from "../events/hub.js";
import type { Secret } from "../net/secret.js";
import type { LavaClient } from "./client.js";
import type { TestJobEvent } from "./event.js";
import { toJobId } from "./ids.js";
import type { LavaJobId } from "./ids.js";
import { LavaPublisher, toPublisherAddress } from "./publisher.js";
import type { WireTestJob } from "./wire.js";

/** `auto` and `zmq` listen to the publisher and poll while it is out of reach; `poll` only polls. */
export type EventsOption = "auto" | "zmq" | "poll";

export enum UpdateSource {
  SNAPSHOT = "SNAPSHOT",
  BUS = "BUS",
  POLL = "POLL",
  REPAIRED = "REPAIRED",
}

/** A test job as of one change of its state or health. */
export interface JobUpdate {
  readonly wire: WireTestJob;
  readonly source: UpdateSource;
}

/** Between looks while the bus is up: the net below lost events. */
const LOOK_MS = 30_000;
/** Between looks while there is no bus. */
const POLL_MS = 2_000;
/** After a read that failed. */
const RETRY_MS = 2_000;
/** From the handshake until the subscription has reached the publisher. */
const JOIN_MS = 250;
/** How long a proof that the viewer may see the job holds for further events. */
const RIGHTS_MS = 30_000;
/** Until the publisher is looked for again after a failure, and after finding that the server publishes nothing. */
const DISCOVER_MS = 5_000;
const DISCOVER_OFF_MS = 300_000;
/** The bus is up to some 25 ms ahead of the database (once in 40 events); waits between reads until it has caught up. */
const CATCH_UP_MS = [20, 50, 100, 250, 500, 1_000];

const LIFE = ["Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"];

type News =
  { readonly kind: "event"; readonly event: TestJobEvent } | { readonly kind: "look"; readonly source: UpdateSource };

export interface WatchOptions {
  readonly client: LavaClient;
  /** Host of the server, for a publisher that binds to `*`. */
  readonly host: string;
  readonly events: EventsOption;
  /** The publisher's address; null asks the server. */
  readonly publisher: string | null;
  /** The gateway's own token, for that question. */
  readonly token: Secret | null;
}

/** The live side of one LAVA server. Opens nothing before `start`. */
export class TestJobWatch {
  readonly #hub = new Hub<News>();
  readonly #readers = new Map<
    string,
    { readonly loader: DataLoader<LavaJobId, WireTestJob | null>; followers: number }
  >();
  #publisher: LavaPublisher | undefined;
  readonly #stop = new AbortController();
  #lookTimer: NodeJS.Timeout | undefined;
  /** When it fires, on the clock of `performance.now`. */
  #lookAt = Infinity;
  #started = false;
  #connected = false;
  #since: string | null = null;
  #lastEventAt: string | null = null;
  #received = 0;
  #dropped = 0;

  constructor(private readonly options: WatchOptions) {}

  /** Looks for the publisher in the background, for as long as it takes. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#setConnected(false);
    if (this.options.events !== "poll") void this.#discover();
  }

  status(): ServerEvents {
    return make(ServerEvents, {
      source: this.#connected ? EventFeed.ZMQ : EventFeed.POLL,
      connected: this.#connected,
      since: this.#since,
      lastEventAt: this.#lastEventAt,
      received: this.#received,
      dropped: this.#dropped,
    });
  }

  /**
   * The job now, then each change of its state or health once and in order, until it has finished. Ends without any
   * update when the viewer may not see the job, and early when the right is lost. The first read's failure is thrown;
   * later ones only delay what they would have told.
   */
  async *follow(id: LavaJobId, token: Secret | null): AsyncGenerator<JobUpdate, void, undefined> {
    const news = this.#hub.subscribe((item) => item.kind === "look" || item.event.jobId === id);
    const reader = this.#openReader(token);
    this.#lookWithin(this.#interval);
    try {
      let known = await reader.read(id);
      if (known === null) return;
      let provenAt = Date.now();
      yield { wire: known, source: UpdateSource.SNAPSHOT };
      if (known.state === "Finished") return;

      for await (const item of news) {
        let next: WireTestJob | null = item.kind === "event" ? applyEvent(known, item.event) : null;
        if (item.kind === "event" && next === null) continue;
        const ended: boolean = next?.state === "Finished";
        if (next === null || ended || Date.now() - provenAt > RIGHTS_MS) {
          let read: WireTestJob | null;
          try {
            read = ended ? await this.#readEnded(reader.read, id) : await reader.read(id);
          } catch {
            this.#lookWithin(RETRY_MS);
            continue;
          }
          if (read === null) return;
          provenAt = Date.now();
          // An event's own state is delivered even when the read is further on: the later ones have their own events.
          if (next === null || ended) next = isChange(known, read) ? read : null;
          if (next === null) {
            if (read.state === known.state) known = read;
            continue;
          }
        }
        known = next;
        yield { wire: known, source: item.kind === "event" ? UpdateSource.BUS : item.source };
        if (known.state === "Finished") return;
      }
    } finally {
      news.close();
      reader.close();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#lookTimer);
    this.#hub.close();
    await this.#publisher?.close();
  }

  /** Reads of all followers with the same rights, batched: one request for whatever they ask in the same moment. */
  #openReader(token: Secret | null) {
    const key = token?.fingerprint() ?? "anonymous";
    let entry = this.#readers.get(key);
    if (entry === undefined) {
      const { client } = this.options;
      const loader = new DataLoader<LavaJobId, WireTestJob | null>(
        async (ids) => {
          const jobs = await client.jobsById([...new Set(ids)], token);
          const found = new Map(jobs.map((job) => [toJobId(job.id), job]));
          return ids.map((id) => found.get(id) ?? null);
        },
        { cache: false },
      );
      entry = { loader, followers: 0 };
      this.#readers.set(key, entry);
    }
    const held = entry;
    held.followers += 1;
    return {
      read: (id: LavaJobId) => held.loader.load(id),
      close: () => {
        held.followers -= 1;
        if (held.followers === 0) this.#readers.delete(key);
      },
    };
  }

  /** Reads until the database knows of the end that the bus has told. */
  async #readEnded(read: (id: LavaJobId) => Promise<WireTestJob | null>, id: LavaJobId): Promise<WireTestJob | null> {
    let job = await read(id);
    for (const ms of CATCH_UP_MS) {
      if (job === null || job.state === "Finished") return job;
      await sleep(ms, undefined, { signal: this.#stop.signal });
      job = await read(id);
    }
    if (job?.state !== "Finished") this.#lookWithin(RETRY_MS);
    return job;
  }

  async #discover(): Promise<void> {
    const { client, host, publisher, token } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted && this.#publisher === undefined) {
      let pause = DISCOVER_MS;
      try {
        if (publisher !== null || (await client.publishesEvents())) {
          this.#listen(publisher ?? toPublisherAddress(await client.publisherAddress(token), host));
          return;
        }
        pause = DISCOVER_OFF_MS;
      } catch {
        // The server is down, or has an address that can't be read: polling goes on meanwhile.
      }
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #listen(address: string): void {
    if (this.#stop.signal.aborted) return;
    this.#publisher = new LavaPublisher(address, {
      event: (event) => {
        this.#received += 1;
        this.#lastEventAt = new Date().toISOString();
        if (event.kind === "testjob") this.#hub.publish({ kind: "event", event });
      },
      dropped: () => (this.#dropped += 1),
      connected: () => {
        this.#setConnected(true);
        this.#lookWithin(JOIN_MS);
      },
      disconnected: () => this.#setConnected(false),
    });
  }

  #setConnected(connected: boolean): void {
    if (this.#since === null || this.#connected !== connected) this.#since = new Date().toISOString();
    this.#connected = connected;
    this.#lookWithin(this.#interval);
  }

  get #interval(): number {
    return this.#connected ? LOOK_MS : POLL_MS;
  }

  /** Sees to it that the next look is at most `ms` away; none while nobody follows anything. */
  #lookWithin(ms: number): void {
    const at = performance.now() + ms;
    if (this.#stop.signal.aborted || this.#hub.size === 0 || at >= this.#lookAt) return;
    clearTimeout(this.#lookTimer);
    this.#lookAt = at;
    this.#lookTimer = setTimeout(() => {
      this.#lookAt = Infinity;
      this.#hub.publish({ kind: "look", source: this.#connected ? UpdateSource.REPAIRED : UpdateSource.POLL });
      this.#lookWithin(this.#interval);
    }, ms).unref();
  }
}

/** The job as the event leaves it; null for an event that tells nothing new: a duplicate, or one that runs backward. */
export function applyEvent(job: WireTestJob, event: TestJobEvent): WireTestJob | null {
  const next: WireTestJob = {
    ...job,
    state: event.state,
    health: event.health,
    actual_device: event.device ?? job.actual_device,
    start_time: event.startTime ?? job.start_time,
    end_time: event.endTime ?? job.end_time,
  };
  return isChange(job, next) ? next : null;
}

/** Whether `next` is a later state, or another health in the same one. States only grow. */
function isChange(known: WireTestJob, next: WireTestJob): boolean {
  if (known.state === next.state) return known.health !== next.health;
  const [from, to] = [LIFE.indexOf(known.state), LIFE.indexOf(next.state)];
  // A state that this version does not know can't be placed: it is a change like any other, except after the end.
  return known.state !== "Finished" && (from === -1 || to === -1 || to > from);
}
