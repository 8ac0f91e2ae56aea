// Hydra as a third CI system: what a folder of `src` would hold, in one file. It proves that a system needs nothing but
// the contract of `ci/system.ts` and a place in the list of systems.

import { Arg, Ctx, FieldResolver, Int, ObjectType, Query, Resolver, Root } from "type-graphql";
import { z } from "zod";
import { ReadCache } from "../../src/cache/read-cache.js";
import { Upstream } from "../../src/cache/upstream.js";
import type { OperationScope } from "../../src/cache/operation-scope.js";
import { asks, onceEach, batched } from "../../src/ci/cost.js";
import { EventFeed, RunKind, RunOutcome, RunPhase } from "../../src/ci/enums.js";
import { encodeGlobalId } from "../../src/ci/global-id.js";
import { fromUnixSeconds } from "../../src/ci/graph/date-time.scalar.js";
import { Log } from "../../src/ci/graph/log.type.js";
import { make } from "../../src/ci/graph/make.js";
import { Node } from "../../src/ci/graph/node.type.js";
import { Run } from "../../src/ci/graph/run.type.js";
import { SearchMatch } from "../../src/ci/graph/search.type.js";
import { Server } from "../../src/ci/graph/server.type.js";
import { Engine } from "../../src/ci/live/engine.js";
import type { LogTail } from "../../src/ci/live/log-tail.js";
import type { Change, Polls } from "../../src/ci/live/polls.js";
import type { Cursors } from "../../src/events/cursors.js";
import { ANYBODY, PolledFeed, polledSubject } from "../../src/ci/live/polled-feed.js";
import type { FoundChange } from "../../src/ci/live/polled-feed.js";
import type { ServerPart } from "../../src/ci/live/merged-updates.js";
import type { LogSource } from "../../src/ci/log.js";
import { pageOfArray } from "../../src/ci/page.js";
import type { PageSource } from "../../src/ci/page.js";
import type { SearchLookup, SearchTerm } from "../../src/ci/search.js";
import { runSystem } from "../../src/ci/server-list.js";
import { ServerViews } from "../../src/ci/server-views.js";
import type { CiSession, RunFilter } from "../../src/ci/session.js";
import type { CiSystem, ServerOptions, SystemConfig, SystemShared } from "../../src/ci/system.js";
import { viewerKey } from "../../src/ci/viewer.js";
import { key } from "../../src/ci/config-keys.js";
import { UpstreamError } from "../../src/errors.js";
import { mapStream } from "../../src/events/stream.js";
import { createAsk } from "../../src/net/ask.js";
import type { Ask } from "../../src/net/ask.js";
import { decode, parseJson } from "../../src/net/decode.js";
import { HttpClient } from "../../src/net/http.js";
import { EVERY_VIEWER } from "../../src/net/read.js";

// protocol

const time = z.int().nonnegative().nullable();
const wireBuild = z.object({
  ...{ id: z.int32().positive(), job: z.string(), nixname: z.string(), timestamp: z.int() },
  ...{ starttime: time, stoptime: time, finished: z.literal([0, 1]), buildstatus: z.int().nullable() },
});
type WireBuild = z.infer<typeof wireBuild>;

const OUTCOMES = new Map([
  [0, RunOutcome.SUCCEEDED],
  [4, RunOutcome.CANCELED],
]);

// client

const BUILDS_MAX = 200;

class HydraClient {
  constructor(private readonly upstream: Upstream) {}

  build(id: number, ask: Ask): Promise<WireBuild | null> {
    return this.#read(`/build/${id}`, wireBuild, ask);
  }

