// What Etna tells Prometheus of itself: counted as it happens where that is rare, read from what is there when asked.
// No label holds anything of a client's: names of operations, tokens and addresses are in none.

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { DiskStoreStats } from "../cache/disk-store.js";
import type { MemoryStats } from "../cache/memory.js";
import type { ReadCacheStats } from "../cache/read-cache.js";
import type { ClusterStatus } from "../cluster/cluster.js";
import { EventFeed } from "../ci/enums.js";
import type { ServerEvents, SharedRowsStatus } from "../ci/server.js";
import type { HttpStatus, UpstreamCall } from "../net/http.js";
import type { OperationRecord } from "../server/pipeline/observer.js";
import type { ResponseCacheStats } from "../server/pipeline/response-cache.js";
import { VERSION } from "../version.js";

/** One configured server, read when the metrics are asked for. */
export interface ServerState {
  readonly name: string;
  readonly status: HttpStatus;
  readonly events: ServerEvents;
  readonly reads: ReadCacheStats;
  readonly shared: SharedRowsStatus | null;
}

/** What is read when the metrics are asked for. */
export interface MetricsSources {
  readonly servers: () => readonly ServerState[];
  readonly memory: () => MemoryStats;
  readonly responses: () => ResponseCacheStats;
  /** Null where nothing is kept on disk. */
  readonly disk: () => DiskStoreStats | null;
  readonly cluster: () => ClusterStatus;
}

/** Values that stand elsewhere already, read when they are asked for. */
export interface Metrics {
  readonly contentType: string;
  readonly text: () => Promise<string>;
  readonly operationEnded: (record: OperationRecord) => void;
  readonly upstreamCalled: (call: UpstreamCall) => void;
  readonly subscribers: (field: string, change: 1 | -1) => void;
  readonly libraryFailed: () => void;
}

const OPERATION_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALL_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const BREAKER_STATES = ["closed", "open", "half-open"] as const;
const SOURCES = ["ZMQ", "WEBSOCKET", "POLL", "AWAY"] as const;
/** Values of one label; they are words of our own, so that more would be a mistake. */
const VALUES_MAX = 300;

/** Gauges of prom-client with the name of a counter, which Prometheus' own check refuses; their sums are in the others. */
const MISNAMED = ["nodejs_active_resources_total", "nodejs_active_handles_total", "nodejs_active_requests_total"];

let ofProcess: Registry | undefined;

/** Of the process itself, once however many gateways it has: prom-client's observers are never taken away again. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
    for (const name of MISNAMED) ofProcess.removeSingleMetric(name);
  }
  return ofProcess;
}

type Kind = "counter" | "gauge";

/** Adds metrics whose values stand elsewhere already. */
interface Reading {
  readonly read: (
    kind: Kind,
    what: { readonly name: string; readonly help: string; readonly labelNames?: string[] },
    values: () => Iterable<readonly [Readonly<Record<string, string>>, number]>,
  ) => void;
  readonly perServer: (kind: Kind, name: string, help: string, value: (server: ServerState) => number | null) => void;
}

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const counted = countedOn([registry]);
  const reading = readingOf(registry, sources);
  readUpstreams(reading, sources);
  readEvents(reading, sources);
  readCaches(reading, sources);
  readShared(reading, sources);
  readMemory(reading, sources);
  // Only where there may be other gateways.
  if (sources.cluster().mode !== "alone") readCluster(reading, sources.cluster);

  const all = Registry.merge([registry, processRegistry()]);
  const [operationOf, codeOf, fieldOf] = [bounded(), bounded(), bounded()];
  return {
    contentType: all.contentType,
    text: () => all.metrics(),
    operationEnded: ({ type, transport, codes: [code = "OK"], ms, remembered }) => {
      if (remembered) return;
      counted.operations.inc({ type, transport, code: codeOf(code) });
      if (type !== "subscription") counted.operationSeconds.observe({ type, transport }, ms / 1000);
    },
    upstreamCalled: ({ server, operation: words, status, error, ms }) => {
      const operation = operationOf(words);
      counted.calls.inc({ server, operation, outcome: error ?? String(status) });
      counted.callSeconds.observe({ server, operation }, ms / 1000);
    },
    subscribers: (field, change) => counted.subscribers.inc({ field: fieldOf(field) }, change),
    libraryFailed: () => counted.libraryFaults.inc(),
  };
}

