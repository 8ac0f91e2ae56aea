// From what a request asks for to an operation that may run: its document is found, parsed and validated, then its
// variables, its limits and its cost are checked.

import { GraphQLError, Kind, getOperationAST, getVariableValues, specifiedRules, validate } from "graphql";
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import type { CostEnvironment } from "../../ci/cost.js";
import { withStageCode } from "../limits/errors.js";
import { parseWithin } from "../limits/parse.js";
import type { DocumentRequest } from "./documents.js";
import { coded } from "./errors.js";
import type { Policy } from "./policy.js";
import { DocumentRefusal, Refusal } from "./refusal.js";
import { validDocumentsOf } from "./valid-documents.js";
import type { ValidDocument } from "./valid-documents.js";

/** What a client asks for, on whatever transport. */
export interface OperationRequest extends DocumentRequest {
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation whose document is known and valid, with its variables as they came. */
export interface KnownOperation extends ValidDocument {
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What a document is checked against. */
export interface Checks {
  readonly schema: GraphQLSchema;
  readonly policy: Policy;
}

/** Finds the document that a request means, parses and validates it, and finds the operation in it; or throws `Refusal`. */
export function readOperation(checks: Checks, { operationName: given, variables, ...named }: OperationRequest) {
  const text = checks.policy.documents.resolve(named);
  if (text instanceof GraphQLError) throw refusalOf(text);
  const valid = readDocument(checks, text);
  const operationName = given ?? null;
  const operation = getOperationAST(valid.document, operationName);
  if (operation == null) {
    const why = whyNoOperation(valid.document, operationName);
    throw new DocumentRefusal([coded("OPERATION_RESOLUTION_FAILURE", `operationName: ${why}`)]);
  }
  return { ...valid, operation, operationName, variables: variables ?? {} } satisfies KnownOperation;
}

/** A request that names no document is at fault itself. */
function refusalOf(error: GraphQLError): Refusal {
  return error.extensions["code"] === "BAD_REQUEST" ? new Refusal([error]) : new DocumentRefusal([error]);
}

function whyNoOperation({ definitions }: DocumentNode, operationName: string | null): string {
  if (!definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION)) return "there is no operation";
  return operationName === null ? "name the operation: there are several" : "there is no operation of this name";
}

/** Parsed and validated, the same object for the same text while it is cached. */
function readDocument({ schema, policy: { guard, suggestions } }: Checks, text: string): ValidDocument {
  const documents = validDocumentsOf(guard);
  const known = documents.get(text);
  if (known !== undefined) return known;
  let document: DocumentNode;
  try {
    document = parseWithin(text, guard.maxTokens);
  } catch (error) {
    throw new DocumentRefusal([
      error instanceof GraphQLError
        ? withStageCode("GRAPHQL_PARSE_FAILED", error, suggestions)
        : coded("BAD_REQUEST", "not a document"),
    ]);
  }
  // The limits first: GraphQL's own rules compare a document's parts with each other.
  for (const rules of [guard.rules, specifiedRules]) {
    const faults = once(validate(schema, document, rules));
    if (faults.length > 0)
      throw new DocumentRefusal(faults.map((fault) => withStageCode("GRAPHQL_VALIDATION_FAILED", fault, suggestions)));
  }
  return documents.set(text, document);
}

/** Each fault once, with all its places, however often the document has it. */
function once(faults: readonly GraphQLError[]): readonly GraphQLError[] {
  const byMessage = new Map<string, GraphQLError[]>();
  for (const fault of faults) byMessage.set(fault.message, [...(byMessage.get(fault.message) ?? []), fault]);
  return [...byMessage].map(([message, alike]) => {
    return new GraphQLError(message, {
      extensions: alike[0]?.extensions,
      nodes: alike.flatMap(({ nodes }) => nodes ?? []),
    });
  });
}

/** Checks the limits and the cost, then the variables; throws `Refusal`. The same for the same operation and environment. */
export function checkOperation(
  { schema, policy }: Checks,
  { document, operation, variables }: KnownOperation,
  environment: CostEnvironment,
): void {
  // First, since it checks the lengths of lists before anything is done with their items.
  const refusal = policy.guard.refuse({ document, operation, variables, environment });
  if (refusal !== null) throw new DocumentRefusal([refusal]);
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 50 });
  if (coerced.errors !== undefined) {
    throw new DocumentRefusal(
      coerced.errors.map((fault) => withStageCode("BAD_USER_INPUT", fault, policy.suggestions)),
    );
  }
}
