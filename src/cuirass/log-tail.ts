// A build's log while it is written. Cuirass has no ranges, so each read begins at the log's first byte.

import { setTimeout as sleep } from "node:timers/promises";
import { TAIL_LINES } from "../ci/log-tail.js";
import type { LogTail } from "../ci/log-tail.js";
import type { LogLine } from "../ci/log.type.js";
import { RunPhase } from "../ci/run.type.js";
import { toBuild } from "./build.type.js";
import type { CuirassBuildId } from "./ids.js";
import { logLines, toLogLine } from "./log-source.js";
import type { CuirassServer } from "./server.js";

/** The whole log comes with every read, so that it is read less often than others. */
const PAUSE_MIN_MS = 3_000;

export function createLogTail(server: CuirassServer, id: CuirassBuildId): LogTail {
  const stop = new AbortController();
  const origin = { server: server.name, operation: "GET /build/ID/log/raw" };

  return {
    async read(from) {
      // Looked at before the log: what a build that has ended says is all there is.
      const wire = await server.client.build(id);
      if (wire === null) return null;
      const build = toBuild(server.name, server.url, wire);
      const isWritten = build.phase === RunPhase.FINISHED;
      const lines: LogLine[] = [];
      if (build.hasLog) {
        let number = 0;
        // A running build is still writing a last line that has no end.
        const reading = { hasEnded: isWritten, wholeLines: !isWritten };
        for await (const text of logLines(origin, () => server.client.buildLog(id), reading)) {
          if (number >= from) lines.push(toLogLine(number, text));
          number += 1;
          if (lines.length === TAIL_LINES) break;
        }
      }
      return { lines, finished: isWritten && lines.length < TAIL_LINES };
    },
    pause: (ms) => sleep(Math.max(ms, PAUSE_MIN_MS), undefined, { signal: stop.signal }).catch(() => undefined),
    close: () => stop.abort(),
  };
}
