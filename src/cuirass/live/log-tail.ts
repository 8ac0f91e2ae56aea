// A build's log while it is written. Cuirass has no ranges, so each read begins at the log's first byte.

import { setTimeout as sleep } from "node:timers/promises";
import { TAIL_LINES } from "../../ci/live/log-tail.js";
import type { LogTail } from "../../ci/live/log-tail.js";
import type { LogLine } from "../../ci/graph/log.type.js";
import { RunPhase } from "../../ci/enums.js";
import { toBuild } from "../model/build.type.js";
import type { CuirassBuildId } from "../protocol/ids.js";
import { createLogSource } from "../client/log-source.js";
import type { CuirassServer } from "../server.js";

/** The whole log comes with every read, so that it is read less often than others. */
const PAUSE_MIN_MS = 3_000;

export function createLogTail(server: CuirassServer, id: CuirassBuildId): LogTail {
  const stop = new AbortController();
  const origin = { server: server.name, operation: "GET /build/ID/log/raw" };
  const source = createLogSource(origin, () => server.client.buildLog(id));

  return {
    async read(from) {
      // Looked at before the log: what a build that has ended says is all there is.
      const wire = await server.client.build(id);
      if (wire === null) return null;
      const build = toBuild(server.name, server.url, wire);
      const lines: LogLine[] = [];
      if (build.hasLog) {
        for await (const line of source.read(from, TAIL_LINES)) {
          lines.push(line);
          if (lines.length === TAIL_LINES) break;
        }
      }
      return { lines, finished: build.phase === RunPhase.FINISHED && lines.length < TAIL_LINES };
    },
    pause: (ms) => sleep(Math.max(ms, PAUSE_MIN_MS), undefined, { signal: stop.signal }).catch(() => undefined),
    close: () => stop.abort(),
  };
}
