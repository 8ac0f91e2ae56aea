// Queries and mutations: one POST each, tried once.

import { credentialHeaders, shown } from "./address.js";
import type { Credentials } from "./address.js";
import { EtnaError } from "./errors.js";
import type { Payload, Result } from "./operation.js";

export interface HttpOptions {
  readonly endpoint: URL;
  readonly credentials: Credentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}

/** Answers `Result` with errors in it; throws `EtnaError` where no gateway answers, and the signal's reason. */
export async function post<TResult>(
  options: HttpOptions,
  payload: Payload,
  signal: AbortSignal | undefined,
): Promise<Result<TResult>> {
  const accept = "application/graphql-response+json, application/json;q=0.9";
  const reply = await send(options, options.endpoint, payload, accept, signal);
  const answer: unknown = await reply.json().catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    return null;
  });
  if (isResult<TResult>(answer)) return answer;
  throw new EtnaError(`what answers at ${shown(options.endpoint)} is no GraphQL gateway (HTTP ${reply.status})`, {
    code: "NOT_A_GATEWAY",
  });
}

/** Throws `EtnaError` with `UNREACHABLE` where nothing answers. */
export async function send(
  { endpoint, credentials, headers, fetch: send }: HttpOptions,
  url: URL,
  payload: Payload,
  accept: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const own = { "content-type": "application/json", accept, ...(await credentialHeaders(endpoint, credentials)) };
  try {
    return await send(url, {
      method: "POST",
      headers: { ...headers, ...own },
      body: JSON.stringify(payload),
      // A redirect would carry the token elsewhere.
      redirect: "manual",
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new EtnaError(`no gateway answers at ${shown(endpoint)}`, { code: "UNREACHABLE", cause: error });
  }
}

export function isResult<TResult>(answer: unknown): answer is Result<TResult> {
  return typeof answer === "object" && answer !== null && ("data" in answer || "errors" in answer);
}
