// Times as RFC 3339 text. Upstream text passes through, so that LAVA's microseconds are not lost in a Date.

import { GraphQLScalarType, Kind } from "graphql";
import { InputRefused } from "../../errors.js";

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** In and out: RFC 3339 text with a zone; what Etna sends is UTC with `Z`. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: "DateTime",
  description: "A time as RFC 3339 text, e.g. `2026-11-22T03:24:17.483416Z`. What Etna sends is UTC.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  serialize: (value) => {
    if (isTime(value)) return value;
    // Nobody's input: shown as a fault of Etna's own.
    throw new TypeError(`not a time: ${String(value)}`);
  },
  parseValue: checked,
  parseLiteral: (node) => checked(node.kind === Kind.STRING ? node.value : null),
});

function isTime(value: unknown): value is string {
  return typeof value === "string" && RFC3339.test(value) && !Number.isNaN(Date.parse(value));
}

function checked(value: unknown): string {
  if (isTime(value)) return value;
  throw new InputRefused("DateTime", "not a time; write it like 2026-11-22T03:24:17Z");
}

/** Unix seconds to UTC text; 0, which Cuirass writes for "not yet", to null. */
export function fromUnixSeconds(seconds: number): string | null {
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Whole seconds between two times, or up to now for a run under way; null before its start. */
export function secondsBetween(startedAt: string | null, finishedAt: string | null): number | null {
  if (startedAt === null) return null;
  const end = finishedAt === null ? Date.now() : Date.parse(finishedAt);
  return Math.max(0, Math.round((end - Date.parse(startedAt)) / 1000));
}
