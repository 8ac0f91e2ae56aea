// What the configuration says of Etna's memory of its servers' answers.

import { z } from "zod";
import { RIGHTS_DEFAULT_MS } from "../net/read.js";

export interface CacheConfig {
  /** Most bytes in memory; 0 remembers nothing. */
  readonly maxBytes: number;
  /** `data.dir`: folder for what can't change any more, kept over restarts; null keeps it in memory only. */
  readonly dir: string | null;
  /** Most bytes in that folder. */
  readonly dirMaxBytes: number;
  /** How long an answer of LAVA proves that its viewer may see what is in it, in milliseconds. */
  readonly rightsMs: number;
}

const MiB = 1024 * 1024;
const MEMORY_MEGABYTES = 256;
const DIR_MEGABYTES = 1024;

export const DEFAULT_CACHE: CacheConfig = {
  maxBytes: MEMORY_MEGABYTES * MiB,
  dir: null,
  dirMaxBytes: DIR_MEGABYTES * MiB,
  rightsMs: RIGHTS_DEFAULT_MS,
};

/** The keys `data` and `cache`. */
export const cacheKeys = {
  data: z.strictObject({ dir: z.string().min(1).optional() }).optional(),
  cache: z
    .strictObject({
      megabytes: z.coerce.number().min(0).max(65_536).optional(),
      dir: z.string().min(1).optional(),
      dirMegabytes: z.coerce.number().min(16).max(1_048_576).optional(),
      rightsSeconds: z.coerce.number().min(1).max(3_600).optional(),
    })
    .optional(),
};

export const CACHE_EXAMPLES = {
  "data.dir": "/var/lib/etna",
  "cache.megabytes": String(MEMORY_MEGABYTES),
  "cache.dir": "/var/lib/etna",
  "cache.dirMegabytes": String(DIR_MEGABYTES),
  "cache.rightsSeconds": String(RIGHTS_DEFAULT_MS / 1000),
} as const;

/** @param faults gets what no single key shows. */
export function readCache(
  { data, cache: given }: z.infer<z.ZodObject<typeof cacheKeys>>,
  faults: string[],
): CacheConfig {
  if (data?.dir !== undefined && given?.dir !== undefined) {
    faults.push("cache.dir: is the earlier name of data.dir, which is given as well; leave it out");
  }
  return {
    maxBytes: given?.megabytes === undefined ? DEFAULT_CACHE.maxBytes : given.megabytes * MiB,
    dir: data?.dir ?? given?.dir ?? null,
    dirMaxBytes: given?.dirMegabytes === undefined ? DEFAULT_CACHE.dirMaxBytes : given.dirMegabytes * MiB,
    rightsMs: given?.rightsSeconds === undefined ? DEFAULT_CACHE.rightsMs : given.rightsSeconds * 1000,
  };
}
