// Etna's own version, as its package says.

import { readFileSync } from "node:fs";

/** E.g. `0.1.0`. The package's file lies beside both `src/` and `dist/`. */
export const VERSION = readVersion(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

function readVersion(text: string): string {
  const found: unknown = JSON.parse(text);
  if (typeof found === "object" && found !== null && "version" in found && typeof found.version === "string")
    return found.version;
  throw new Error("package.json has no version");
}
