// One configured LAVA server for the life of the process: its client, its events, its place in the configuration.

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConfiguredServer } from "../ci/server-list.js";
import { tokenFor } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import { EventFeed } from "../ci/enums.js";
import type { ServerEvents, ServerProbe, SharedRowsStatus } from "../ci/server.js";
import type { CiServer, Finding, SystemShared } from "../ci/system.js";
import { ServerReplaced, UpstreamError, reasonOf } from "../errors.js";
import { Engine } from "../ci/live/engine.js";
import { ViewerReads } from "../ci/live/reads.js";
import { HttpClient } from "../net/http.js";
import type { HttpStatus } from "../net/http.js";
import { createAsk, viewerKey } from "../net/ask.js";
import type { Ask } from "../net/ask.js";
import { Slots } from "../net/slots.js";
import { sameWithSecrets } from "../net/secret.js";
import type { Secret } from "../net/secret.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";
import { ReadCache } from "../cache/read-cache.js";
import type { OperationScope } from "../cache/operation-scope.js";
import { Upstream } from "../cache/upstream.js";
import type { LavaServerOptions } from "./config.js";
import { LavaClient } from "./client/client.js";
import { LavaFeed, POLL_MS } from "./live/feed.js";
import { OLDEST, releaseOf } from "./client/server-version.js";
import { touchedBy } from "./client/keep.js";
import { deviceSubject, workerSubject } from "./live/lab.js";
import type { LabScope } from "./live/lab.js";
import { testJobSubject } from "./live/test-jobs.js";
import type { JobScope } from "./live/test-jobs.js";
import type { LavaEvent } from "./protocol/event.js";
import type { LavaJobId, LavaSubId } from "./protocol/ids.js";
import type { WireDevice, WireTestJob, WireWorker } from "./protocol/wire.js";

/** Exports under way at once, and that wait: each holds one of the few requests that LAVA serves at a time, for long. */
const EXPORTS_MAX = 2;
const EXPORTS_WAITING_MAX = 20;

/** Releases whose publisher may stop publishing while it stays connected, which no look at it tells. */
const MAY_STAND_STILL = 2023_02;
const STANDS_STILL =
  "; if Etna polls nevertheless (`events { source }`), it has stopped publishing: restart lava-publisher";

/** How long `etna doctor` waits for the publisher. */
const PUBLISHER_MS = 3_000;

/** Asks for the server's version, which it tells everybody. */
const PROBE = createAsk(null, { claim: { priority: "background" } });

