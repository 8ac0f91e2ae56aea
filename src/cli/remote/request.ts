// One query or mutation at a gateway, over HTTP.

import { CommandError, EXIT } from "../exit.js";
import { isAnswer, placeOf, refused } from "./answers.js";
import type { Answer, Operation } from "./answers.js";
import { connectionWords } from "./connection-words.js";
import { credentialsOf } from "./gateway.js";
import type { Remote } from "./gateway.js";

/** Longer than the gateway's own limit for an operation, so that its error comes first. */
const REQUEST_MS = 90_000;

/** Throws `CommandError` for any error of the answer, also beside data. */
export async function request<TResult, TVariables>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<TResult> {
  const { data, errors } = await ask<TResult>(remote, { query: operation.toString(), variables });
  const [error] = errors ?? [];
  if (error !== undefined) throw refused(error);
  if (data == null) throw new CommandError("the gateway's answer has no data", EXIT.refused);
  return data;
}

/** The answer as it came, errors too. Throws `CommandError` where none came. */
export async function ask<TResult>(remote: Remote, body: object): Promise<Answer<TResult>> {
  const { url, timeoutMs } = remote;
  const limitMs = Math.ceil(timeoutMs ?? REQUEST_MS);
  let text: string;
  let status: number;
  try {
    const reply = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...credentialsOf(remote) },
      redirect: "manual",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    });
    ({ status } = reply);
    text = await reply.text();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof DOMException && error.name === "TimeoutError")
      throw new CommandError(`${placeOf(url)} has not answered within ${limitMs / 1000} s`, EXIT.timedOut);
    throw new CommandError(`no gateway answers at ${placeOf(url)}: ${connectionWords(error, url)}`, EXIT.unreachable);
  }
  const answer = parseJson(text);
  // What the answer's data holds is the operation's own type.
  if (isAnswer(answer)) return answer as Answer<TResult>;
  throw new CommandError(
    `what answers at ${placeOf(url)} is no GraphQL gateway (HTTP status ${status})`,
    EXIT.unreachable,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
