// A Cuirass server's part of the live runs: every build.

import type { RunUpdateSource } from "../../ci/live/run-updates.js";
import { mapStream } from "../../events/stream.js";
import { placeInGap, readGap } from "../live/end-place.js";
import { toBuild } from "../model/build.type.js";
import { ANYBODY } from "../../ci/live/polled-feed.js";
import type { CuirassView } from "../view.js";

export function followBuilds({ name, url, server }: CuirassView): RunUpdateSource {
  return {
    server: name,
    cursors: server.cursors.builds,
    open: (from, begun) => {
      const updates = server.builds.follow({ scope: {} }, ANYBODY, {
        after: from?.position ?? null,
        begun: (position) => begun(position, () => server.endPlaceAt(position)),
        readGap: () => readGap(server.client, {}, from?.place ?? ""),
      });
      return mapStream(updates, [], (update) => {
        const { position, value } = update;
        return {
          run: () => toBuild(name, url, value),
          update,
          place: () => (position === null ? placeInGap(value) : server.endPlaceAt(position)),
        };
      });
    },
  };
}
