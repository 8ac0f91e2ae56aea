// What viewers do to the test jobs, devices and workers of one LAVA. From lava.md, sections 3.3, 6.4 and 10, and LAVA's
// `lava_rest_app/v02/views.py` and `lava_scheduler_app/api/`. Each change is asked for once.

import { z } from "zod";
import { UpstreamError } from "../../errors.js";
import { asChange } from "../../net/change.js";
import { decode, parseJson } from "../../net/decode.js";
import type { HttpReply } from "../../net/http.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import { PythonLiteralError, parsePythonLiteral } from "../protocol/python-literal.js";
import { readMessage, refusal } from "./rest.js";
import { toSubmission } from "./submission.js";
import type { Submission } from "./submission.js";
import { findIllegal } from "../../codec/xml-characters.js";
import type { LavaTransport } from "./transport.js";
import type { RpcParam } from "../../codec/xml-rpc-codec.js";

/** LAVA's judgement of a definition. `path` leads to the fault; null when LAVA does not say where it is. */
export type Validation =
  | { readonly kind: "valid" }
  | { readonly kind: "invalid"; readonly reason: string; readonly path: readonly string[] | null };

/** What became of a change of health. */
export type HealthChange =
  | { readonly kind: "changed"; readonly reasonRecorded: boolean }
  | { readonly kind: "refused"; readonly reason: string };

const wireMessage = z.object({ message: z.string() });
const wireFault = z.object({ path: z.string(), msg: z.string() });

/** Methods throw `UpstreamError`. */
export class ActionsClient {
  constructor(private readonly transport: LavaTransport) {}

  /** Has LAVA check a definition; nothing is submitted. `strict` refuses keys that LAVA does not know, too. */
  async validate(definition: string, strict: boolean, ask: Ask): Promise<Validation> {
    const { origin, reply } = await this.#post("jobs/validate/", "jobs/validate/", { definition, strict }, ask);
    // Older LAVA's view does not expect a definition that is no YAML, and 2020.12's not a list in a number's place.
    if (reply.status === 400 || (reply.status === 500 && isDefinitionFault(readMessage(reply))))
      return { kind: "invalid", reason: readMessage(reply), path: null };
    if (reply.status !== 200) throw refusal(origin, reply.status, reply);
    const { message } = decode(origin, wireMessage, parseJson(origin, reply.body));
    if (!message.startsWith(INVALID)) return { kind: "valid" };
    const { reason, place } = splitFault(message.slice(INVALID.length));
    return {
      kind: "invalid",
      reason,
      path: place === null ? await this.#faultPath(definition, strict, ask) : toPath(place),
    };
  }

  /** Submits a definition. Throws `UpstreamDenied` when this viewer may not submit at all. */
  async submit(definition: string, ask: Ask): Promise<Submission> {
    return asChange(async () => {
      const { origin, reply } = await this.#post("jobs/", "jobs/", { definition }, ask);
      return toSubmission(origin, reply, ask);
    });
  }

  /** Submits a test job's definition anew, of all nodes in a multinode job. Null for a job that this viewer may not see. */
  async resubmit(id: LavaJobId, ask: Ask): Promise<Submission | null> {
    return asChange(async () => {
      const { origin, reply } = await this.#post(`jobs/${id}/resubmit/`, "jobs/ID/resubmit/", {}, ask);
      return reply.status === 404 ? null : toSubmission(origin, reply, ask);
    });
  }

  /**
   * Asks LAVA to cancel these, in one request. It answers alike whether it will or not, so the caller reads the jobs'
   * states afterwards. Null for each job that LAVA took, its error for one that this viewer may not cancel. By XML-RPC,
   * since REST changed twice: `jobs/ID/cancel/` was a GET until 2026.07 and is a POST after, and `jobs/batch_cancel/`
   * answers 403 for all when one may not be canceled, with those before it canceled and those after it not.
   */
  async cancel(ids: readonly LavaJobId[], ask: Ask): Promise<(UpstreamError | null)[]> {
    const calls = ids.map((id) => ({ method: "scheduler.jobs.cancel", params: [id] }));
    const answers = await this.transport.rpc.writeMany(calls, ask);
    return answers.map((answer) => (answer instanceof UpstreamError ? answer : null));
  }

