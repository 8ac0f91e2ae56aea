// What every transport needs to run an operation; and, for those that carry subscriptions outside of Apollo, one
// operation checked before and ended with its error.

import { GraphQLError, getOperationAST, getVariableValues, parse, validate } from "graphql";
import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLSchema } from "graphql";
import type { RequestContext } from "../ci/session.js";
import type { Credentials } from "../ci/viewer.js";
import { toGraphQLError } from "./errors.js";

/** Tokens in one document; the largest of our own examples has some 200. */
export const DOCUMENT_MAX_TOKENS = 5_000;

export interface OperationOptions<TContext extends RequestContext> {
  readonly schema: GraphQLSchema;
  readonly createContext: (credentials: Credentials, report: (error: unknown) => void, signal: AbortSignal) => TContext;
  /** A fault of ours, for the log. */
  readonly onFault: (error: unknown) => void;
}

/** What resolvers have reported besides their values, kept with the context until the answer is written. */
export interface Problems {
  readonly problems: unknown[];
}

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/**
 * Parses, validates and checks the variables; a fault answers this one operation, with the code that it has over HTTP,
 * and leaves others on the same connection alone.
 */
export function prepareOperation(schema: GraphQLSchema, payload: OperationRequest): ExecutionArgs | GraphQLError[] {
  let document: DocumentNode;
  try {
    document = parse(payload.query, { maxLexicalTokens: DOCUMENT_MAX_TOKENS });
  } catch (error) {
    return [
      error instanceof GraphQLError ? withCode("GRAPHQL_PARSE_FAILED", error) : coded("BAD_REQUEST", "not a document"),
    ];
  }
  const faults = validate(schema, document);
  if (faults.length > 0) return faults.map((fault) => withCode("GRAPHQL_VALIDATION_FAILED", fault));
  const { operationName = null, variables } = payload;
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    const which =
      operationName === null ? "name the operation: there are several" : "there is no operation of this name";
    return [coded("OPERATION_RESOLUTION_FAILURE", `operationName: ${which}`)];
  }
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: 50 });
  if (coerced.errors !== undefined) return coerced.errors.map((fault) => withCode("BAD_USER_INPUT", fault));
  return { schema, document, operationName, variableValues: variables ?? null };
}

/**
 * A stream that breaks ends with its error as the last result; thrown, it would end the whole connection. Not a generator:
 * its `return` would wait for the next result, and a subscriber that has left would be served until one comes.
 */
export function endWithError(
  results: AsyncIterable<ExecutionResult>,
  onFault: (error: unknown) => void,
): AsyncIterableIterator<ExecutionResult, undefined> {
  const source = results[Symbol.asyncIterator]();
  let broken = false;
  return {
    async next() {
      if (broken) return { done: true, value: undefined };
      try {
        const result = await source.next();
        return result.done === true ? { done: true, value: undefined } : result;
      } catch (error) {
        broken = true;
        return { done: false, value: { errors: [toGraphQLError(error, onFault)] } };
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export function coded(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function withCode(code: string, { message, nodes, source, positions }: GraphQLError): GraphQLError {
  const place = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null };
  return new GraphQLError(message, { ...place, extensions: { code } });
}
