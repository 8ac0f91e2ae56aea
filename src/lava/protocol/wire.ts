// LAVA REST v0.2 as it is on the wire (observed on 2023.01; newer servers add fields, none of these changed).
// A field that is not named here does not get in: superusers' answers carry worker tokens, for one.

import { z } from "zod";
import { rowsOf } from "../../net/rows.js";
import type { OddRow } from "../../net/rows.js";
import { toUtc } from "./time.js";

const text = z.string();
const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const idOrNull = z
  .number()
  .int()
  .nullish()
  .transform((value) => value ?? null);
const ids = z.array(z.number().int());

/** RFC 3339; a server whose clock is set to another zone writes it with its offset. */
const time = z.string().transform((value, context) => {
  const utc = toUtc(value);
  if (utc !== null) return utc;
  context.addIssue({ code: "custom", message: `expected a time, got ${JSON.stringify(value.slice(0, 40))}` });
  return z.NEVER;
});
const timeOrNull = time.nullish().transform((value) => value ?? null);

/** An element of `jobs/` and `jobs/ID/`; fixtures `lava/rest/job*.json`. Times are RFC 3339 with microseconds. */
export const wireTestJob = z.object({
  id: z.number().int(),
  submitter: text,
  description: textOrNull,
  health_check: z.boolean(),
  requested_device_type: textOrNull,
  tags: ids,
  viewing_groups: ids,
  actual_device: textOrNull,
  submit_time: time,
  start_time: timeOrNull,
  end_time: timeOrNull,
  state: text,
  health: text,
  priority: z.number().int(),
  definition: textOrNull,
  original_definition: textOrNull,
  multinode_definition: textOrNull,
  failure_comment: textOrNull,
  /** The definition's block as JSON; only servers after 2026.07 have it, null for a job from before. */
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type WireTestJob = z.infer<typeof wireTestJob> & OddRow;

/** An element of `devices/`; fixture `lava/rest/devices.json`. */
export const wireDevice = z.object({
  hostname: text,
  device_type: text,
  device_version: textOrNull,
  description: textOrNull,
  tags: ids,
  state: text,
  health: text,
  last_health_report_job: idOrNull,
  worker_host: textOrNull,
  is_synced: z
    .boolean()
    .nullish()
    .transform((value) => value ?? null),
});
export type WireDevice = z.infer<typeof wireDevice> & OddRow;

/** An element of `devicetypes/`; fixture `lava/rest/devicetypes.json`. */
export const wireDeviceType = z.object({
  name: text,
  architecture: textOrNull,
  processor: textOrNull,
  cpu_model: textOrNull,
  aliases: z.array(text),
  bits: idOrNull,
  cores: z.array(text),
  core_count: idOrNull,
  description: textOrNull,
  health_frequency: z.number().int(),
  health_denominator: text,
  disable_health_check: z.boolean(),
  display: z.boolean(),
});
export type WireDeviceType = z.infer<typeof wireDeviceType> & OddRow;

/** An element of `workers/`; fixture `lava/rest/workers.json`. */
export const wireWorker = z.object({
  hostname: text,
  health: text,
  state: text,
  description: textOrNull,
  last_ping: timeOrNull,
  job_limit: z.number().int(),
  version: textOrNull,
});
export type WireWorker = z.infer<typeof wireWorker> & OddRow;

export const wireVersion = z.object({ version: text });
/** XML-RPC `scheduler.jobs.configuration`: base64, or nil for a file that was not used. */
export const wireFiles = z
  .array(z.union([z.instanceof(Buffer).transform((file) => file.toString("utf8")), z.null()]))
  .length(5);

/** XML-RPC `system.version`. */
export const wireText = text;
/** XML-RPC `scheduler.jobs.logs_count`. */
export const wireCount = z.number().int().nonnegative();
export const wireMasterConfig = z.object({ EVENT_NOTIFICATION: z.boolean() });
export const wireWhoami = z.object({ user: text });
/** `job_ids` holds integers, or texts such as `2041.0` for a multinode job. */
export const wireSubmitted = z.object({ job_ids: z.array(z.union([z.number().int(), text])).min(1) });

/** Any REST list: `{"count", "next", "previous", "results"}`. */
export function wireList<T extends z.ZodType>(element: T) {
  return z.object({ count: z.number().int(), results: z.array(element) });
}

type Row<T> = z.ZodType<T> & { readonly shape: Readonly<Record<string, z.ZodType>> };

/** What stands for a field that can't be read: the first that the field's schema takes. Fields that hold one throw. */
const STAND_INS = [null, "", 0, false, []];

/** A list of which an odd row fails only itself. */
function wireRows<T extends object>(row: Row<T>, key: keyof T & string, order: readonly (keyof T & string)[] = []) {
  const rough = Object.entries(row.shape).map(([name, field]) => {
    const standIn = STAND_INS.map((value) => field.safeParse(value)).find(({ success }) => success)?.data;
    return [name, name === key ? field : field.catch(standIn)] as const;
  });
  // It has the same fields, and of the same types.
  const roughRow = z.object(Object.fromEntries(rough)) as unknown as z.ZodType<T>;
  return z.object({ count: z.number().int(), results: rowsOf(row, roughRow, { key, order }) });
}

export const wireTestJobs = wireRows(wireTestJob, "id", ["submit_time", "start_time", "end_time"]);
export const wireDevices = wireRows(wireDevice, "hostname");
export const wireDeviceTypes = wireRows(wireDeviceType, "name");
export const wireWorkers = wireRows(wireWorker, "hostname");

/** XML-RPC `scheduler.jobs.show`: what REST lacks. `id` is an integer, or the sub id as text in a multinode job. */
export const wireJobShow = z.object({
  id: z.union([z.number().int(), text]),
  tags: z.array(text),
  visibility: text,
});
export type WireJobShow = z.infer<typeof wireJobShow>;

/** XML-RPC `scheduler.devices.show`: what REST lacks. `current_job` is an integer, a sub id as text, or null. */
export const wireDeviceShow = z.object({
  current_job: z
    .union([z.number().int(), text])
    .nullish()
    .transform((value) => (value == null ? null : String(value))),
  tags: z.array(text),
  health_job: z
    .boolean()
    .nullish()
    .transform((value) => value ?? null),
});
export type WireDeviceShow = z.infer<typeof wireDeviceShow>;
