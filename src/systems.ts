// The CI systems that this gateway speaks to: the only list of them.

import type { CiSystem, OptionsOf } from "./ci/system.js";
import { cuirass } from "./cuirass/index.js";
import { lava } from "./lava/index.js";

export const SYSTEMS = [lava, cuirass] as const;

/** The same, for whoever does not tell one from another. */
export const ALL_SYSTEMS: readonly CiSystem[] = SYSTEMS;

/** By a system's kind, its configured servers. */
export type ServersOf<S extends readonly CiSystem[]> = {
  readonly [T in S[number] as T["kind"]]: readonly OptionsOf<T>[];
};
