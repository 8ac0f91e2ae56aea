// The job definitions that both the sandbox and the real LAVA can run.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** As it is written: it can be queued, but not run. */
export function jobPath(name: string): string {
  return join(import.meta.dirname, "../real/lava/lava/jobs", `${name}.yaml`);
}

/** @param files folder that the definitions' `HTTP_FILES` stands for. */
export function jobFile(name: string, files = "/srv/lava/http"): string {
  return readFileSync(jobPath(name), "utf8").replaceAll("HTTP_FILES", `file://${files}`);
}
