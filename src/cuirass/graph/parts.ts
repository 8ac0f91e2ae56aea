// A Cuirass server's part of what is followed on several servers.

import { ANYBODY } from "../../ci/live/polled-feed.js";
import type { ServerPart } from "../../ci/live/merged-updates.js";
import { mapStream } from "../../events/stream.js";
import type { BuildScope } from "../live/build-scope.js";
import { placeInGap, readGap } from "../live/end-place.js";
import type { EvaluationScope } from "../live/evaluation-polls.js";
import type { WireBuild, WireEvaluation } from "../protocol/wire.js";
import type { CuirassView } from "../view.js";

export function buildPart({ name, server }: CuirassView, scope: BuildScope): ServerPart<WireBuild> {
  return {
    server: name,
    cursors: server.cursors.builds,
    open: (from, begun) => {
      const updates = server.builds.follow({ scope }, ANYBODY, {
        after: from?.position ?? null,
        begun: (position) => begun(position, () => server.endPlaceAt(position)),
        readGap: () => readGap(server.client, scope, from?.place ?? ""),
      });
      return mapStream(updates, [], (update) => {
        const { position, value } = update;
        const place = () => (position === null ? placeInGap(value) : server.endPlaceAt(position));
        return { value, update, place };
      });
    },
  };
}

export function evaluationPart({ name, server }: CuirassView, scope: EvaluationScope): ServerPart<WireEvaluation> {
  return {
    server: name,
    cursors: server.cursors.evaluations,
    open: (from, begun) => {
      const updates = server.evaluations.follow({ scope }, ANYBODY, { after: from?.position ?? null, begun });
      return mapStream(updates, [], (update) => ({ value: update.value, update, place: () => null }));
    },
  };
}