export class LavaServer implements ConfiguredServer<LavaServerOptions>, CiServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  readonly client: LavaClient;
  readonly cache: ReadCache;
  readonly rightsMs: number;
  readonly exports = new Slots(EXPORTS_MAX, EXPORTS_WAITING_MAX);
  readonly feed: LavaFeed;
  readonly testJobs: Engine<LavaJobId, WireTestJob, JobScope, LavaEvent>;
  readonly devices: Engine<string, WireDevice, LabScope, LavaEvent>;
  readonly workers: Engine<string, WireWorker, LabScope, LavaEvent>;
  /** Nodes of multinode jobs, for the rights to events that name them. */
  readonly nodes: { readonly reads: ViewerReads<LavaSubId, unknown> };
  #options: LavaServerOptions;
  readonly #http: HttpClient;
  /** Ends what goes on with the gateway's rights, when these change. */
  #lease = createLease();

  constructor(options: LavaServerOptions, { memory, finals, rightsMs, cluster, observer, onNotice }: SystemShared) {
    this.#options = options;
    this.rightsMs = rightsMs;
    this.name = options.name;
    this.url = withoutTrailingSlashes(options.url.href);
    const lab = { name: this.name, url: this.url };
    this.#http = new HttpClient({
      budget: cluster.budgetOf(lab),
      ...{ server: options.name, baseUrl: options.url, limits: options.limits, observer },
      insecure: options.insecure,
      probe: { operation: "GET system/version/", path: "/api/v0.2/system/version/" },
      onBreaker: (open) => {
        // Whoever has waited for the server is told at once what it has missed.
        if (!open) this.feed.pollWithin(0);
        onNotice?.({ kind: "breaker", server: options.name, open });
      },
      onLibraryFault: (error) => onNotice?.({ kind: "library", server: options.name, error }),
    });
    const eventsMs = () => POLL_MS[this.feed.status().source];
    const hearsAll = () => this.feed.status().source === EventFeed.ZMQ;
    this.cache = new ReadCache({
      server: options.name,
      url: this.url,
      memory,
      finals,
      eventsMs,
      rightsMs,
      onChange: () => this.client.replica?.forgetProofs(),
    });
    const isEager = options.replica === "eager";
    const isBusy = () => this.#http.status().waiting > 0 || this.#http.status().inUse > 0;
    const isOff = memory.maxBytes === 0 || options.replica === "off";
    const replica = isOff ? null : { memory, eventsMs, hearsAll, rightsMs, isEager, isBusy };
    this.client = new LavaClient(new Upstream(this.#http, this.cache), rightsMs, replica);
    this.feed = new LavaFeed({
      ...options,
      ask: () => createAsk(this.#options.token, { claim: { priority: "background" } }),
      client: this.client,
      log: cluster.openLog(lab),
      onEvent: (event) => {
        this.cache.drop(touchedBy(event));
        this.client.replica?.heard(event);
      },
      onGap: () => {
        this.cache.dropTold();
        this.client.replica?.forgetProofs();
      },
      onUnusable: (reason) => onNotice?.({ kind: "bus", server: options.name, reason }),
      onSource: (source, first) => onNotice?.({ kind: "events", server: options.name, source, first }),
    });
    this.testJobs = new Engine(this.feed, testJobSubject(this.client, rightsMs));
    this.devices = new Engine(this.feed, deviceSubject(this.client, rightsMs));
    this.workers = new Engine(this.feed, workerSubject(this.client, rightsMs));
    this.nodes = {
      reads: new ViewerReads(async (ids, ask) => {
        const nodes = await this.client.showJobs(ids, ask);
        return new Map(ids.flatMap((id, at) => (nodes[at] == null ? [] : [[id, nodes[at]] as const])));
      }),
    };
  }

  /** Asks in the name of an operation's viewer. */
  ask(credentials: Credentials, scope: OperationScope): Ask {
    const own = tokenFor(credentials, this.name);
    // Null asks as anonymous.
    const token = own ?? (this.#options.share ? this.#options.token : null);
    const lease = own === null ? this.#lease.signal : null;
    return createAsk(token, { scope, signal: scope.signal, claim: { fairKey: viewerKey(token) }, lease });
  }

  get tokens(): "shared" | undefined {
    return this.#options.tokens;
  }

  knows(credentials: Credentials): boolean {
    return this.#options.share || tokenFor(credentials, this.name) !== null;
  }

  events(): ServerEvents {
    return this.feed.status();
  }

  shared(): SharedRowsStatus | null {
    return this.client.replica?.stats() ?? null;
  }

  isIndexed(): boolean {
    return this.client.replica?.isIndexed ?? false;
  }

  get status(): HttpStatus {
    return this.#http.status();
  }

  /** Never throws. */
  async probe(): Promise<ServerProbe> {
    await this.#http.recheck();
    try {
      return { reachable: true, version: await this.#http.unlessHung(this.client.version(PROBE)) };
    } catch (error) {
      // A server that wants a login answers nobody else, not even its version.
      const reachable = error instanceof UpstreamError && error.kind === "UpstreamDenied";
      return {
        reachable,
        version: null,
        ...(reachable ? {} : { reason: reasonOf(error), since: this.status.failingSince }),
      };
    }
  }

  async whose(token: Secret): Promise<string | null> {
    return this.client.whoami(createAsk(token));
  }

  async *findings(): AsyncGenerator<Finding, void> {
    const release = releaseOf(await this.client.version(PROBE).catch(() => null));
    if (release !== null && release < OLDEST)
      yield { isGood: false, text: "it is older than 2020.05, the oldest LAVA that Etna knows" };
    try {
      const user = await this.client.whoami(createAsk(this.#options.token));
      const text =
        user === null ? "no token of the gateway's own: asks as anonymous" : `the gateway's token is ${user}'s`;
      yield { isGood: true, text };
    } catch (error) {
      yield { isGood: false, text: `the gateway's token is refused: ${reasonOf(error)}` };
    }
    const deadline = performance.now() + PUBLISHER_MS;
    while (this.#options.events !== "poll" && !this.feed.status().connected && performance.now() < deadline)
      await sleep(50);
    yield {
      isGood: true,
      text: this.feed.status().connected
        ? `events: the publisher is connected${release !== null && release >= MAY_STAND_STILL ? STANDS_STILL : ""}`
        : "events: no publisher in reach; test jobs are followed by polling",
    };
  }

  /** Tokens, sharing and limits may change while it goes on. */
  adopt(options: LavaServerOptions): boolean {
    const { token, share, tokens, limits } = options;
    if (!sameWithSecrets({ ...this.#options, token, share, tokens, limits }, options)) return false;
    if (!sameWithSecrets(this.#options.limits ?? {}, limits ?? {})) this.#http.configure(limits);
    const before = { token: this.#options.token, share: this.#options.share };
    this.#options = options;
    if (!sameWithSecrets(before, { token, share })) {
      this.#lease.abort(new ServerReplaced(this.name, true));
      this.#lease = createLease();
    }
    return true;
  }

  start(): void {
    this.feed.start();
    this.client.replica?.start();
  }

  retire(error: Error): void {
    this.feed.end(error);
  }

  async close(): Promise<void> {
    this.client.replica?.close();
    await this.feed.close();
    await this.#http.close();
  }
}

function createLease(): AbortController {
  const lease = new AbortController();
  // As many subscriptions as there are wait for it.
  setMaxListeners(0, lease.signal);
  return lease;
}