  async builds(list: "latestbuilds" | "queue", ask: Ask): Promise<readonly WireBuild[]> {
    return (await this.#read(`/api/${list}?nr=${BUILDS_MAX}`, z.array(wireBuild), ask)) ?? [];
  }

  async log(id: number, ask: Ask): Promise<readonly string[] | null> {
    const text = await this.#get(`/build/${id}/log/raw`, ask);
    return text?.toString("utf8").split("\n").slice(0, -1) ?? null;
  }

  #read<T>(path: string, schema: z.ZodType<T>, ask: Ask): Promise<T | null> {
    const read = { key: path, viewer: EVERY_VIEWER, keep: "brief", tags: [] } as const;
    return this.upstream.read(read, ask, async (asking) => {
      const origin = { server: this.upstream.server, operation: `GET ${path}` };
      const body = await this.#get(path, asking);
      return body === null ? null : decode(origin, schema, parseJson(origin, body));
    });
  }

  async #get(path: string, ask: Ask): Promise<Buffer | null> {
    const operation = `GET ${path.replace(/\d+/, "ID")}`;
    const reply = await this.upstream.request({ operation, path, headers: { accept: "application/json" } }, ask);
    if (reply.status === 404) return null;
    if (reply.status === 200) return reply.body;
    throw new UpstreamError({
      ...{ kind: "UpstreamFailed", server: this.upstream.server, operation },
      message: `HTTP ${reply.status}`,
    });
  }
}

// live

class BuildPolls implements Polls<WireBuild, object> {
  #known = new Map<number, WireBuild>();
  constructor(private readonly client: HydraClient) {}

