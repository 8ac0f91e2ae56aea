// What the log says of operations, upstream calls and servers: objects with fixed keys, without tokens and documents.

import type { Logger } from "pino";
import type { ClusterNotice } from "../cluster/cluster.js";
import type { ServerNotice } from "../ci/server.js";
import type { UpstreamCall } from "../net/http.js";
import type { ChangeRecord, OperationRecord } from "../server/pipeline/observer.js";

/** At debug level; at info when it failed with a fault of Etna's own. */
export function logOperation(log: Logger, record: OperationRecord): void {
  const level = record.codes.includes("INTERNAL_SERVER_ERROR") ? "info" : "debug";
  if (!log.isLevelEnabled(level)) return;
  const { name, type, transport, ms, codes, requestId, remembered } = record;
  log[level](
    { operation: name, type, transport, ms: Math.round(ms), codes, requestId, ...(remembered ? { remembered } : {}) },
    "operation",
  );
}

/** The audit trail. At info level, so that it is there unless somebody has switched it off. */
export function logChange(log: Logger, { field, server: system, ...rest }: ChangeRecord): void {
  log.info({ change: field, system, ...rest }, "change");
}

export function logCall(log: Logger, { server, operation, ms, status, error, requestId }: UpstreamCall): void {
  if (!log.isLevelEnabled("debug")) return;
  log.debug({ system: server, operation, ms: Math.round(ms), status, code: error, requestId }, "upstream call");
}

export function logNotice(log: Logger, notice: Exclude<ServerNotice, { kind: "library" }>): void {
  const { server: system } = notice;
  switch (notice.kind) {
    case "breaker":
      if (notice.open) log.info({ system, breaker: "open" }, "the server is not asked any more until a probe succeeds");
      else log.info({ system, breaker: "closed" }, "the server is asked again");
      return;
    case "bus":
      log.warn({ system, reason: notice.reason }, "the bus can't be used; Etna polls instead");
      return;
    case "events":
      if (notice.first) log.debug({ system, source: notice.source }, "events come");
      else log.info({ system, source: notice.source }, "events come from elsewhere than before");
      return;
  }
}

/** How the other gateways are reached. */
export function logCluster(log: Logger, notice: ClusterNotice): void {
  switch (notice.kind) {
    case "away":
      log.warn(
        { cluster: "degraded", reason: notice.reason, members: notice.members },
        "the cluster's engine does not answer; this gateway goes on alone until it does",
      );
      return;
    case "joined":
      log.info({ cluster: "shared", members: notice.members }, "the cluster's engine answers; this gateway has joined");
      return;
    case "generation":
      log.warn(
        { system: notice.server },
        "the cluster's log of this server begins anew; cursors of before have expired",
      );
      return;
  }
}