  /**
   * Changes a device's health. REST notes the reason in the device's log, but wants the right to change all devices and
   * does not know retired ones; XML-RPC is content with the right to change this one, and notes `xmlrpc api`.
   */
  async setDeviceHealth(hostname: string, health: string, reason: string | null, ask: Ask): Promise<HealthChange> {
    return this.#setHealth("devices", hostname, health, reason, ask, {
      method: "scheduler.devices.update",
      params: [hostname, null, null, null, true, health],
    });
  }

  /** The same of a worker; REST has it since 2024.09 or so. */
  async setWorkerHealth(hostname: string, health: string, reason: string | null, ask: Ask): Promise<HealthChange> {
    return this.#setHealth("workers", hostname, health, reason, ask, {
      method: "scheduler.workers.update",
      params: [hostname, null, health],
    });
  }

  async #setHealth(
    kind: "devices" | "workers",
    hostname: string,
    health: string,
    reason: string | null,
    ask: Ask,
    otherwise: { readonly method: string; readonly params: readonly RpcParam[] },
  ): Promise<HealthChange> {
    const path = `${kind}/${encodeURIComponent(hostname)}/set_health/`;
    const body = { health, ...(reason === null ? {} : { reason }) };
    const { origin, reply } = await asChange(() => this.#post(path, `${kind}/HOST/set_health/`, body, ask));
    if (reply.status === 200 || reply.status === 202) return { kind: "changed", reasonRecorded: reason !== null };
    if (reply.status === 400) return { kind: "refused", reason: readMessage(reply) };
    // 404: a retired device, or a server whose workers have no such call. It was seen that the viewer may see it.
    const hasOther = reply.status === 404 || (reply.status === 403 && ask.token !== null);
    if (!hasOther) throw refusal(origin, reply.status, reply).ofChange();
    try {
      await this.transport.rpc.write(otherwise.method, otherwise.params, ask);
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.status !== 400) throw error;
      return { kind: "refused", reason: error.message.replace(/^.*?fault 400: /, "") };
    }
    return { kind: "changed", reasonRecorded: false };
  }

  /** Where the fault is: REST of older servers says only what it is. */
  async #faultPath(definition: string, strict: boolean, ask: Ask): Promise<readonly string[] | null> {
    if (findIllegal(definition) !== null) return null;
    const operation = "scheduler.jobs.validate";
    const answer = await this.transport.rpc.call(operation, [definition, strict], ask);
    const fault = wireFault.safeParse(answer);
    return fault.success ? toPath(fault.data.path) : null;
  }

  async #post(path: string, route: string, body: unknown, ask: Ask) {
    const origin = { server: this.transport.server, operation: `POST ${route}` };
    const reply: HttpReply = await this.transport.rest.post({ path, route }, body, ask);
    return { origin, reply };
  }
}

/**
 * PyYAML names its input, the line and the column, or the position of a character that YAML forbids; Python's words for a
 * value of the wrong type name both types.
 */
function isDefinitionFault(message: string): boolean {
  return /in "<(?:unicode|byte) string>"|not supported between instances of|object (?:has no attribute|is not)/.test(
    message,
  );
}

const INVALID = "Job invalid: ";

/** LAVA's `REASON @ ['KEY', 1]`, or `REASON` alone. */
function splitFault(text: string): { readonly reason: string; readonly place: string | null } {
  const at = text.endsWith("]") ? text.indexOf(" @ [") : -1;
  return at < 0 ? { reason: text, place: null } : { reason: text.slice(0, at), place: text.slice(at + " @ ".length) };
}

/** Python's repr of a list of keys and indexes; null when there is none. */
function toPath(text: string): readonly string[] | null {
  try {
    const path = parsePythonLiteral(text);
    return Array.isArray(path) && path.length > 0 ? path.map(String) : null;
  } catch (error) {
    if (error instanceof PythonLiteralError) return null;
    throw error;
  }
}
