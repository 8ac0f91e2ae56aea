// What an operation's resolvers are given.

import type { GraphQLSchema } from "graphql";
import type { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import type { Credentials } from "../../ci/viewer.js";

export interface OperationOptions<TContext extends RequestContext> {
  readonly schema: GraphQLSchema;
  readonly createContext: (
    credentials: Credentials,
    report: (error: unknown) => void,
    scope: OperationScope,
  ) => TContext;
  /** An internal error, for the log. */
  readonly onFault: (error: unknown) => void;
}

export interface OpenContext<TContext> {
  readonly context: TContext;
  /** What resolvers have reported besides their values so far. */
  readonly problems: readonly unknown[];
}

/** Throws `InputRefused`, for example for a token of a server that is not configured. */
export function openContext<TContext extends RequestContext>(
  { createContext }: Pick<OperationOptions<TContext>, "createContext">,
  credentials: Credentials,
  scope: OperationScope,
): OpenContext<TContext> {
  const problems: unknown[] = [];
  return { context: createContext(credentials, (problem) => problems.push(problem), scope), problems };
}
