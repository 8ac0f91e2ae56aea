// Etna's own version, as its package says.

import { readFileSync } from "node:fs";
import { fieldsOf } from "./codec/mapping.js";

/** E.g. `0.1.0`. The package's file lies beside both `src/` and `dist/`. */
export const VERSION = readVersion(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

function readVersion(text: string): string {
  const { version } = fieldsOf(JSON.parse(text));
  if (typeof version === "string") return version;
  throw new Error("package.json has no version");
}
