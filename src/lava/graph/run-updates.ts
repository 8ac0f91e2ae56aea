// A LAVA server's part of the live runs: every test job that the viewer may see.

import type { RunUpdateSource } from "../../ci/live/run-updates.js";
import { mapStream } from "../../events/stream.js";
import { toTestJob } from "../model/test-job.type.js";
import type { LavaView } from "../view.js";

export function followTestJobs({ name, server, ask }: LavaView): RunUpdateSource {
  const scope = { query: {}, matches: () => true };
  return {
    server: name,
    open: (after, begun) => {
      // Changes from here on are told whether the jobs of the beginning have been read by then or not.
      if (after === null) begun(server.feed.ring.last);
      return mapStream(server.testJobs.follow({ scope }, ask, { after }), [], (update) => ({
        run: () => toTestJob(name, server.url, update.value),
        update,
      }));
    },
  };
}
