// News of one LAVA server for whoever follows something on it: events from the best source in reach, and polls, which
// say that it is time to read what is followed. ZMQ is best; the websocket twin stands in while ZMQ is down, and
// polling while both are; each climbs back by itself.

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { clock } from "../../ci/live/clock.js";
import type { EventNews, Feed, News } from "../../ci/live/subject.js";
import type { ServerEvents } from "../../ci/server.js";
import { UpstreamError } from "../../errors.js";
import { EventFeed, UpdateSource } from "../../ci/enums.js";
import { BoundedSet } from "../../events/bounded-set.js";
import { Hub, SUBSCRIBER_QUEUE_MAX } from "../../events/hub.js";
import type { HubSubscription } from "../../events/hub.js";
import type { Cursors } from "../../events/cursors.js";
import { AloneLog } from "../../events/event-log.js";
import type { EventLog } from "../../events/event-log.js";
import type { EventRing } from "../../events/ring.js";
import type { Kept } from "../../events/ring.js";
import type { Ask } from "../../net/ask.js";
import type { LavaClient } from "../client/client.js";
import type { LavaEvent } from "../protocol/event.js";
import type { EventListener, EventSource } from "./event-source.js";
import { LavaWebSocketEvents, toWebSocketAddress } from "./websocket-events.js";

/** `auto`: ZMQ, else websocket, else polling; `zmq`, `websocket`: that one, else polling; `poll`: only polling. */
export type EventsOption = "auto" | "zmq" | "websocket" | "poll";

/** Between polls: the net below events that ZMQ lost, below a websocket that may hide private jobs, and without either. */
export const POLL_MS = { ZMQ: 30_000, WEBSOCKET: 5_000, POLL: 2_000, AWAY: 2_000 } as const;
/** From the handshake until the subscription has reached the publisher. */
const JOIN_MS = 250;
/** How long ZMQ may be down before the websocket is tried. */
const FALL_BACK_MS = 3_000;
/** Until the publisher is looked for again after a failure, and after finding that the server publishes nothing. */
const DISCOVER_MS = 5_000;
const DISCOVER_OFF_MS = 300_000;
/** How long an event may come after a poll that has found its change. */
const LATE_MS = 1_000;
/** Since 2023.02 a publisher waits for ever for the job of an event which the database has not. */
const SILENT_REASON =
  "the publisher is connected, but publishes nothing of what Etna finds changed: restart lava-publisher";
/** Uuids kept to know an event that comes again. */
const SEEN_MAX = 10_000;

export interface FeedOptions {
  readonly client: LavaClient;
  readonly url: URL;
  readonly events: EventsOption;
  /** ZMQ address of the publisher; null asks the server. */
  readonly publisher: string | null;
  /** Address of its websocket twin; null takes `/ws/` on the server. */
  readonly websocket: string | null;
  /** With the gateway's own token, for these questions. */
  readonly ask: () => Ask;
  /** Whether tokens may travel where nobody encrypts them. */
  readonly insecure: boolean;
  /** Where events get their places; one of this process alone where absent. */
  readonly log?: EventLog<LavaEvent>;
  /** Called with each event, once, before any subscriber gets it. */
  readonly onEvent?: (event: LavaEvent) => void;
  /** Events may have been missed, or will come less surely from now on. */
  readonly onGap?: () => void;
  /** Called when events come from elsewhere than before; `first` when it is only what had been looked for since the start. */
  readonly onSource?: (source: EventFeed, first: boolean) => void;
  /** Called when events can't come over the bus, with the reason in one line; not twice in a row with the same. */
  readonly onUnusable?: (reason: string) => void;
}

/** Opens nothing before `start`. */
export class LavaFeed implements Feed<string | number, unknown, LavaEvent> {
  readonly queueMax = SUBSCRIBER_QUEUE_MAX;
  readonly #hub = new Hub<News<LavaEvent>>();
  readonly #stop = new AbortController();
  readonly #log: EventLog<LavaEvent>;
  readonly #seen = new BoundedSet<string>(SEEN_MAX);
  #zmq: EventSource | undefined;
  #websocket: EventSource | undefined;
  #fallBack: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  /** When it fires, on the clock of `performance.now`. */
  #pollAt = Infinity;
  #started = false;
  /** What this process hears by itself, and what its subscribers are told from: others may hear more. */
  #own = EventFeed.POLL;
  #source = EventFeed.POLL;
  #heardElsewhere = false;
  /** Where events would come from, while the bus is connected but publishes nothing. */
  #silent: EventFeed | undefined;
  #polls = 0;
  /** The last poll that has found a change for which no event came, with no event since. */
  #missedAtPoll: number | null = null;
  readonly #found = new Set<string>();
  /** Whether it has ever been any but polling. */
  #hadSource = false;
  #unusable: string | undefined;
  #since: string | null = null;
  #lastEventAt: string | null = null;
  #received = 0;
  #dropped = 0;
  #repaired = 0;