  async poll({ asked, ids }: { readonly asked: ReadonlySet<number>; readonly ids: ReadonlySet<number> }) {
    try {
      const queue = await this.client.builds("queue", ANYBODY);
      const moving = new Map(queue.map((build) => [build.id, build]));
      const single = [...new Set([...asked, ...ids, ...this.#known.keys()])].filter((id) => !moving.has(id));
      const read = new Map<number, WireBuild | null>(moving);
      for (const id of single) read.set(id, await this.client.build(id, ANYBODY));
      const changes: Change<WireBuild>[] = [...read].flatMap(([id, value]) => {
        const before = this.#known.get(id);
        const isNews = value === null ? before !== undefined : before?.finished !== value.finished;
        return isNews ? [{ id, value }] : [];
      });
      this.#known = moving;
      const found = new Map([...asked].map((id) => [id, read.get(id) ?? null]));
      return { changes, asked: found, scopesFault: null, covered: null, failed: false };
    } catch (error) {
      const fault = error instanceof Error ? error : new Error("unknown");
      const found = new Map([...asked].map((id) => [id, fault]));
      return { changes: [], asked: found, scopesFault: fault, covered: null, failed: true };
    }
  }

  ongoing = () => [...this.#known.values()];
  idOf = ({ id }: WireBuild) => id;
  matches = () => true;
  hasEnded = ({ finished }: WireBuild) => finished === 1;
  isOngoing = ({ finished }: WireBuild) => finished === 0;
  stateOf = ({ finished, buildstatus }: WireBuild) => `${finished} ${buildstatus}`;
  forget = () => this.#known.clear();
}

function createTail({ name, client }: HydraServer, id: number): LogTail {
  return {
    ...{ server: name, run: String(id), lease: null },
    read: async (from) => {
      const build = await client.build(id, ANYBODY);
      if (build === null) return null;
      const lines = toLines((await client.log(id, ANYBODY)) ?? [], from);
      return { lines, finished: build.finished === 1 };
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: () => undefined,
  };
}

function toLines(texts: readonly string[], from: number) {
  return texts.map((text, number) => ({ number, text, time: null, level: null })).slice(from);
}

// model

@ObjectType("HydraServer", { implements: [Node, Server], description: "A Hydra server." })
class HydraServerType extends Server {}

@ObjectType({ implements: [Node, Run], description: "A build of Hydra." })
class HydraBuild extends Run {
  readonly wire!: WireBuild;
}

// server, view, session

interface HydraOptions extends ServerOptions {
  readonly pollSeconds: number;
}

class HydraServer {
  readonly name: string;
  readonly url: string;
  readonly cache: ReadCache;
  readonly client: HydraClient;
  readonly builds: Engine<number, WireBuild, object, FoundChange<WireBuild>>;
  readonly #http: HttpClient;
  readonly cursors: Cursors;
  readonly #feed: PolledFeed<WireBuild, object>;

  constructor({ name, url, limits, pollSeconds }: HydraOptions, { memory, observer }: SystemShared) {
    this.name = name;
    this.url = url.origin;
    this.#http = new HttpClient({ server: name, baseUrl: url, limits, observer });
    this.cache = new ReadCache({ server: name, url: this.url, memory, eventsMs: () => 0 });
    this.client = new HydraClient(new Upstream(this.#http, this.cache));
    const polls = new BuildPolls(this.client);
    this.#feed = new PolledFeed(polls, { server: name, intervalMs: pollSeconds * 1_000 });
    this.cursors = this.#feed.cursors;
    this.builds = new Engine(this.#feed, polledSubject("build", this.#feed, polls));
  }

  get status() {
    return this.#http.status();
  }
  events() {
    const { since, lastChangeAt, changes } = this.#feed.status;
    const counts = { received: changes, dropped: 0, repaired: 0 };
    return { source: EventFeed.POLL, connected: false, since, lastEventAt: lastChangeAt, ...counts };
  }
  async probe() {
    const answer = await this.client.builds("queue", createAsk(null)).catch(() => null);
    return { reachable: answer !== null, version: null };
  }
  knows = () => true;
  adopt = () => false;
  start = () => undefined;
  retire(error: Error): void {
    this.#feed.end(error);
  }
  async close(): Promise<void> {
    this.#feed.close();
    await this.#http.close();
  }
}

class HydraView {
  readonly ask: Ask;
  constructor(
    readonly server: HydraServer,
    scope: OperationScope,
    viewer: string,
  ) {
    this.ask = createAsk(null, { scope, signal: scope.signal, claim: { fairKey: viewer } });
  }

  toServer(): HydraServerType {
    const { name, url } = this.server;
    return make(HydraServerType, {
      ...{ id: encodeGlobalId("HydraServer", name, name), name, url },
      probe: () => this.server.probe(),
      currentEvents: () => this.server.events(),
      currentStatus: () => this.server.status,
      currentCapabilities: () => Promise.resolve([]),
    });
  }

  async build(id: number): Promise<HydraBuild | null> {
    const wire = await this.server.client.build(id, this.ask);
    return wire === null ? null : toBuild(this.server, wire);
  }
}

function toBuild({ name, url }: HydraServer, wire: WireBuild): HydraBuild {
  const { id, job, timestamp, starttime, stoptime, finished, buildstatus } = wire;
  const ended = buildstatus === null ? RunOutcome.PENDING : (OUTCOMES.get(buildstatus) ?? RunOutcome.FAILED);
  return make(HydraBuild, {
    ...{ wire, id: encodeGlobalId("HydraBuild", name, String(id)), serverName: name, name: job },
    phase: finished === 1 ? RunPhase.FINISHED : starttime === null ? RunPhase.QUEUED : RunPhase.RUNNING,
    ...{ outcome: ended, createdAt: fromUnixSeconds(timestamp), url: `${url}/build/${id}` },
    startedAt: starttime === null ? null : fromUnixSeconds(starttime),
    finishedAt: stoptime === null ? null : fromUnixSeconds(stoptime),
  });
}

class HydraSession extends ServerViews<HydraServer, HydraView> implements CiSession {
  runs(filter: RunFilter): readonly PageSource<Run>[] {
    if (filter.kinds?.includes(RunKind.BUILD) === false) return [];
    return this.views(null).map(({ server, ask }) => ({
      server: server.name,
      page: async (request) => {
        const lists = await Promise.all([
          server.client.builds("queue", ask),
          server.client.builds("latestbuilds", ask),
        ]);
        const fitting = lists
          .flat()
          .map((wire) => toBuild(server, wire))
          .filter((build) => filter.phases?.includes(build.phase) !== false)
          .filter((build) => filter.outcomes?.includes(build.outcome) !== false);
        return pageOfArray(fitting, request, (build) => String(build.wire.id));
      },
    }));
  }

  runUpdates(kinds: readonly RunKind[] | null): readonly ServerPart<() => Run>[] {
    if (kinds?.includes(RunKind.BUILD) === false) return [];
    return this.views(null).map(({ server }) => ({
      server: server.name,
      cursors: server.cursors,
      open: (from, begun) =>
        mapStream(
          server.builds.follow({ scope: {} }, ANYBODY, { after: from?.position ?? null, begun }),
          [],
          (update) => ({ value: () => toBuild(server, update.value), update, place: () => null }),
        ),
    }));
  }

  search({ number }: SearchTerm): readonly SearchLookup[] {
    if (number === null) return [];
    return this.views(null).map((view) => ({
      server: view.toServer(),
      find: async () => {
        const node = await view.build(number);
        return node === null ? [] : [{ matched: SearchMatch.NUMBER, node }];
      },
    }));
  }

  node(typeName: string, server: string, id: string): Promise<Node | null> | undefined {
    const view = this.find(server);
    if (view === undefined) return undefined;
    if (typeName === "HydraServer") return Promise.resolve(view.toServer());
    return typeName === "HydraBuild" ? view.build(Number(id)) : undefined;
  }

  tail(typeName: string, server: string, id: string): LogTail | undefined {
    const view = this.find(server);
    return view === undefined || typeName !== "HydraBuild" ? undefined : createTail(view.server, Number(id));
  }
}

// graph

@Resolver(() => HydraBuild)
class HydraBuildResolver {
  @Query(() => HydraBuild, { nullable: true, description: "A build; null when it is unknown." })
  hydraBuild(
    @Ctx("hydra") hydra: HydraSession,
    @Arg("buildId", () => Int, { description: "Its number." }) buildId: number,
  ): Promise<HydraBuild | null> {
    return hydra.view(null).build(buildId);
  }

  @FieldResolver(() => Server)
  server(@Ctx("hydra") hydra: HydraSession, @Root() build: HydraBuild): Server {
    return hydra.view(build.serverName).toServer();
  }

  @FieldResolver(() => Log, { nullable: true })
  log(@Ctx("hydra") hydra: HydraSession, @Root() build: HydraBuild): Log {
    const { server, ask } = hydra.view(build.serverName);
    const lines = async () => (await server.client.log(build.wire.id, ask)) ?? [];
    const source: LogSource = {
      async *read(start) {
        yield* toLines(await lines(), start);
      },
      count: async () => (await lines()).length,
    };
    return make(Log, { source, rawUrl: `${build.url}/log/raw` });
  }
}

const keys = { pollSeconds: key(z.coerce.number().min(0.01), "5", "Seconds between polls of the queue.") };

const hydraConfig: SystemConfig<HydraOptions, typeof keys> = {
  example: { name: "nix", url: "https://hydra.example.org" },
  keys,
  read: ({ pollSeconds = 5 }) => ({ pollSeconds }),
};

export const hydra = {
  ...{ kind: "hydra", title: "Hydra" },
  config: hydraConfig,
  resolvers: [HydraBuildResolver],
  costs: {
    "Query.hydraBuild": batched(onceEach("hydra.builds")),
    "HydraBuild.server": {},
    "HydraBuild.log": {},
    "HydraServer.reachable": asks(1),
    "HydraServer.version": asks(1),
    "HydraServer.capabilities": {},
  },
  prices: { runs: 2, search: 1 },
  hasUsers: false,
  create: (options, shared = {}) =>
    runSystem(
      options,
      shared,
      (server, all) => new HydraServer(server, all),
      (servers, credentials, scope) =>
        new HydraSession("Hydra", servers, (server) => new HydraView(server, scope, viewerKey(credentials))),
    ),
} as const satisfies CiSystem<"hydra", HydraOptions>;
