// One configured Cuirass server for the life of the process: its client, what follows it and its place in the configuration.

import type { OperationScope } from "../cache/operation-scope.js";
import { ReadCache } from "../cache/read-cache.js";
import { Upstream } from "../cache/upstream.js";
import type { ConfiguredServer } from "../ci/server-list.js";
import type { ServerEvents, ServerProbe } from "../ci/server.js";
import type { CiServer, SystemShared } from "../ci/system.js";
import { EventFeed } from "../ci/enums.js";
import { Engine } from "../ci/live/engine.js";
import { reasonOf } from "../errors.js";
import type { Cursors } from "../events/cursors.js";
import { createAsk } from "../net/ask.js";
import { HttpClient } from "../net/http.js";
import type { HttpClientOptions, HttpStatus } from "../net/http.js";
import { sameWithSecrets } from "../net/secret.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";
import type { CuirassServerOptions } from "./config.js";
import { CuirassAdmin } from "./client/admin-client.js";
import { BuildPolls } from "./live/build-polls.js";
import type { BuildScope } from "./live/build-scope.js";
import { CountPolls } from "./live/count-polls.js";
import type { CountedEvaluation } from "./live/count-polls.js";
import { CuirassClient } from "./client/client.js";
import { EvaluationPolls } from "./live/evaluation-polls.js";
import type { EvaluationScope } from "./live/evaluation-polls.js";
import { LOG_PART_ENTRY_BYTES } from "./client/final-log.js";
import { touchedByBuilds, touchedByEvaluations } from "./client/keep.js";
import { POLL_DEFAULT_MS, PolledFeed, polledSubject } from "../ci/live/polled-feed.js";
import type { FoundChange } from "../ci/live/polled-feed.js";
import type { Polls } from "../ci/live/polls.js";
import type { WireBuild, WireEvaluation } from "./protocol/wire.js";

type FeedName = "builds" | "evaluations" | "counts";

