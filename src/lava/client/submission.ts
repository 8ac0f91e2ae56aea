// LAVA's answer to a new test job, submitted or resubmitted (lava.md, sections 3.1 and 3.3).

import { UpstreamError } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import { decode, parseJson } from "../../net/decode.js";
import type { Origin } from "../../net/decode.js";
import type { HttpReply } from "../../net/http.js";
import { readMessage, refusal } from "./rest.js";
import { wireSubmitted } from "../protocol/wire.js";

/** What became of a submission: the new ids as LAVA gives them, or its reason for refusing the definition. */
export type Submission =
  | { readonly kind: "submitted"; readonly ids: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Throws `UpstreamDenied` when the viewer may not submit at all. To anonymous LAVA 2020.12 says what is wrong with the
 * definition before it asks who submits it; its later versions refuse at once.
 */
export function toSubmission(origin: Origin, reply: HttpReply, { token }: Ask): Submission {
  if (reply.status === 201) {
    const { job_ids } = decode(origin, wireSubmitted, parseJson(origin, reply.body));
    return { kind: "submitted", ids: job_ids.map(String) };
  }
  if (token === null && reply.status === 400) {
    const message = "Authentication credentials were not provided.";
    throw new UpstreamError({ ...origin, kind: "UpstreamDenied", status: 403, message });
  }
  if ((reply.status === 400 && isJson(reply)) || isDefinitionFault(reply))
    return { kind: "refused", reason: readMessage(reply) };
  throw refusal(origin, reply.status, reply);
}

/** A page with 400 is a proxy's, which judges no definition. */
function isJson({ headers }: HttpReply): boolean {
  return (headers["content-type"] ?? "").includes("json");
}

/** A definition that names an unknown device tag is LAVA's only refusal that comes as a 500. */
function isDefinitionFault(reply: HttpReply): boolean {
  return reply.status === 500 && /Device tag/.test(readMessage(reply));
}
