// A REST call as the resources see it, and the refusals they share.
import { type Call, json, type Reply, ReplyWith } from "./http.js";
import type { Viewer } from "./lab.js";
import type { LavaServer } from "./lava-server.js";

export interface RestCall extends Call {
  readonly server: LavaServer;
  readonly viewer: Viewer;
  /** What stands for each ID of the route's template. */
  readonly ids: readonly string[];
}

/** Routes: `GET jobs/ID/` and what answers it. */
export type Routes = Readonly<Record<string, (call: RestCall) => Reply>>;

/** The caller when logged in; answers 403 otherwise. */
export function needsLogin(call: RestCall): NonNullable<Viewer> {
  if (call.viewer === undefined) {
    throw new ReplyWith(json(403, { detail: "Authentication credentials were not provided." }));
  }
  return call.viewer;
}

/** A superuser; answers 403 otherwise. */
export function needsSuperuser(call: RestCall): void {
  if (!needsLogin(call).superuser) throw notPermitted();
}

export function methodNotAllowed(call: Call): Reply {
  return json(405, { detail: `Method "${call.method}" not allowed.` });
}

export function notPermitted(): ReplyWith {
  return new ReplyWith(json(403, { detail: "You do not have permission to perform this action." }));
}

/** A JSON or form body's fields. */
export function bodyFields(call: Call): Readonly<Record<string, unknown>> {
  const type = (call.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (type === "application/x-www-form-urlencoded") return Object.fromEntries(new URLSearchParams(call.body));
  if (type !== "application/json") {
    throw new ReplyWith(json(415, { detail: `Unsupported media type "${type}" in request.` }));
  }
  try {
    const value: unknown = JSON.parse(call.body === "" ? "{}" : call.body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new ReplyWith(json(400, { detail: `JSON parse error - ${reason}` }));
  }
  throw new ReplyWith(json(400, { non_field_errors: ["Invalid data. Expected a dictionary."] }));
}
