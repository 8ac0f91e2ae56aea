// A LAVA server's part of the live runs: every test job that the viewer may see.

import type { RunUpdateSource } from "../../ci/live/run-updates.js";
import { mapStream } from "../../events/stream.js";
import { asFollower } from "../../net/ask.js";
import { endPlaceAt, placeNow, readEnds } from "../live/end-place.js";
import { toTestJob } from "../model/test-job.type.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaView } from "../view.js";

export function followTestJobs({ name, server, client, ask }: LavaView): RunUpdateSource {
  const scope = { query: {}, matches: () => true };
  return {
    server: name,
    cursors: server.feed.cursors,
    open: (from, begun) => {
      const beginning = placeNow();
      // Changes from here on are told whether the jobs of the beginning have been read by then or not.
      if (from === null) begun(server.feed.ring.last, () => beginning);
      const readGap = () => readEnds(client, scope, from?.place ?? "", asFollower(ask));
      const updates = server.testJobs.follow({ scope }, ask, { after: from?.position ?? null, readGap });
      return mapStream(updates, [], (update) => ({
        run: () => toTestJob(name, server.url, update.value),
        update,
        place: endPlaceAt(server.feed, update.position, toJobId(update.value.id)),
      }));
    },
  };
}
