// A build's log while it is written. Cuirass has no ranges, so each read begins at the log's first byte.

import { setTimeout as sleep } from "node:timers/promises";
import { TAIL_LINES } from "../../ci/live/log-tail.js";
import type { LogTail } from "../../ci/live/log-tail.js";
import type { LogLine } from "../../ci/log.js";
import { RunPhase } from "../../ci/enums.js";
import { hasLog, toPhase } from "../protocol/enums.js";
import type { CuirassBuildId } from "../protocol/ids.js";
import { createLogSource } from "../client/log-source.js";
import type { CuirassClient } from "../client/client.js";

/** The whole log comes with every read, so that it is read less often than others. */
const PAUSE_MIN_MS = 3_000;

export function createLogTail(client: CuirassClient, id: CuirassBuildId): LogTail {
  const stop = new AbortController();
  const origin = { server: client.server, operation: "GET /build/ID/log/raw" };
  const source = createLogSource(origin, () => client.buildLog(id));

  return {
    server: client.server,
    run: String(id),
    lease: null,

    async read(from) {
      // Looked at before the log: what a build that has ended says is all there is.
      const wire = await client.build(id);
      if (wire === null) return null;
      const lines: LogLine[] = [];
      if (hasLog(wire)) {
        for await (const line of source.read(from, TAIL_LINES)) {
          lines.push(line);
          if (lines.length === TAIL_LINES) break;
        }
      }
      return { lines, finished: toPhase(wire.buildstatus) === RunPhase.FINISHED && lines.length < TAIL_LINES };
    },
    pause: (ms) => sleep(Math.max(ms, PAUSE_MIN_MS), undefined, { signal: stop.signal }).catch(() => undefined),
    close: () => stop.abort(),
  };
}
