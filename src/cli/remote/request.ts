// One query or mutation at a gateway, over HTTP.

import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { complain } from "../output/streams.js";
import { isAnswer, placeOf, refused, statusOf } from "./answers.js";
import type { Answer, AnsweredError, Operation } from "./answers.js";
import { connectionWords } from "./connection-words.js";
import { credentialsOf } from "./gateway.js";
import type { Remote } from "./gateway.js";

/** Longer than the gateway's own limit for an operation, so that its error comes first. */
const REQUEST_MS = 90_000;

/** An answer of which parts may be missing. */
export interface Partly<TResult> {
  readonly data: TResult | null;
  readonly errors: readonly AnsweredError[];
}

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

/**
 * The same for one thing of which some facts may be missing: what is wrong is said on stderr, and its status given; undefined
 * where all is well. Throws `CommandError` where there are no data.
 */
export async function readPartly<TResult, TVariables>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<{ readonly data: TResult; readonly status: ExitStatus | undefined }> {
  const { data, errors } = await requestPartly(remote, operation, variables);
  const [error] = errors;
  // An error of the thing itself, not of a fact about it.
  const own = errors.find(({ path = [] }) => path.length <= 1);
  if (own !== undefined) throw refused(own);
  if (data === null) throw new CommandError("the gateway's answer has no data", EXIT.refused);
  for (const one of errors) complain(one.message);
  return { data, status: error === undefined ? undefined : statusOf(error) };
}

/** The same, with the answer's errors beside its data. Throws `CommandError` where no answer came. */
export async function requestPartly<TResult, TVariables>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<Partly<TResult>> {
  const { data, errors } = await ask<TResult>(remote, { query: operation.toString(), variables });
  return { data: data ?? null, errors: errors ?? [] };
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
