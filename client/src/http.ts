// Queries and mutations: one POST each, tried once.

import { credentialHeaders, shown } from "./address.js";
import type { Credentials } from "./address.js";
import { EtnaError } from "./errors.js";
import type { Answer, Payload } from "./operation.js";

export interface HttpOptions {
  readonly endpoint: URL;
  readonly credentials: Credentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
}

/** The answer as it came, with its errors. Throws `EtnaError` where no gateway answers, and the signal's reason. */
export async function post<TResult>(
  options: HttpOptions,
  payload: Payload,
  signal: AbortSignal | undefined,
): Promise<Answer<TResult>> {
  const { endpoint } = options;
  const accept = "application/graphql-response+json, application/json;q=0.9";
  const reply = await send(options, endpoint, payload, accept, signal);
  const text = await reply.text().catch((error: unknown) => {
    throw signal?.aborted === true ? error : unreachable(endpoint, error);
  });
  const answer = parseJson(text);
  if (isAnswer<TResult>(answer)) return answer;
  throw notAGateway(endpoint, reply.status);
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
    throw signal?.aborted === true ? error : unreachable(endpoint, error);
  }
}

function unreachable(endpoint: URL, cause: unknown): EtnaError {
  return new EtnaError(`no gateway answers at ${shown(endpoint)}`, { code: "UNREACHABLE", cause });
}

export function notAGateway(url: URL, status: number): EtnaError {
  return new EtnaError(`what answers at ${shown(url)} is no GraphQL gateway (HTTP status ${status})`, {
    code: "NOT_A_GATEWAY",
  });
}

export function isAnswer<TResult>(value: unknown): value is Answer<TResult> {
  if (typeof value !== "object" || value === null) return false;
  return ("data" in value && typeof value.data === "object") || ("errors" in value && Array.isArray(value.errors));
}

/** Null for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
