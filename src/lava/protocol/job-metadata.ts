// What a test job's author noted about it (lava.md section 3.4): what is shown, and what a filter compares with.

import { toMetadataText } from "./definition.js";
import type { JobDefinition } from "./definition.js";
import type { WireTestJob } from "./wire.js";

/**
 * By key, in the author's order. Servers after 2026.07 keep the block in a column, too, and find jobs by it: where the
 * column has a text, that text is the value. Jobs from before a server's upgrade have an empty column.
 */
export function metadataOf(wire: WireTestJob, definition: JobDefinition | null): ReadonlyMap<string, string> {
  const stored = wire.metadata ?? {};
  const noted = definition?.metadata ?? new Map<string, string>();
  if (noted.size === 0) return new Map(Object.entries(stored).map(([key, value]) => [key, toMetadataText(value)]));
  return new Map([...noted].map(([key, value]) => [key, typeof stored[key] === "string" ? stored[key] : value]));
}
