// A gateway as the commands use it: over HTTP, and over a WebSocket that outlives a restart of the gateway.

import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { WebSocket } from "ws";
import { toPlainText } from "../codec/terminal-text.js";
import { authorizationHeader, mayCarrySecrets } from "../net/authorization.js";
import type { Authorization } from "../net/authorization.js";
import type { Secret } from "../net/secret.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";

/** Exit statuses of the commands that follow test jobs. */
export const EXIT = { complete: 0, failed: 1, usage: 2, timedOut: 3 } as const;

export interface Remote {
  /** The gateway's address, with or without `/graphql`. */
  readonly url: URL;
  /** LAVA token; null asks as anonymous. */
  readonly token: Secret | null;
  /** Whether the token may travel over plain http to a host that is not loopback. */
  readonly insecure: boolean;
  /** Name of the LAVA server it is for; null where the gateway has one. */
  readonly server: string | null;
}

/** A generated operation: its text, and the types of its result and variables. */
interface Operation<TResult, TVariables> {
  toString(): string;
  __apiType?: (variables: TVariables) => TResult;
}

/** Attempts to reach a gateway that was never reached, and one that was: it may be restarting. */
const FIRST_ATTEMPTS = 3;
const LATER_ATTEMPTS = 120;
const RETRY_MAX_MS = 5_000;

/** What the gateway refused, or that it could not be reached; `status` is the command's exit status. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Says on stderr what went wrong. Messages hold what servers and devices sent, so no escape sequence passes. */
export function complain(message: string): void {
  process.stderr.write(`etna: ${toPlainText(message)}\n`);
}

interface AnsweredError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown } | undefined;
}

export function refused({ message, extensions }: AnsweredError): RemoteError {
  return new RemoteError(message, extensions?.code === "BAD_USER_INPUT" ? EXIT.usage : EXIT.failed);
}

/** One query or mutation. Throws `RemoteError`. */
export async function request<TResult, TVariables>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<TResult> {
  const { url } = remote;
  const credentials = credentialsOf(remote);
  let reply: Response;
  try {
    reply = await fetch(endpoint(url), {
      method: "POST",
      headers: { "content-type": "application/json", ...credentials },
      redirect: "manual",
      body: JSON.stringify({ query: operation.toString(), variables }),
    });
  } catch {
    throw new RemoteError(noGateway(url), EXIT.failed);
  }
  const answer = (await reply.json().catch(() => ({}))) as {
    readonly data?: TResult;
    readonly errors?: AnsweredError[];
  };
  const [error] = answer.errors ?? [];
  if (error !== undefined) throw refused(error);
  if (answer.data == null) throw new RemoteError(`what answers at ${url.origin} is no GraphQL gateway`, EXIT.failed);
  return answer.data;
}

/** A connection for subscriptions; after a break they are asked again and begin with the present state. */
export function connect(remote: Remote): Client {
  const { url } = remote;
  const credentials = credentialsOf(remote);
  let connected = false;
  let failures = 0;
  return createClient({
    url: endpoint(url).replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: credentials,
    retryAttempts: LATER_ATTEMPTS,
    // What is thrown here ends the subscription; what `retryWait` throws is caught by nobody and ends the process.
    shouldRetry: () => {
      failures += 1;
      if (!connected && failures >= FIRST_ATTEMPTS) throw new RemoteError(noGateway(url), EXIT.failed);
      return true;
    },
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MAX_MS, 250 * 2 ** retries))),
    on: { connected: () => (connected = true) },
  });
}

/** Results of a subscription until it completes. Throws `RemoteError`. */
export async function* subscribe<TResult, TVariables extends Record<string, unknown>>(
  client: Client,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): AsyncGenerator<TResult, void, undefined> {
  try {
    for await (const { data, errors } of client.iterate({
      query: operation.toString(),
      variables,
    })) {
      const [error] = errors ?? [];
      if (error !== undefined) throw refused(error);
      if (data != null) yield data as TResult;
    }
  } catch (error) {
    throw toRemoteError(error);
  }
}

/** graphql-ws rejects with the operation's errors, with a close event, or with what `shouldRetry` threw. */
function toRemoteError(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  if (Array.isArray(error)) {
    const [first] = error as AnsweredError[];
    return first === undefined ? new RemoteError("the gateway refused", EXIT.failed) : refused(first);
  }
  if (typeof error === "object" && error !== null && "code" in error && "reason" in error) {
    const reason = String(error.reason) || String(error.code);
    return new RemoteError(`the gateway closed the connection: ${reason}`, EXIT.failed);
  }
  return new RemoteError(error instanceof Error ? error.message : "the connection failed", EXIT.failed);
}

/**
 * What the gateway is shown of the token: as headers, or as the payload of `connection_init`. Throws `RemoteError` where
 * others could read it on the way.
 */
function credentialsOf({ url, token, server, insecure }: Remote): Record<string, string> {
  if (token === null) return {};
  if (!mayCarrySecrets({ url, insecure })) {
    const advice = `write --url https://${url.host}, or --insecure where the network is trusted`;
    throw new RemoteError(`the token of ETNA_TOKEN is not sent over plain http; ${advice}`, EXIT.usage);
  }
  const origin = { server: url.host, operation: "connect" };
  const sign = (authorization: Authorization) => authorizationHeader(authorization, { url, insecure }, origin);
  if (server === null) return { Authorization: sign({ scheme: "Token", secret: token }) };
  return { "X-Etna-Token": sign({ scheme: "ServerToken", server, secret: token }) };
}

/** Without a user and a password that stand in the address. */
function noGateway(url: URL): string {
  return `no gateway answers at ${url.origin}${new URL(endpoint(url)).pathname}`;
}

function endpoint(url: URL): string {
  const target = new URL(url);
  const path = withoutTrailingSlashes(target.pathname);
  target.pathname = path.endsWith("/graphql") ? path : `${path}/graphql`;
  return target.href;
}