export class CuirassServer implements ConfiguredServer<CuirassServerOptions>, CiServer {
  readonly name: string;
  /** Without a closing slash. */
  readonly url: string;
  /** Always asks the server: for what follows it. */
  readonly client: CuirassClient;
  readonly #http: HttpClient;
  readonly #upstream: Upstream;
  #options: CuirassServerOptions;
  readonly cache: ReadCache;
  /** Whether memory is large enough for parts of logs. */
  readonly keepsLogs: boolean;
  /** Null unless the configuration allows changes. */
  readonly admin: CuirassAdmin | null;
  /** Followers of its builds, and of its evaluations. */
  readonly builds: Engine<number, WireBuild, BuildScope, FoundChange<WireBuild>>;
  readonly evaluations: Engine<number, WireEvaluation, EvaluationScope, FoundChange<WireEvaluation>>;
  /** The same evaluations with their jobs, until all builds have ended. */
  readonly counts: Engine<number, CountedEvaluation, object, FoundChange<CountedEvaluation>>;
  /** A server's feeds count their positions apart. */
  readonly cursors: Readonly<Record<FeedName, Cursors>>;
  readonly #feeds: readonly [
    PolledFeed<WireBuild, BuildScope>,
    PolledFeed<WireEvaluation, EvaluationScope>,
    PolledFeed<CountedEvaluation, object>,
  ];

  constructor(options: CuirassServerOptions, { memory, cluster, observer, onNotice }: SystemShared) {
    this.#options = options;
    this.name = options.name;
    this.url = withoutTrailingSlashes(options.url.href);
    const http = {
      ...{ server: options.name, baseUrl: options.url, limits: options.limits, observer, insecure: options.insecure },
      onLibraryFault: (error: unknown) => onNotice?.({ kind: "library", server: options.name, error }),
    };
    this.#http = new HttpClient({
      ...http,
      budget: cluster.budgetOf({ name: this.name, url: this.url }),
      probe: { operation: "GET /specifications", path: "/specifications" },
      onBreaker: (open) => {
        // Whoever has waited for the server is told at once what it has missed.
        if (!open) for (const feed of this.#feeds) feed.pollWithin();
        onNotice?.({ kind: "breaker", server: options.name, open });
      },
    });
    this.cache = new ReadCache({ server: options.name, url: this.url, memory, eventsMs: () => 0 });
    this.keepsLogs = memory.maxEntryBytes >= LOG_PART_ENTRY_BYTES;
    this.#upstream = new Upstream(this.#http, this.cache);
    this.client = new CuirassClient(this.#upstream, createAsk(null, { claim: { priority: "background" } }));
    const pollMs = options.poll === undefined ? POLL_DEFAULT_MS : options.poll * 1_000;
    const follow = <V extends object, S extends object>(name: string, feedName: FeedName, polls: Polls<V, S>) => {
      const feed = new PolledFeed(polls, {
        server: options.name,
        name: `${options.name}/${feedName}`,
        cursorKey: cluster.cursorKey,
        intervalMs: pollMs,
        recheck: () => this.#http.recheck(),
      });
      return { feed, engine: new Engine(feed, polledSubject(name, feed, polls)) };
    };
    const builds = follow(
      "build",
      "builds",
      new BuildPolls(this.client, (ids) => this.cache.drop(touchedByBuilds(ids))),
    );
    const evaluations = follow(
      "evaluation",
      "evaluations",
      new EvaluationPolls(this.client, (ids) => this.cache.drop(touchedByEvaluations(ids))),
    );
    this.builds = builds.engine;
    this.evaluations = evaluations.engine;
    const counts = follow("evaluation", "counts", new CountPolls(this.client));
    this.counts = counts.engine;
    this.#feeds = [builds.feed, evaluations.feed, counts.feed];
    this.cursors = {
      builds: builds.feed.cursors,
      evaluations: evaluations.feed.cursors,
      counts: counts.feed.cursors,
    };
    this.admin = options.mutations === true ? createAdmin(options, http, () => this.cache.dropAll()) : null;
  }

  /** How far whoever has been told of builds up to a position of their feed knows of their ends. */
  endPlaceAt(position: number): string | null {
    return this.#feeds[0].placeAt(position);
  }

  knows(): boolean {
    return true;
  }

  /** The server as one operation asks it. */
  within(scope: OperationScope, viewer: string): CuirassClient {
    const ask = createAsk(null, { scope, signal: scope.signal, claim: { fairKey: viewer } });
    return new CuirassClient(this.#upstream, ask);
  }

  get status(): HttpStatus {
    return this.#http.status();
  }

  /** Never throws. A page of HTML proves nothing, so JSON says whether it is a Cuirass, and the page only which one. */
  async probe(): Promise<ServerProbe> {
    await this.#http.recheck();
    const away = (error: unknown): ServerProbe => {
      const { failingSince: since } = this.status;
      return { reachable: false, version: null, reason: reasonOf(error), since };
    };
    const asked = Promise.allSettled([this.client.specifications(), this.client.version()]);
    try {
      const [specifications, version] = await this.#http.unlessHung(asked);
      if (specifications.status === "rejected") return away(specifications.reason);
      return { reachable: true, version: version.status === "fulfilled" ? version.value : null };
    } catch (error) {
      return away(error);
    }
  }

  /** How the feeds fare: Cuirass has no events of its own. */
  events(): ServerEvents {
    const [builds, evaluations] = [this.#feeds[0].status, this.#feeds[1].status];
    const isAway = this.#feeds.some(({ status }) => status.isAway) || this.#http.status().breaker !== "closed";
    return {
      source: isAway ? EventFeed.AWAY : EventFeed.POLL,
      connected: false,
      since: later(builds.since, evaluations.since),
      lastEventAt: later(builds.lastChangeAt, evaluations.lastChangeAt),
      received: builds.changes + evaluations.changes,
      dropped: 0,
      repaired: 0,
    };
  }

  /** Limits may change while it goes on. */
  adopt(options: CuirassServerOptions): boolean {
    if (!sameWithSecrets({ ...this.#options, limits: options.limits }, options)) return false;
    this.#http.configure(options.limits);
    this.#options = options;
    return true;
  }

  /** Nothing goes on but while somebody follows something. */
  start(): void {
    // Until then there is nothing to look for.
  }

  retire(error: Error): void {
    for (const feed of this.#feeds) feed.end(error);
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) feed.close();
    await Promise.all([this.#http.close(), this.admin?.close()]);
  }
}

function later(one: string | null, other: string | null): string | null {
  return one === null || (other !== null && other > one) ? other : one;
}

/** With connections of its own, so that a certificate goes with changes only. */
function createAdmin(
  { limits, credentials }: CuirassServerOptions,
  http: HttpClientOptions,
  onChange: () => void,
): CuirassAdmin {
  const client = new HttpClient({
    ...http,
    limits: { ...limits, concurrency: 1 },
    certificate: credentials?.certificate,
  });
  return new CuirassAdmin(client, credentials?.login ?? null, onChange);
}
