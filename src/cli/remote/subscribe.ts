// Subscriptions at a gateway, over a WebSocket that outlives a restart of the gateway.

import { createClient } from "graphql-ws";
import type { Client } from "graphql-ws";
import { WebSocket } from "ws";
import { CommandError, EXIT } from "../exit.js";
import { placeOf, refused } from "./answers.js";
import type { Answer, AnsweredError, Operation } from "./answers.js";
import { connectionWords } from "./connection-words.js";
import { credentialsOf } from "./gateway.js";
import type { Remote } from "./gateway.js";

/** Attempts to reach a gateway that was never reached, and one that was: it may be restarting. */
const FIRST_ATTEMPTS = 3;
const LATER_ATTEMPTS = 120;
const RETRY_MAX_MS = 5_000;

/** A connection for subscriptions; after a break they are asked again and begin with the present state. */
export function connect(remote: Remote): Client {
  const { url } = remote;
  const credentials = credentialsOf(remote);
  let connected = false;
  let failures = 0;
  let reason: unknown;
  return createClient({
    url: url.href.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: credentials,
    retryAttempts: LATER_ATTEMPTS,
    // What is thrown here ends the subscription; what `retryWait` throws is caught by nobody and ends the process.
    shouldRetry: () => {
      failures += 1;
      if (!connected && failures >= FIRST_ATTEMPTS)
        throw new CommandError(
          `no gateway answers at ${placeOf(url)}: ${connectionWords(reason, url)}`,
          EXIT.unreachable,
        );
      return true;
    },
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MAX_MS, 250 * 2 ** retries))),
    on: {
      connected: () => (connected = true),
      // ws tells it as an event that holds the socket's own error.
      error: (event) =>
        (reason = typeof event === "object" && event !== null && "error" in event ? event.error : event),
    },
  });
}

/** Results of a subscription until it completes. Throws `CommandError`. */
export async function* subscribe<TResult, TVariables extends Record<string, unknown>>(
  client: Client,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): AsyncGenerator<TResult, void, undefined> {
  for await (const { data, errors } of follow<TResult>(client, { query: operation.toString(), variables })) {
    const [error] = errors ?? [];
    if (error !== undefined) throw refused(error);
    if (data != null) yield data;
  }
}

/** The answers as they come, errors too. Throws `CommandError` where the subscription or the connection fails. */
export async function* follow<TResult>(
  client: Client,
  payload: { readonly query: string; readonly variables: Record<string, unknown>; readonly operationName?: string },
): AsyncGenerator<Answer<TResult>, void, undefined> {
  try {
    for await (const answer of client.iterate<TResult>(payload)) yield answer;
  } catch (error) {
    throw toCommandError(error);
  }
}

/** graphql-ws rejects with the operation's errors, with a close event, or with what `shouldRetry` threw. */
function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (Array.isArray(error)) {
    const [first] = error as AnsweredError[];
    return first === undefined ? new CommandError("the gateway refused", EXIT.refused) : refused(first);
  }
  if (typeof error === "object" && error !== null && "code" in error && "reason" in error) {
    const reason = String(error.reason) || String(error.code);
    return new CommandError(`the gateway closed the connection: ${reason}`, closeStatus(Number(error.code)));
  }
  return new CommandError(error instanceof Error ? error.message : "the connection failed", EXIT.unreachable);
}

/** Codes from 4400 on stand for the status of HTTP that is 4000 less. */
function closeStatus(code: number) {
  if (code === 4401 || code === 4403) return EXIT.denied;
  return code === 4400 ? EXIT.usage : EXIT.unreachable;
}
