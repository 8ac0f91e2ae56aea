// What a gateway answers to an operation, and which exit status an error of it has.

import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";

/** A generated operation: its text, and the types of its result and variables. */
export interface Operation<TResult, TVariables> {
  toString(): string;
  __apiType?: (variables: TVariables) => TResult;
}

/** An answer as it came. */
export interface Answer<TResult> {
  readonly data?: TResult | null | undefined;
  readonly errors?: readonly AnsweredError[] | undefined;
}

export interface AnsweredError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: { readonly code?: unknown } | undefined;
}

/** By `extensions.code`, as docs/errors.md lists them. */
export function statusOf({ extensions }: AnsweredError): ExitStatus {
  switch (extensions?.code) {
    case "BAD_USER_INPUT":
    case "GRAPHQL_PARSE_FAILED":
    case "GRAPHQL_VALIDATION_FAILED":
    case "OPERATION_RESOLUTION_FAILURE":
      return EXIT.usage;
    case "UPSTREAM_DENIED":
      return EXIT.denied;
    case "UPSTREAM_UNREACHABLE":
    case "UPSTREAM_TIMEOUT":
    case "UPSTREAM_FAILED":
    case "UPSTREAM_MALFORMED":
    case "OVERLOADED":
    case "INTERNAL_SERVER_ERROR":
    case "SUBSCRIPTION_OVERFLOW":
      return EXIT.unreachable;
    default:
      return EXIT.refused;
  }
}

export function refused(error: AnsweredError): CommandError {
  return new CommandError(error.message, statusOf(error));
}

export function isAnswer(value: unknown): value is Answer<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return ("data" in value && typeof value.data === "object") || ("errors" in value && Array.isArray(value.errors));
}

/** Without a user and a password that stand in the address. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
