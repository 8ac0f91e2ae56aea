// What the configuration says of Etna's memory of its servers' answers.

import { z } from "zod";
import { key } from "../ci/config-keys.js";
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

const cacheEntries = {
  megabytes: key(
    z.coerce.number().min(0).max(65_536),
    String(MEMORY_MEGABYTES),
    `Memory for the servers' answers; 0 keeps none. ${MEMORY_MEGABYTES} by default.`,
  ),
  dir: key(z.string().min(1), "/var/lib/etna", "The earlier name of `data.dir`."),
  dirMegabytes: key(
    z.coerce.number().min(16).max(1_048_576),
    String(DIR_MEGABYTES),
    `Disk for what is in \`data.dir\`. ${DIR_MEGABYTES} by default.`,
  ),
  rightsSeconds: key(
    z.coerce.number().min(1).max(3_600),
    String(RIGHTS_DEFAULT_MS / 1000),
    `How long an answer of LAVA proves that its viewer may see what is in it, so that rights taken away there count that much longer at most. ${RIGHTS_DEFAULT_MS / 1000} by default.`,
  ),
};

/** The keys `data` and `cache`. */
export const cacheKeys = {
  data: key(
    z.strictObject({
      dir: key(
        z.string().min(1),
        "/var/lib/etna",
        "Folder for what can't change any more, such as results and logs of finished test jobs, kept over restarts. One process uses it. None by default.",
      ),
    }),
    "{dir: /var/lib/etna}",
    "What is kept on disk.",
  ),
  cache: key(z.strictObject(cacheEntries), "{megabytes: 256}", "How much is kept, and for how long it proves rights."),
};

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
