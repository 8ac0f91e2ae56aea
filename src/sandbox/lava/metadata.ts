// The column `metadata` of jobs in LAVA after 2026.07, and its filters (lava.md section 3.4).
import { FAILSAFE_SCHEMA, load } from "js-yaml";
import { fieldsOf } from "./definition.js";
import { json, ReplyWith } from "./http.js";
import type { LavaServer } from "./lava-server.js";
import type { Filters } from "./lists.js";
import type { Job } from "./model.js";

type Column = Readonly<Record<string, unknown>>;

/** The definition's block, each scalar as text; undefined on a LAVA without the column. An upgrade fills in nothing. */
export function metadataColumn({ generation, jobsBeforeUpgrade }: LavaServer, job: Job): Column | undefined {
  if (!generation.hasMetadata) return undefined;
  if (job.id <= jobsBeforeUpgrade) return {};
  return fieldsOf(toJson(fieldsOf(load(job.definition, { schema: FAILSAFE_SCHEMA }))["metadata"]));
}

function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value === "null" ? null : value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
}

export function metadataFilters(server: LavaServer): Filters<Job> {
  if (!server.generation.hasMetadata) return {};
  const column = (job: Job): Column => metadataColumn(server, job) ?? {};
  return {
    metadata__contains: (value) => {
      const wanted = readObject(value);
      return (job) => contains(column(job), wanted);
    },
    metadata__has_key: (value) => (job) => value in column(job),
  };
}

function readObject(value: string): Column {
  try {
    const wanted: unknown = JSON.parse(value);
    if (typeof wanted === "object" && wanted !== null && !Array.isArray(wanted)) return { ...wanted };
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw new ReplyWith(json(400, [`metadata__contains expects a JSON object, got '${value}'`]));
}

/** PostgreSQL's `@>` of jsonb: each key and each item of the second is in the first. */
function contains(own: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(own) && wanted.every((item) => own.some((one) => contains(one, item)));
  }
  if (typeof wanted !== "object" || wanted === null) return own === wanted;
  if (typeof own !== "object" || own === null || Array.isArray(own)) return false;
  return Object.entries(wanted).every(([key, value]) => key in own && contains((own as Column)[key], value));
}
