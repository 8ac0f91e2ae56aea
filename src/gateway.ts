// Puts the gateway together: configuration in, running server out.

import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { Kind } from "graphql";
import type { GraphQLResolveInfo } from "graphql";
import type { Logger } from "pino";
import { openCluster } from "./cluster/open.js";
import { Memory } from "./cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "./cache/operation-scope.js";
import type { CiSession, RequestContext } from "./ci/session.js";
import { ANONYMOUS, addressTokens } from "./ci/viewer.js";
import type { Credentials } from "./ci/viewer.js";
import type { CiSystem, RunningSystem, ServerChanges, SystemShared } from "./ci/system.js";
import { StatusFeed } from "./ci/live/status-news.js";
import type { ServerNotice } from "./ci/server.js";
import { DEFAULT_CACHE } from "./config/cache.js";
import { DEFAULT_TELEMETRY } from "./config/telemetry.js";
import { serversOf } from "./config/config.js";
import type { Config } from "./config/config.js";
import { toSubgraph } from "./federation.js";
import type { UpstreamCall } from "./net/http.js";
import { costsOf, createSchema } from "./schema.js";
import { printSdl } from "./sdl.js";
import { createDownloads } from "./server/http/downloads.js";
import { SYSTEMS } from "./systems.js";
import { createHttpServer } from "./server/http/http-server.js";
import { estimateCost } from "./server/limits/cost.js";
import type { CostOptions } from "./server/limits/guard.js";
import { withDefaults } from "./server/limits/limits.js";
import { createMetricsRoute } from "./server/http/metrics-route.js";
import { createLibraryFaults } from "./telemetry/library-faults.js";
import { logCall, logChange, logCluster, logNotice, logOperation } from "./telemetry/log-lines.js";
import { createMetrics } from "./telemetry/metrics.js";
import type { Metrics } from "./telemetry/metrics.js";
import { createTraces } from "./telemetry/traces.js";

type Systems = readonly CiSystem[];

export interface Gateway<S extends Systems = typeof SYSTEMS> {
  /** E.g. `http://127.0.0.1:4000`; GraphQL is at `/graphql` below it. */
  readonly origin: string;
  /**
   * Takes over what can change while it runs: servers, their tokens and limits, what clients are granted. Servers that
   * have not changed keep their connections, followers and memory. Throws, with nothing done, for a trusted document
   * that is none. Not to be called again before it is done.
   */
  readonly reload: (config: Config<S>) => Promise<Reloaded>;
  /** To be told of a library's error that ended a request and nothing else: logged once, counted. */
  readonly libraryFailed: (error: unknown) => void;
  /** Lets operations in flight end, closes sockets with a code, and everything else. Harmless when repeated. */
  readonly close: () => Promise<void>;
}

/** What `reload` has done. */
export interface Reloaded extends ServerChanges {
  /** Keys of the configuration that are other than at the start, and are taken over by a restart only. */
  readonly needRestart: readonly string[];
}

const RESTART_KEYS = ["listen", "data", "cache", "cluster", "metrics", "traces"] as const;

function restartValue(
  { listen, cache, cluster = null, telemetry = DEFAULT_TELEMETRY }: Config<readonly []>,
  key: (typeof RESTART_KEYS)[number],
) {
  switch (key) {
    case "listen":
      return listen;
    case "data":
      return cache?.dir ?? DEFAULT_CACHE.dir;
    case "cache":
      return { ...(cache ?? DEFAULT_CACHE), dir: undefined };
    case "cluster":
      // Equal texts for equal secrets.
      return cluster === null
        ? null
        : { ...cluster, secret: cluster.secret.fingerprint(), password: cluster.password?.fingerprint() };
    case "metrics":
      return telemetry.metrics;
    case "traces":
      return telemetry.tracesUrl?.href;
  }
}

function mergeChanges(changes: readonly ServerChanges[]): ServerChanges {
  return {
    added: changes.flatMap(({ added }) => added),
    adopted: changes.flatMap(({ adopted }) => adopted),
    replaced: changes.flatMap(({ replaced }) => replaced),
    removed: changes.flatMap(({ removed }) => removed),
  };
}

