// Operations as the client takes them, and results as the gateway sends them.

import type { AnswerError } from "./errors.js";

/**
 * An operation with the types of its result and variables: what graphql-codegen writes with `documentMode: "string"`
 * (`TypedDocumentString`), gql.tada's and Apollo's typed documents, or plain text.
 */
export type Operation<TResult, TVariables> = (string | DocumentLike) & {
  readonly __apiType?: ((variables: TVariables) => TResult) | undefined;
};

/** What has a document's text: as a string object, or as the source that a parsed document was read from. */
export interface DocumentLike {
  toString(): string;
  readonly loc?: { readonly source: { readonly body: string } } | undefined;
}

/** What the gateway answers to an operation, or one result of a subscription: data, errors, or both. */
export interface Answer<TResult> {
  readonly data?: TResult | null | undefined;
  readonly errors?: readonly AnswerError[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** What is sent. */
export interface Payload {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName?: string;
}

/** Throws `TypeError` for a document that has no text with it. */
export function textOf(operation: string | DocumentLike): string {
  if (typeof operation === "string") return operation;
  const text = operation.loc?.source.body ?? operation.toString();
  if (text.startsWith("[object")) {
    throw new TypeError("this document has no text; print it first, or let codegen write documentMode: string");
  }
  return text;
}

/** Makes an operation of our own, with its types. */
export function operation<TResult, TVariables>(text: string): Operation<TResult, TVariables> {
  return text;
}
