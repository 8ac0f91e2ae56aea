// `/readyz`: whether Etna is of use, and the state of each server.

import type { ClusterStatus } from "../../cluster/cluster.js";
import type { Server } from "../../ci/graph/server.type.js";

const READY_MAX_AGE_MS = 2_000;

export interface Readiness {
  readonly ready: boolean;
  /** Absent for a gateway by itself. */
  readonly cluster?: Pick<ClusterStatus, "mode" | "members">;
  readonly servers: readonly {
    readonly name: string;
    readonly reachable: boolean;
    readonly version: string | null;
    readonly events: string;
  }[];
}

/** State of the configured servers, asked at most every two seconds however often the question comes. */
export function createReadiness(
  servers: () => readonly Server[],
  cluster: () => ClusterStatus | null = () => null,
): () => Promise<Readiness> {
  const ask = async (): Promise<Readiness> => {
    const states = await Promise.all(
      servers().map(async (server) => {
        const { reachable, version } = await server.probe();
        return { name: server.name, reachable, version, events: server.currentEvents().source };
      }),
    );
    // One server that answers is enough to be of use; the others' fields say that they are down.
    const { mode = "alone", members = 1 } = cluster() ?? {};
    const shared = mode === "alone" ? {} : { cluster: { mode, members } };
    return { ...shared, ready: states.length === 0 || states.some((state) => state.reachable), servers: states };
  };
  let last: { readonly at: number; readonly state: Promise<Readiness> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > READY_MAX_AGE_MS)
      last = { at: performance.now(), state: ask() };
    return last.state;
  };
}
