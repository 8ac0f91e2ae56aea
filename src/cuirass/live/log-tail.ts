// A build's log while it is written. Cuirass has no ranges, so each pass begins at the log's first byte: one pass delivers
// all that it holds, and the next is made only when the log has grown.

import { setTimeout as sleep } from "node:timers/promises";
import { TAIL_LINES } from "../../ci/live/log-tail.js";
import type { LogTail } from "../../ci/live/log-tail.js";
import type { LogLine } from "../../ci/log.js";
import { RunPhase } from "../../ci/enums.js";
import { hasLog, toPhase } from "../protocol/enums.js";
import type { CuirassBuildId } from "../protocol/ids.js";
import { logLines, toLogLine } from "../client/log-source.js";
import type { CuirassClient } from "../client/client.js";
import type { HttpStream } from "../../net/http.js";

/** The whole log comes with every pass, so that it is read less often than others. */
const PAUSE_MIN_MS = 3_000;
/** A subscriber that does not come for more lines for so long gives the pass up, and with it the place at the server. */
const PASS_IDLE_MS = 2_000;

export function createLogTail(client: CuirassClient, id: CuirassBuildId): LogTail {
  const stop = new AbortController();
  const origin = { server: client.server, operation: "GET /build/ID/log/raw" };
  let pass: Pass | null = null;
  /** Of the log as the last whole pass has seen it, and the line after its last one. */
  let seen: { readonly size: string; readonly next: number } | null = null;

  return {
    server: client.server,
    run: String(id),
    lease: null,

    async read(from) {
      if (pass === null || pass.next !== from || pass.isDropped) {
        pass?.drop();
        pass = null;
        // Looked at before the log: what a build that has ended says is all there is.
        const wire = await client.build(id);
        if (wire === null) return null;
        const isWritten = toPhase(wire.buildstatus) === RunPhase.FINISHED;
        const stream = hasLog(wire) ? await client.buildLog(id, wire) : null;
        if (stream === null) return { lines: [], finished: isWritten };
        const size = stream.headers["content-length"];
        // The last lines of a build that has ended may be those that were not whole before.
        if (!isWritten && seen !== null && size === seen.size && from === seen.next) {
          stream.discard();
          return { lines: [], finished: false };
        }
        const texts = logLines(origin, () => Promise.resolve(stream), { hasEnded: isWritten, wholeLines: !isWritten });
        pass = new Pass(stream, texts, from, isWritten);
      }
      const current = pass;
      const lines = await current.take(TAIL_LINES);
      if (!current.hasEnded) return { lines, finished: false };
      pass = null;
      const size = current.stream.headers["content-length"];
      seen = size === undefined || current.isDropped ? null : { size, next: current.next };
      return { lines, finished: current.isWritten && !current.isDropped };
    },
    pause: (ms) => sleep(Math.max(ms, PAUSE_MIN_MS), undefined, { signal: stop.signal }).catch(() => undefined),
    close: () => {
      stop.abort();
      pass?.drop();
    },
  };
}

/** One reading of the log, from its first byte on, of which the lines from one number on are wanted. */
class Pass {
  hasEnded = false;
  isDropped = false;
  #number = 0;
  #idle: NodeJS.Timeout | undefined;

  /** @param next number of the line that comes next. @param isWritten whether the build had ended when it began. */
  constructor(
    readonly stream: HttpStream,
    private readonly texts: AsyncGenerator<string, void, undefined>,
    public next: number,
    readonly isWritten: boolean,
  ) {}

  /** The next lines; fewer than `count` when it has ended. */
  async take(count: number): Promise<readonly LogLine[]> {
    clearTimeout(this.#idle);
    const lines: LogLine[] = [];
    try {
      while (lines.length < count) {
        const { value, done } = await this.texts.next();
        if (done === true) {
          this.hasEnded = true;
          return lines;
        }
        if (this.#number >= this.next) lines.push(toLogLine(this.#number, value));
        this.#number += 1;
        if (this.#number > this.next) this.next = this.#number;
      }
    } catch (error) {
      this.hasEnded = true;
      // Nobody waits for what was given up.
      if (!this.isDropped) throw error;
    }
    this.#idle = setTimeout(() => this.drop(), PASS_IDLE_MS).unref();
    return lines;
  }

  drop(): void {
    clearTimeout(this.#idle);
    this.isDropped = true;
    this.stream.discard();
    this.texts.return().catch(() => undefined);
  }
}
