// The job definitions that both the sandbox and the real LAVA can run.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @param files folder that the definitions' `HTTP_FILES` stands for. */
export function jobFile(name: string, files = "/srv/lava/http"): string {
  const path = join(import.meta.dirname, "../real/lava/lava/jobs", `${name}.yaml`);
  return readFileSync(path, "utf8").replaceAll("HTTP_FILES", `file://${files}`);
}
