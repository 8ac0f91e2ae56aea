// What is on the wire about the lab and the server itself beyond devices, types and workers (observed on 2023.01).
// A field that is not named here does not get in: custom queries answer with whole database rows, secrets included.

import { z } from "zod";

const text = z.string();
const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** An element of `tags/`; fixture `lava/rest/tags.json`. */
export const wireTag = z.object({ name: text, description: textOrNull });
export type WireTag = z.infer<typeof wireTag>;

/** An element of `aliases/`; fixture `lava/rest/aliases.json`. */
export const wireAlias = z.object({ name: text, device_type: text });
export type WireAlias = z.infer<typeof wireAlias>;

/** An element of `permissions/devices/`; fixture `lava/rest/permissions-devices.json`. */
export const wireDevicePermission = z.object({ group: text, permission: text, device: text });
/** An element of `permissions/devicetypes/`; fixture `lava/rest/permissions-devicetypes.json`. */
export const wireDeviceTypePermission = z.object({ group: text, permission: text, devicetype: text });

/** `system/master_config/`; fixture `lava/rest/system-master_config.json`. LOG_SIZE_LIMIT is in MB. */
export const wireSettings = z.object({
  EVENT_TOPIC: text,
  EVENT_SOCKET: text,
  EVENT_NOTIFICATION: z.boolean(),
  LOG_SIZE_LIMIT: z.number(),
});
export type WireSettings = z.infer<typeof wireSettings>;

/** XML-RPC `scheduler.pending_jobs_by_device_type`: how many wait, by device type. */
export const wirePendingJobs = z.record(z.string(), z.number().int());

/** XML-RPC `system.methodSignature`: the types, the answer's first; or the text `undef`, which nearly all give. */
export const wireSignature = z
  .union([z.array(text), text])
  .transform((value) => (typeof value === "string" ? null : value));

/** XML-RPC `results.make_custom_query`: rows of test jobs; fixture `lava/xmlrpc/results.make_custom_query.res.xml`. */
export const wireJobRows = z.array(z.object({ id: z.number().int() }));
/** The same: rows of test suites. */
export const wireSuiteRows = z.array(z.object({ job_id: z.number().int(), name: text }));

export interface RpcMethod {
  readonly name: string;
  /** Types, the answer's first; null where LAVA does not say. */
  readonly signature: readonly string[] | null;
  readonly help: string;
}