/** What is counted as it happens. */
function countedOn(registers: Registry[]) {
  new Gauge({
    name: "etna_build_info",
    help: "Always 1; says which Etna runs, and on which Node.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: VERSION, node: process.version }, 1);
  const operations = new Counter({
    name: "etna_operations_total",
    help: "Operations that have ended, without those whose whole answer was in memory (etna_responses_total).",
    labelNames: ["type", "transport", "code"],
    registers,
  });
  const operationSeconds = new Histogram({
    name: "etna_operation_seconds",
    help: "How long queries and mutations took, without those whose whole answer was in memory.",
    labelNames: ["type", "transport"],
    buckets: OPERATION_SECONDS,
    registers,
  });
  const subscribers = new Gauge({
    name: "etna_subscribers",
    help: "Open subscriptions by their field.",
    labelNames: ["field"],
    registers,
  });
  const calls = new Counter({
    name: "etna_upstream_calls_total",
    help: "Requests that went to a server; outcome is the HTTP status, or the kind of error where none came.",
    labelNames: ["server", "operation", "outcome"],
    registers,
  });
  const callSeconds = new Histogram({
    name: "etna_upstream_call_seconds",
    help: "How long requests to a server took, waiting for their turn included.",
    labelNames: ["server", "operation"],
    buckets: CALL_SECONDS,
    registers,
  });

  const libraryFaults = new Counter({
    name: "etna_library_faults_total",
    help: "Errors that a library threw in a connection's callback; none of them ended the process.",
    registers,
  });
  return { operations, operationSeconds, subscribers, calls, callSeconds, libraryFaults };
}

function readingOf(registry: Registry, sources: MetricsSources): Reading {
  const registers = [registry];
  const read: Reading["read"] = (kind, { name, help, labelNames = [] }, values) => {
    const collect = (metric: Counter | Gauge) => {
      metric.reset();
      for (const [labels, value] of values()) metric.inc(labels, value);
    };
    const config = { name, help, labelNames, registers };
    if (kind === "counter") {
      new Counter({
        ...config,
        collect() {
          collect(this);
        },
      });
    } else {
      new Gauge({
        ...config,
        collect() {
          collect(this);
        },
      });
    }
  };
  const perServer: Reading["perServer"] = (kind, name, help, value) =>
    read(kind, { name, help, labelNames: ["server"] }, () =>
      sources.servers().flatMap((server) => {
        const found = value(server);
        return found === null ? [] : [[{ server: server.name }, found] as const];
      }),
    );
  return { read, perServer };
}

function readUpstreams({ read, perServer }: Reading, sources: MetricsSources): void {
  perServer("gauge", "etna_upstream_in_use", "Requests under way at a server.", ({ status }) => status.inUse);
  perServer("gauge", "etna_upstream_waiting", "Requests that wait for their turn.", ({ status }) => status.waiting);
  read(
    "gauge",
    { name: "etna_upstream_breaker", help: "1 for the state it is in.", labelNames: ["server", "state"] },
    () =>
      sources
        .servers()
        .flatMap(({ name, status }) =>
          BREAKER_STATES.map((state) => [{ server: name, state }, status.breaker === state ? 1 : 0] as const),
        ),
  );
}

function readEvents({ read, perServer }: Reading, sources: MetricsSources): void {
  read(
    "gauge",
    { name: "etna_events_source", help: "1 for where events come from.", labelNames: ["server", "source"] },
    () =>
      sources
        .servers()
        .flatMap(({ name, events }) =>
          SOURCES.map((source) => [{ server: name, source }, events.source === EventFeed[source] ? 1 : 0] as const),
        ),
  );
  perServer("counter", "etna_events_received_total", "Events that have come.", ({ events }) => events.received);
  perServer("counter", "etna_events_dropped_total", "Messages that made no sense.", ({ events }) => events.dropped);
  perServer(
    "counter",
    "etna_events_repaired_total",
    "Changes that only a read has found.",
    ({ events }) => events.repaired,
  );
  perServer(
    "gauge",
    "etna_events_last_timestamp_seconds",
    "When the last event came.",
    ({ events: { lastEventAt } }) => (lastEventAt === null ? null : Date.parse(lastEventAt) / 1000),
  );
}

function readCaches({ read, perServer }: Reading, sources: MetricsSources): void {
  read(
    "counter",
    { name: "etna_reads_total", help: "Reads of a server, by what answered.", labelNames: ["server", "result"] },
    () =>
      sources
        .servers()
        .flatMap(({ name: server, reads: { hits, misses, shared, stale } }) => [
          [{ server, result: "hit" }, hits] as const,
          [{ server, result: "miss" }, misses] as const,
          [{ server, result: "shared" }, shared] as const,
          [{ server, result: "stale" }, stale] as const,
        ]),
  );
  perServer(
    "counter",
    "etna_reads_dropped_total",
    "Cached reads that events have ended.",
    ({ reads }) => reads.dropped,
  );
}

function readShared({ read, perServer }: Reading, sources: MetricsSources): void {
  const shared = (kind: Kind, name: string, help: string, value: (of: SharedRowsStatus) => number | null) =>
    perServer(kind, name, help, (server) => (server.shared === null ? null : value(server.shared)));
  shared("gauge", "etna_shared_rows", "Things that are read once for all viewers.", ({ rows }) => rows);
  shared("gauge", "etna_shared_bytes", "Estimate of what older test jobs among them take.", ({ bytes }) => bytes);
  shared("gauge", "etna_shared_proved_timestamp_seconds", "When the newest of them were last read.", ({ provedAt }) =>
    provedAt === null ? null : Date.parse(provedAt) / 1000,
  );
  read(
    "counter",
    {
      name: "etna_shared_total",
      help: "What was answered from them, and not.",
      labelNames: ["server", "what", "result"],
    },
    () =>
      sources
        .servers()
        .flatMap(({ name: server, shared: of }) =>
          of === null
            ? []
            : [
                [{ server, what: "list", result: "answered" }, of.listsAnswered] as const,
                [{ server, what: "list", result: "asked" }, of.listsAsked] as const,
                [{ server, what: "thing", result: "answered" }, of.known] as const,
                [{ server, what: "thing", result: "asked" }, of.asked] as const,
              ],
        ),
  );
}

function readMemory({ read }: Reading, sources: MetricsSources): void {
  read(
    "counter",
    { name: "etna_responses_total", help: "Whole answers, by where they came from.", labelNames: ["result"] },
    () => {
      const { hits, misses, shared } = sources.responses();
      return [
        [{ result: "hit" }, hits],
        [{ result: "miss" }, misses],
        [{ result: "shared" }, shared],
      ];
    },
  );
  const memory = (name: string, help: string, value: (stats: MemoryStats) => number) =>
    read("gauge", { name, help }, () => [[{}, value(sources.memory())]]);
  memory("etna_memory_entries", "Cached reads and answers.", ({ entries }) => entries);
  memory("etna_memory_bytes", "Estimate of what they take.", ({ bytes }) => bytes);
  memory("etna_memory_max_bytes", "What they may take.", ({ maxBytes }) => maxBytes);
  read("counter", { name: "etna_memory_evicted_total", help: "What was pushed out for want of room." }, () => [
    [{}, sources.memory().evicted],
  ]);
  const disk = (name: string, help: string, value: (stats: DiskStoreStats) => number) =>
    read("gauge", { name, help }, () => {
      const stats = sources.disk();
      return stats === null ? [] : [[{}, value(stats)]];
    });
  if (sources.disk() !== null) {
    disk("etna_disk_entries", "Entries in data.dir.", ({ entries }) => entries);
    disk("etna_disk_bytes", "Bytes of these entries.", ({ bytes }) => bytes);
    disk("etna_disk_max_bytes", "What they may take.", ({ maxBytes }) => maxBytes);
  }
}

function readCluster({ read }: Reading, status: () => ClusterStatus): void {
  const one = (kind: "counter" | "gauge", name: string, help: string, value: (of: ClusterStatus) => number) =>
    read(kind, { name, help }, () => [[{}, value(status())]]);
  const isShared = ({ mode }: ClusterStatus) => (mode === "shared" ? 1 : 0);
  one("gauge", "etna_cluster_up", "1 while the engine answers, 0 while this gateway is alone without it.", isShared);
  one("gauge", "etna_cluster_members", "Living gateways; without the engine, how many there were.", (of) => of.members);
  one("counter", "etna_cluster_lost_total", "How often the engine has ceased to answer.", ({ lost }) => lost);
  const perLog = (name: string, help: string, value: (of: ClusterStatus["logs"][number]) => number) =>
    read("gauge", { name, help, labelNames: ["server"] }, () =>
      status().logs.map((log) => [{ server: log.server }, value(log)] as const),
    );
  perLog("etna_cluster_log_lag", "Entries that this gateway has not read yet.", ({ lag }) => lag);
  perLog("etna_cluster_hearers", "Gateways that hear all of the server's events.", ({ hearers }) => hearers);
}

/** As it is, but for those that come when there are too many: a label's values must not grow for ever. */
function bounded(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= VALUES_MAX) return "other";
    known.add(value);
    return value;
  };
}
