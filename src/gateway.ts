// Puts the gateway together: configuration in, running server out.

import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { Memory } from "./cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "./cache/operation-scope.js";
import type { RequestContext } from "./ci/session.js";
import type { Credentials } from "./ci/viewer.js";
import { ANONYMOUS, addressTokens } from "./ci/viewer.js";
import type { ServerChanges } from "./ci/server-list.js";
import type { ServerNotice } from "./ci/server.js";
import { DEFAULT_CACHE } from "./config/cache.js";
import { DEFAULT_TELEMETRY } from "./config/telemetry.js";
import type { Config } from "./config/config.js";
import { createCuirass } from "./cuirass/index.js";
import type { CuirassSession } from "./cuirass/index.js";
import { EXPORT_PREFIX, createLava, openExportAt } from "./lava/index.js";
import type { LavaSession } from "./lava/index.js";
import { toSubgraph } from "./federation.js";
import type { UpstreamCall } from "./net/http.js";
import { COSTS, createSchema } from "./schema.js";
import { createDownloads } from "./server/http/downloads.js";
import { createHttpServer } from "./server/http/http-server.js";
import { createMetricsRoute } from "./server/http/metrics-route.js";
import { createLibraryFaults } from "./telemetry/library-faults.js";
import { logCall, logNotice, logOperation } from "./telemetry/log-lines.js";
import { createMetrics } from "./telemetry/metrics.js";
import type { Metrics } from "./telemetry/metrics.js";
import { createTraces } from "./telemetry/traces.js";

/** What every resolver of the gateway can ask for. */
export interface EtnaContext extends RequestContext {
  readonly lava: LavaSession;
  readonly cuirass: CuirassSession;
}

export interface Gateway {
  /** E.g. `http://127.0.0.1:4000`; GraphQL is at `/graphql` below it. */
  readonly origin: string;
  /**
   * Takes over what can change while it runs: servers, their tokens and limits, what clients are granted. Servers that
   * have not changed keep their connections, followers and memory. Throws, with nothing done, for a trusted document
   * that is none. Not to be called again before it is done.
   */
  readonly reload: (config: Config) => Promise<Reloaded>;
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

const RESTART_KEYS = ["listen", "cache", "metrics", "traces"] as const;

function restartValue({ listen, cache, telemetry = DEFAULT_TELEMETRY }: Config, key: (typeof RESTART_KEYS)[number]) {
  switch (key) {
    case "listen":
      return listen;
    case "cache":
      return cache ?? DEFAULT_CACHE;
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

/** Starts a gateway; rejects when its address is taken. Upstream servers may be down: they are asked when needed. */
export async function createGateway(config: Config, log: Logger): Promise<Gateway> {
  let current = config;
  const telemetry = config.telemetry ?? DEFAULT_TELEMETRY;
  const traces = telemetry.tracesUrl === null ? null : await createTraces(telemetry.tracesUrl);
  const observer = (call: UpstreamCall) => {
    logCall(log, call);
    metrics?.upstreamCalled(call);
  };
  const onLibraryFault = createLibraryFaults(log, () => metrics?.libraryFailed());
  const onNotice = (notice: ServerNotice) => {
    if (notice.kind === "library") onLibraryFault(notice.error, notice.server);
    else logNotice(log, notice);
  };
  const memory = new Memory(config.cache?.maxBytes);
  const { dir, dirMaxBytes } = config.cache ?? DEFAULT_CACHE;
  const onStoreFault = (error: unknown) => log.warn({ err: error }, "cache.dir could not be written");
  // LMDB is loaded only where it is wanted.
  const openStore = async (folder: string) =>
    (await import("./cache/disk-store.js")).openDiskStore(folder, dirMaxBytes, onStoreFault);
  const finals = dir === null ? null : await openStore(dir);
  const lava = createLava(config.lava, { memory, finals, observer, onNotice });
  const cuirass = createCuirass(config.cuirass, { memory, observer, onNotice });
  const metrics: Metrics | null = telemetry.metrics
    ? createMetrics({
        servers: () => [
          ...lava.servers.map((server) => ({
            ...{ name: server.name, status: server.status, reads: server.cache.stats() },
            events: server.feed.status(),
          })),
          ...cuirass.servers.map((server) => ({
            ...{ name: server.name, status: server.status, reads: server.cache.stats() },
            events: server.events(),
          })),
        ],
        memory: () => memory.stats(),
        responses: () => server.responseStats(),
        disk: () => finals?.stats() ?? null,
      })
    : null;

  const createContext = (
    credentials: Credentials,
    report: (error: unknown) => void,
    scope: OperationScope,
  ): EtnaContext => {
    const sessions = {
      lava: lava.createSession(addressTokens(credentials, current.lava), scope),
      cuirass: cuirass.createSession(credentials, scope),
    };
    return { credentials, report, scope, ...sessions, sessions: [sessions.lava, sessions.cuirass] };
  };
  const onFault = (error: unknown) => log.error({ err: error }, "a fault of Etna's own");
  const server = await createHttpServer({
    ...config.listen,
    memory,
    schema: toSubgraph(await createSchema()),
    createContext,
    servers: () =>
      createContext(ANONYMOUS, () => undefined, new OperationScope(NOBODY_LEAVES)).sessions.flatMap(
        (session) => session.servers,
      ),
    graphiql: GRAPHIQL,
    onFault,
    clients: config.clients,
    observer: {
      operationEnded: (record) => {
        logOperation(log, record);
        metrics?.operationEnded(record);
      },
      wantsRemembered: () => log.isLevelEnabled("debug"),
      subscribers: (field, change) => metrics?.subscribers(field, change),
      startSpan: traces?.startSpan ?? null,
    },
    costs: {
      table: COSTS,
      environmentOf: (credentials) => {
        const { byServer } = addressTokens(credentials, current.lava);
        return {
          servers: { lava: current.lava.length, cuirass: current.cuirass.length },
          viewerKnown: current.lava.every(({ name, share }) => share || byServer.has(name)),
        };
      },
    },
    routes: [
      ...(metrics === null ? [] : [createMetricsRoute(metrics)]),
      createDownloads({
        prefix: EXPORT_PREFIX,
        open: async (path, credentials, signal) =>
          openExportAt(createContext(credentials, () => undefined, new OperationScope(signal)).lava, path, signal),
        onFault,
      }),
    ],
  });
  lava.start();

  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all([lava.close(), cuirass.close()]);
    await Promise.all([finals?.close(), traces?.close()]);
  };
  let closing: Promise<void> | undefined;
  const reload = async (next: Config): Promise<Reloaded> => {
    // First what may be refused.
    if (!isDeepStrictEqual(current.clients, next.clients)) await server.grant(next.clients ?? {});
    const changes = [lava.replace(next.lava), cuirass.replace(next.cuirass)];
    current = next;
    server.forgetResponses();
    return {
      ...mergeChanges(changes),
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
