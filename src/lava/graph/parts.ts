// A LAVA server's part of what is followed on several servers.

import type { Engine } from "../../ci/live/engine.js";
import type { ServerPart } from "../../ci/live/merged-updates.js";
import { mapStream } from "../../events/stream.js";
import { asFollower } from "../../net/ask.js";
import { endPlaceAt, placeNow, readEnds } from "../live/end-place.js";
import type { LabScope } from "../live/lab.js";
import type { JobScope } from "../live/test-jobs.js";
import type { LavaEvent } from "../protocol/event.js";
import { toJobId } from "../protocol/ids.js";
import type { WireTestJob } from "../protocol/wire.js";
import type { LavaView } from "../view.js";

/** Every test job that the viewer may see. */
export const ALL_JOBS: JobScope = { query: {}, matches: () => true };

export function testJobPart({ name, server, client, ask }: LavaView, scope: JobScope): ServerPart<WireTestJob> {
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
        value: update.value,
        update,
        place: endPlaceAt(server.feed, update.position, toJobId(update.value.id)),
      }));
    },
  };
}

/** All devices or workers that the viewer may see. */
export function labPart<V>(
  { name, server, ask }: LavaView,
  engine: Engine<string, V, LabScope, LavaEvent>,
): ServerPart<V> {
  return {
    server: name,
    cursors: server.feed.cursors,
    open: (from, begun) => {
      const updates = engine.follow({ scope: { all: true } }, ask, { after: from?.position ?? null, begun });
      return mapStream(updates, [], (update) => ({ value: update.value, update, place: () => null }));
    },
  };
}
