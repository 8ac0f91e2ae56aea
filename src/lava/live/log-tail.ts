// A test job's log while it is written. XML-RPC tells lines and end in one call, where REST would take two.

import { setTimeout as sleep } from "node:timers/promises";
import { TAIL_LINES } from "../../ci/live/log-tail.js";
import type { LogTail } from "../../ci/live/log-tail.js";
import { UpstreamError } from "../../errors.js";
import { asFollower } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import { toLogLine } from "../client/log/log-source.js";
import type { LavaClient } from "../client/client.js";
import type { LavaFeed } from "./feed.js";

/** What a tail needs of its server. */
export interface TailedServer {
  readonly name: string;
  readonly client: LavaClient;
  readonly feed: LavaFeed;
}

export function createLogTail(server: TailedServer, id: LavaJobId, ask: Ask): LogTail {
  const as = asFollower(ask);
  const stop = new AbortController();
  // There are no log events, but the end of the job is one, and nobody should wait for the next read to see it.
  const heard = server.feed.subscribe((event) => event.kind === "testjob" && event.jobId === id);
  const listen = () => {
    const next = heard.next();
    // Its failure is thrown in a pause; until then nobody may be listening.
    next.catch(() => undefined);
    return next;
  };
  let changed = listen();

  return {
    server: server.name,
    run: String(id),
    lease: ask.lease,

    async read(from) {
      const answer = await server.client.logTail(id, from, from + TAIL_LINES, as);
      if (answer === null) {
        // XML-RPC hides jobs from those whom it does not know, too: REST tells a denied token from a hidden job.
        const [job] = await server.client.jobsById([id], as);
        if (job === undefined) return null;
        throw new UpstreamError({
          kind: "UpstreamFailed",
          server: server.name,
          operation: "scheduler.jobs.logs",
          message: "no log of a job that may be seen",
        });
      }
      const lines = answer.lines.map((line, at) => toLogLine(line, from + at, { serverName: server.name, id }));
      return { lines, finished: answer.finished && lines.length < TAIL_LINES };
    },

    async pause(ms) {
      const pause = sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined);
      // Also the poll that comes when the server answers again after an outage.
      const news = changed.then(({ done }) => {
        if (done !== true) changed = listen();
        return done === true ? pause : undefined;
      });
      await Promise.race([pause, news]);
    },

    close() {
      stop.abort();
      heard.close();
    },
  };
}