const GRAPHIQL = fileURLToPath(new URL("../dist/graphiql", import.meta.url));
const PAGE = fileURLToPath(new URL("../dist/page", import.meta.url));

/** Starts a gateway; rejects when its address is taken. Upstream servers may be down: they are asked when needed. */
export async function createGateway<S extends Systems = typeof SYSTEMS>(
  config: Config<S>,
  log: Logger,
  systems: S = SYSTEMS as unknown as S,
): Promise<Gateway<S>> {
  let { clients } = config;
  const telemetry = config.telemetry ?? DEFAULT_TELEMETRY;
  const traces = telemetry.tracesUrl === null ? null : await createTraces(telemetry.tracesUrl);
  const observer = (call: UpstreamCall) => {
    logCall(log, call);
    metrics?.upstreamCalled(call);
  };
  const onLibraryFault = createLibraryFaults(log, () => metrics?.libraryFailed());
  const onNotice = (notice: ServerNotice) => {
    if (notice.kind === "library") onLibraryFault(notice.error, notice.server);
    else {
      logNotice(log, notice);
      statuses.changed(notice.server);
    }
  };
  const statuses = new StatusFeed();
  const memory = new Memory(config.cache?.maxBytes);
  const { dir, dirMaxBytes, rightsMs } = config.cache ?? DEFAULT_CACHE;
  // SQLite is loaded only where it is wanted.
  const openStore = async (folder: string) =>
    (await import("./cache/disk-store.js")).openDiskStore(folder, dirMaxBytes, (notice) => log.warn(notice));
  const finals = dir === null ? null : await openStore(dir);
  const cluster = await openCluster(config.cluster ?? null, (notice) => logCluster(log, notice));
  const shared = { memory, finals, rightsMs, cluster, observer, onNotice };
  const running = systems.map((system) => runSystem(system, config, shared));
  const servers = () => running.flatMap((one) => one.system.servers);
  const metrics: Metrics | null = telemetry.metrics
    ? createMetrics({
        servers: () =>
          servers().map((one) => ({
            ...{ name: one.name, status: one.status, reads: one.cache.stats(), events: one.events() },
            shared: one.shared?.() ?? null,
          })),
        memory: () => memory.stats(),
        responses: () => server.responseStats(),
        disk: () => finals?.stats() ?? null,
        cluster: () => cluster.status(),
      })
    : null;
  const costs = pricesOf(systems, running);
  const createContext = (
    credentials: Credentials,
    report: (error: unknown) => void,
    scope: OperationScope,
  ): RequestContext => {
    const gatewayUrl = config.listen.url ?? config.listen.basePath ?? null;
    const price = (info: GraphQLResolveInfo) => ({
      estimated: estimateOf(info, costs, credentials),
      limit: withDefaults(clients?.limits).query.cost,
    });
    return createRequestContext(running, { credentials, report, scope, statuses, gatewayUrl, price });
  };
  const onFault = (error: unknown) => log.error({ err: error }, "a fault of Etna's own");
  const server = await createHttpServer({
    ...config.listen,
    memory,
    schema: toSubgraph(await createSchema(systems)),
    createContext,
    servers: () =>
      createContext(ANONYMOUS, () => undefined, new OperationScope(NOBODY_LEAVES)).sessions.flatMap(
        (session) => session.servers,
      ),
    cluster: () => cluster.status(),
    graphiql: GRAPHIQL,
    page: PAGE,
    onFault,
    clients,
    observer: {
      operationEnded: (record) => {
        logOperation(log, record);
        metrics?.operationEnded(record);
      },
      changeMade: (record) => logChange(log, record),
      wantsRemembered: () => log.isLevelEnabled("debug"),
      subscribers: (field, change) => metrics?.subscribers(field, change),
      startSpan: traces?.startSpan ?? null,
    },
    costs,
    sdl: () => printSdl(systems),
    routes: [
      ...(metrics === null ? [] : [createMetricsRoute(metrics)]),
      ...running.flatMap(({ downloads, system }) => {
        if (downloads === undefined) return [];
        return createDownloads({
          prefix: downloads,
          open: async (path, credentials, signal) => {
            const session = system.createSession(addressed(credentials, running), new OperationScope(signal));
            return (await session.openDownload?.(path, signal)) ?? null;
          },
          onFault,
        });
      }),
    ],
  });
  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all(running.map(({ system }) => system.close()));
    statuses.close();
    await cluster.close();
    await Promise.all([finals?.close(), traces?.close()]);
  };
  try {
    await cluster.start();
  } catch (error) {
    await close();
    throw error;
  }
  for (const { system } of running) system.start();

  let closing: Promise<void> | undefined;
  const reload = async (next: Config<S>): Promise<Reloaded> => {
    // First what may be refused.
    if (!isDeepStrictEqual(clients, next.clients)) await server.grant(next.clients ?? {});
    const changes = mergeChanges(running.map((one) => one.replace(next)));
    clients = next.clients;
    server.forgetResponses();
    for (const names of [changes.added, changes.adopted, changes.replaced, changes.removed])
      names.forEach((name) => statuses.changed(name));
    return {
      ...changes,
      needRestart: RESTART_KEYS.filter((key) => !isDeepStrictEqual(restartValue(config, key), restartValue(next, key))),
    };
  };
  return {
    origin: server.origin,
    reload,
    libraryFailed: (error) => onLibraryFault(error, null),
    close: () => (closing ??= close()),
  };
}

