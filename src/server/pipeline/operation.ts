// What every transport needs to run an operation; and, for those that carry subscriptions outside of Apollo, one
// operation checked before it runs.

import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { DocumentNode, ExecutionArgs, GraphQLSchema, OperationDefinitionNode } from "graphql";
import type { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import type { Credentials } from "../../ci/viewer.js";
import type { DocumentRequest } from "./documents.js";
import { withStageCode } from "../limits/errors.js";
import type { Policy } from "./policy.js";
import type { Observer } from "./observer.js";
import { validDocumentsOf } from "./valid-documents.js";

export interface OperationOptions<TContext extends RequestContext> {
  readonly schema: GraphQLSchema;
  readonly createContext: (
    credentials: Credentials,
    report: (error: unknown) => void,
    scope: OperationScope,
  ) => TContext;
  /** A fault of ours, for the log. */
  readonly onFault: (error: unknown) => void;
}

/** What resolvers have reported besides their values, kept with the context until the answer is written. */
export interface Problems {
  readonly problems: unknown[];
}

/** What a transport needs. */
export interface TransportOptions<TContext extends RequestContext> extends OperationOptions<TContext> {
  readonly policy: Policy;
  readonly observer: Observer;
}

export interface OperationRequest extends DocumentRequest {
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** An operation whose document is known and valid, with its variables as they came. */
export interface KnownOperation {
  readonly text: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Checks {
  readonly schema: GraphQLSchema;
  readonly policy: Policy;
}

/** Finds the document that a request means, parses and validates it, and finds the operation in it. */
export function readOperation({ schema, policy }: Checks, payload: OperationRequest): KnownOperation | GraphQLError[] {
  const text = policy.documents.resolve(payload);
  if (text instanceof GraphQLError) return [text];
  const document = readDocument(schema, policy, text);
  if (Array.isArray(document)) return document;
  const { variables } = payload;
  const operationName = payload.operationName ?? null;
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    return [coded("OPERATION_RESOLUTION_FAILURE", `operationName: ${whyNoOperation(document, operationName)}`)];
  }
  return { text, document, operation, operationName, variables: variables ?? {} };
}

function whyNoOperation(document: DocumentNode, operationName: string | null): string {
  if (!document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION))
    return "there is no operation in the document";
  return operationName === null ? "name the operation: there are several" : "there is no operation of this name";
}

/** Checks the variables, then the limits and the cost: why the operation may not run, nothing when it may. */
export function checkOperation(
  { schema, policy }: Checks,
  { document, operation, variables }: KnownOperation,
  credentials: Credentials,
): GraphQLError[] {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 50 });
  if (coerced.errors !== undefined) {
    return coerced.errors.map((fault) => withStageCode("BAD_USER_INPUT", fault, policy.suggestions));
  }
  const refusal = policy.guard.refuse({ document, operation, variables, credentials });
  return refusal === null ? [] : [refusal];
}

/**
 * Parses, validates and checks the variables; a fault answers this one operation, with the code that it has over HTTP,
 * and leaves others on the same connection alone.
 */
export function prepareOperation(
  checks: Checks,
  payload: OperationRequest,
  credentials: Credentials,
): ExecutionArgs | GraphQLError[] {
  const known = readOperation(checks, payload);
  if (Array.isArray(known)) return known;
  const refusals = checkOperation(checks, known, credentials);
  if (refusals.length > 0) return refusals;
  const { document, operationName, variables } = known;
  return { schema: checks.schema, document, operationName, variableValues: variables };
}

/** Parsed and validated, the same object for the same text while it is remembered. */
function readDocument(schema: GraphQLSchema, policy: Policy, text: string): DocumentNode | GraphQLError[] {
  const { guard, suggestions } = policy;
  const documents = validDocumentsOf(guard);
  const known = documents.get(text);
  if (known !== undefined) return known;
  let document: DocumentNode;
  try {
    document = parse(text, { maxLexicalTokens: guard.maxTokens });
  } catch (error) {
    return [
      error instanceof GraphQLError
        ? withStageCode("GRAPHQL_PARSE_FAILED", error, suggestions)
        : coded("BAD_REQUEST", "not a document"),
    ];
  }
  const faults = validate(schema, document, [...specifiedRules, ...guard.rules]);
  if (faults.length > 0) {
    return faults.map((fault) => withStageCode("GRAPHQL_VALIDATION_FAILED", fault, suggestions));
  }
  documents.set(text, document);
  return document;
}

/** Whether it goes on, and so has no deadline. */
export function isSubscription({ document, operationName }: ExecutionArgs): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
}

export function coded(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
