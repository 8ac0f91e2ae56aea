// A Cuirass server's part of the live runs: every build.

import type { RunUpdateSource } from "../../ci/live/run-updates.js";
import { mapStream } from "../../events/stream.js";
import { toBuild } from "../model/build.type.js";
import { ANYBODY } from "../../ci/live/polled-feed.js";
import type { CuirassView } from "../view.js";

export function followBuilds({ name, url, server }: CuirassView): RunUpdateSource {
  return {
    server: name,
    open: (after, begun) =>
      mapStream(server.builds.follow({ scope: {} }, ANYBODY, { after, begun }), [], (update) => ({
        run: () => toBuild(name, url, update.value),
        update,
      })),
  };
}