interface Running extends Pick<CiSystem, "kind" | "title" | "hasUsers"> {
  readonly downloads: string | undefined;
  readonly system: RunningSystem;
  readonly replace: (config: object) => ServerChanges;
}

function runSystem(system: CiSystem, config: object, shared: SystemShared): Running {
  const { kind, title, hasUsers, downloads } = system;
  const running = system.create(serversOf(config, system), shared);
  const replace = (next: object) => running.replace(serversOf(next, system));
  return { kind, title, hasUsers, downloads, system: running, replace };
}

function pricesOf(systems: Systems, running: readonly Running[]): CostOptions {
  return {
    table: costsOf(systems),
    environmentOf: (given) => {
      const credentials = addressed(given, running);
      const servers = running.flatMap(({ system }) => system.servers);
      return {
        servers: Object.fromEntries(running.map(({ kind, system }) => [kind, system.servers.length])),
        indexed: Object.fromEntries(
          running.map(({ kind, system }) => [kind, system.servers.filter((one) => one.isIndexed?.()).length]),
        ),
        viewerKnown: servers.every((one) => one.knows(credentials)),
      };
    },
  };
}

/** What was reckoned for an operation before it ran. */
function estimateOf(
  { schema, operation, fragments, variableValues: variables }: GraphQLResolveInfo,
  { table, environmentOf }: CostOptions,
  credentials: Credentials,
): number {
  const document = { kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] } as const;
  return estimateCost(table, { schema, document, operation, variables, environment: environmentOf(credentials) }).calls;
}

/** Each token under the name of the server that gets it; throws `InputRefused`. */
function addressed(credentials: Credentials, running: readonly Running[]): Credentials {
  const withUsers = running.filter(({ hasUsers }) => hasUsers);
  const servers = withUsers.flatMap(({ system }) => system.servers);
  return addressTokens(credentials, servers, withUsers.map(({ title }) => title).join(" or "));
}

/** With the session of each system below its kind, where its resolvers find it. A session is made when it is first asked. */
function createRequestContext(running: readonly Running[], given: Omit<RequestContext, "sessions">): RequestContext {
  const sessions = new Map<string, CiSession>();
  const byServer = addressed(given.credentials, running);
  const open = ({ kind, system }: Running): CiSession => {
    let session = sessions.get(kind);
    if (session === undefined) {
      session = system.createSession(byServer, given.scope);
      sessions.set(kind, session);
    }
    return session;
  };
  const context: RequestContext = {
    ...given,
    get sessions() {
      return running.map(open);
    },
  };
  for (const one of running) Object.defineProperty(context, one.kind, { get: () => open(one), enumerable: true });
  return context;
}