  constructor(private readonly options: FeedOptions) {
    this.#log = options.log ?? new AloneLog(options.client.server);
    this.#log.listen({
      event: (event, number) => this.#tell(event, number),
      gap: () => this.#gap(),
      heardElsewhere: (heard) => {
        this.#heardElsewhere = heard;
        if (this.#started) this.#use(this.#own);
      },
    });
    // Whoever waits for something short waits for this, too: that many are no leak.
    setMaxListeners(0, this.#stop.signal);
  }

  /** The last events, for those who come back. */
  get ring(): EventRing<LavaEvent> {
    return this.#log.ring;
  }

  get cursors(): Cursors {
    return this.#log.cursors;
  }

  /** Aborted when the feed is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Looks for the publisher in the background, for as long as it takes. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#use(EventFeed.POLL);
    const { events } = this.options;
    if (events === "auto" || events === "zmq") void this.#discover();
    if (events === "websocket") this.#listenWebSocket();
  }

  status(): ServerEvents {
    return {
      source: this.#source,
      connected: this.#source !== EventFeed.POLL,
      since: this.#since,
      lastEventAt: this.#lastEventAt,
      received: this.#received,
      dropped: this.#dropped,
      repaired: this.#repaired,
    };
  }

  get server(): string {
    return this.options.client.server;
  }

  /** Events that `wants` accepts, once each, and every poll. While somebody subscribes, polls come regularly. */
  subscribe(wants: (event: LavaEvent) => boolean): HubSubscription<News<LavaEvent>> {
    const news = this.#hub.subscribe((item) => item.kind === "poll" || wants(item.event));
    this.pollWithin(POLL_MS[this.#source]);
    return news;
  }

  /** Sees to it that the next poll is at most `ms` away; none while nobody subscribes. */
  pollWithin(ms: number): void {
    const now = performance.now();
    if (this.#stop.signal.aborted || this.#hub.size === 0 || now + ms >= this.#pollAt) return;
    clearTimeout(this.#pollTimer);
    this.#pollAt = now + ms;
    this.#pollTimer = setTimeout(() => {
      this.#pollAt = Infinity;
      this.#polls += 1;
      const source = this.#source === EventFeed.POLL ? UpdateSource.POLL : UpdateSource.REPAIRED;
      this.#hub.publish({ kind: "poll", source, at: clock.now() });
      this.pollWithin(POLL_MS[this.#source]);
    }, ms).unref();
  }

  /**
   * All that came after a position in the ring; null where that may not be everything: the websocket twin leaves out what
   * the gateway's own user may not see, and without a bus the ring gets no events.
   */
  missedSince(position: number): readonly Kept<LavaEvent>[] | null {
    return this.#source === EventFeed.ZMQ ? this.ring.after(position) : null;
  }

  /** Counts it as repaired, unless its event is merely late. */
  found(what: string, wasPublished: (event: LavaEvent) => boolean): void {
    if (this.#found.has(what)) return;
    this.#found.add(what);
    const [poll, last] = [this.#polls, this.ring.last];
    setTimeout(() => {
      this.#found.delete(what);
      if (this.ring.all().some(({ event, number }) => number > last && wasPublished(event))) return;
      this.#repaired += 1;
      this.#missed(poll);
    }, LATE_MS).unref();
  }

  /** Two polls running have found changes for which no event came: the bus is connected, and dead. */
  #missed(poll: number): void {
    const before = this.#missedAtPoll;
    this.#missedAtPoll = poll;
    if (before === null || before === poll || this.#source === EventFeed.POLL) return;
    this.#silent = this.#own === EventFeed.POLL ? undefined : this.#own;
    if (this.#silent !== undefined) this.#tellUnusable(SILENT_REASON);
    this.#log.silent();
    this.#use(EventFeed.POLL);
  }

  /** Ends every subscription with this error; those that come later end at once. */
  end(error: Error): void {
    this.#hub.end(error);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#fallBack);
    this.#hub.close();
    this.#log.close();
    await Promise.all([this.#zmq?.close(), this.#websocket?.close()]);
  }

  async #discover(): Promise<void> {
    const { client, url, publisher, ask } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted && this.#zmq === undefined) {
      let pause = DISCOVER_OFF_MS;
      try {
        if (publisher === null && !(await client.publishesEvents(ask()))) {
          this.#tellUnusable("the server publishes no events (its EVENT_NOTIFICATION is off)");
        } else if (await this.#listenZmq(publisher ?? (await client.publisherAddress(ask())), url.hostname)) return;
      } catch (error) {
        // The server is down, or does not tell this token: polling goes on meanwhile.
        if (error instanceof UpstreamError && !error.retryable) this.#tellUnusable(error.message);
        pause = DISCOVER_MS;
      }
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @param setting as the configuration or the server has it. Returns false when it is no address of a publisher. */
  async #listenZmq(setting: string, host: string): Promise<boolean> {
    // ZeroMQ, a library of its own threads and memory, is loaded only where there is a publisher.
    const { openPublisher } = await import("./publisher.js");
    if (this.#stop.signal.aborted) return false;
    const listener = this.#listener(EventFeed.ZMQ, {
      up: () => {
        clearTimeout(this.#fallBack);
        void this.#websocket?.close();
        this.#websocket = undefined;
      },
      down: () => this.#fallBackSoon(),
    });
    this.#fallBackSoon();
    const zmq = openPublisher(setting, host, listener);
    if (zmq === null) {
      this.#tellUnusable(`the publisher's address ${JSON.stringify(setting.slice(0, 80))} can't be used`);
      return false;
    }
    this.#zmq = zmq;
    return true;
  }

  #tellUnusable(reason: string): void {
    if (reason !== this.#unusable) this.options.onUnusable?.(reason);
    this.#unusable = reason;
  }

  #fallBackSoon(): void {
    if (this.options.events !== "auto" || this.#stop.signal.aborted) return;
    clearTimeout(this.#fallBack);
    this.#fallBack = setTimeout(() => this.#listenWebSocket(), FALL_BACK_MS).unref();
  }

  #listenWebSocket(): void {
    if (this.#websocket !== undefined || this.#stop.signal.aborted) return;
    const { client, url, websocket, ask, insecure } = this.options;
    const listener = this.#listener(EventFeed.WEBSOCKET, { up: () => undefined, down: () => undefined });
    this.#websocket = new LavaWebSocketEvents(
      { url: new URL(websocket ?? toWebSocketAddress(url)), insecure },
      client.server,
      () => client.authorization(ask()),
      listener,
    );
  }

  #listener(source: EventFeed, { up, down }: { readonly up: () => void; readonly down: () => void }): EventListener {
    return {
      event: (event) => this.#receive(event),
      dropped: () => (this.#dropped += 1),
      connected: () => {
        up();
        if (this.#silent !== undefined) this.#unusable = undefined;
        this.#silent = undefined;
        this.#missedAtPoll = null;
        this.#log.connected(source === EventFeed.ZMQ);
        if (this.#heardElsewhere) {
          // Nothing was missed meanwhile; if something was after all, the log says so.
          this.#own = source;
          return;
        }
        this.#use(source);
        // What was read meanwhile may have missed its event.
        setTimeout(() => this.options.onGap?.(), JOIN_MS).unref();
        this.pollWithin(JOIN_MS);
      },
      disconnected: () => {
        if (this.#silent === source) this.#silent = undefined;
        this.#log.disconnected(source === EventFeed.ZMQ);
        if (this.#own === source) this.#use(EventFeed.POLL);
        down();
      },
    };
  }

  /** @param own what this process hears by itself from now on. */
  #use(own: EventFeed): void {
    this.#own = own;
    const source = this.#heardElsewhere ? EventFeed.ZMQ : own;
    const isOther = this.#source !== source;
    if (this.#since === null || isOther) this.#since = new Date().toISOString();
    this.#source = source;
    if (isOther) {
      this.options.onSource?.(source, !this.#hadSource);
      this.#hadSource = true;
    }
    this.options.onGap?.();
    this.pollWithin(POLL_MS[source]);
  }

  #receive(event: LavaEvent): void {
    const isTold = this.#seen.has(event.uuid);
    if (!isTold && this.#silent !== undefined) {
      this.#use(this.#silent);
      this.#silent = undefined;
      this.#unusable = undefined;
    }
    this.#log.append(event, isTold);
  }

  /** An event has its place. */
  #tell(event: LavaEvent, number: number): void {
    if (this.#seen.has(event.uuid)) return;
    this.#seen.add(event.uuid);
    this.#missedAtPoll = null;
    this.options.onEvent?.(event);
    this.#received += 1;
    this.#lastEventAt = new Date().toISOString();
    const news: EventNews<LavaEvent> = { kind: "event", event, at: clock.now(), number };
    this.#hub.publish(news);
  }

  /** Events may have been missed. */
  #gap(): void {
    this.options.onGap?.();
    this.pollWithin(JOIN_MS);
  }
}
