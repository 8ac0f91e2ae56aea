// One query or mutation at a gateway, over HTTP.

import type { Answer, AnswerError, Operation } from "#client";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { complain } from "../output/streams.js";
import { placeOf, refused, statusOf } from "./answers.js";
import { connect, toCommandError } from "./client.js";
import type { Remote } from "./gateway.js";

/** Longer than the gateway's own limit for an operation, so that its error comes first. */
const REQUEST_MS = 90_000;

/** An answer of which parts may be missing. */
export interface Partly<TResult> {
  readonly data: TResult | null;
  readonly errors: readonly AnswerError[];
}

/** Throws `CommandError` for any error of the answer, also beside data. */
export async function request<TResult, TVariables extends object>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<TResult> {
  const { data, errors } = await ask(remote, operation, variables);
  const [error] = errors ?? [];
  if (error !== undefined) throw refused(error, remote);
  if (data == null) throw new CommandError("the gateway's answer has no data", EXIT.refused);
  return data;
}

/**
 * The same for one thing of which some facts may be missing: what is wrong is said on stderr, and its status given; undefined
 * where all is well. Throws `CommandError` where there are no data.
 */
export async function readPartly<TResult, TVariables extends object>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<{ readonly data: TResult; readonly status: ExitStatus | undefined }> {
  const { data, errors } = await requestPartly(remote, operation, variables);
  const [error] = errors;
  // An error of the thing itself, not of a fact about it.
  const own = errors.find(({ path = [] }) => path.length <= 1);
  if (own !== undefined) throw refused(own, remote);
  if (data === null) throw new CommandError("the gateway's answer has no data", EXIT.refused);
  for (const one of errors) complain(one.message);
  return { data, status: error === undefined ? undefined : statusOf(error) };
}

/** The same, with the answer's errors beside its data. Throws `CommandError` where no answer came. */
export async function requestPartly<TResult, TVariables extends object>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
): Promise<Partly<TResult>> {
  const { data, errors } = await ask(remote, operation, variables);
  return { data: data ?? null, errors: errors ?? [] };
}

/** The answer as it came, errors too. Throws `CommandError` where none came. */
export async function ask<TResult, TVariables extends object>(
  remote: Remote,
  operation: Operation<TResult, TVariables>,
  variables: TVariables,
  options: { readonly operationName?: string } = {},
): Promise<Answer<TResult>> {
  const limitMs = Math.ceil(remote.timeoutMs ?? REQUEST_MS);
  const signal = AbortSignal.timeout(limitMs);
  try {
    return await connect(remote).requestAnswer(operation, variables, { ...options, signal });
  } catch (error) {
    if (signal.aborted && error === signal.reason)
      throw new CommandError(`${placeOf(remote.url)} has not answered within ${limitMs / 1000} s`, EXIT.timedOut);
    throw toCommandError(error, remote);
  }
}
