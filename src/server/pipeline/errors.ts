// The only place that knows GraphQL's error codes: our error family in, coded GraphQL errors out, nothing else shown.

import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import { ChangesOff, Gone, InputRefused, Overflow, Overloaded, UpstreamError } from "../../errors.js";
import type { UpstreamErrorKind } from "../../errors.js";
import { showRefusal } from "../limits/errors.js";

const UPSTREAM_CODES: Readonly<Record<UpstreamErrorKind, string>> = {
  UpstreamUnreachable: "UPSTREAM_UNREACHABLE",
  UpstreamTimeout: "UPSTREAM_TIMEOUT",
  UpstreamDenied: "UPSTREAM_DENIED",
  UpstreamRejected: "UPSTREAM_REJECTED",
  UpstreamFailed: "UPSTREAM_FAILED",
  UpstreamMalformed: "UPSTREAM_MALFORMED",
};

interface Coded {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What may be shown of an error; null for one that is not of our family, so a fault of ours. */
function toCoded(error: unknown): Coded | null {
  if (error instanceof UpstreamError) {
    const { server, operation, retryable, retryAfterSeconds } = error;
    const extensions = { code: UPSTREAM_CODES[error.kind], server, operation, retryable };
    return {
      message: error.message,
      extensions: retryAfterSeconds === undefined ? extensions : { ...extensions, retryAfterSeconds },
    };
  }
  if (error instanceof InputRefused) {
    return { message: error.message, extensions: { code: "BAD_USER_INPUT", argument: error.argument } };
  }
  if (error instanceof ChangesOff) {
    return { message: error.message, extensions: { code: "CHANGES_OFF", server: error.server } };
  }
  if (error instanceof Gone) return { message: error.message, extensions: { code: "GONE", server: error.server } };
  if (error instanceof Overloaded) {
    const { code, retryAfterSeconds } = error;
    return { message: error.message, extensions: { code, retryAfterSeconds } };
  }
  if (error instanceof Overflow) return { message: error.message, extensions: { code: error.code } };
  return null;
}

/** The code that a client is shown for an error. */
export function codeOf(error: unknown): string {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  // Of GraphQL's own, or formatted already.
  const shown = original instanceof GraphQLError || !(original instanceof Error) ? (error as Partial<Coded>) : null;
  const code = (shown ?? toCoded(original))?.extensions?.code;
  return typeof code === "string" ? code : shown === null ? "INTERNAL_SERVER_ERROR" : "GRAPHQL_ERROR";
}

/** An error outside any field: a refused credential, or a merged list without one of its servers. */
export function toGraphQLError(error: unknown, onFault: (error: unknown) => void): GraphQLError {
  const [original, place] =
    error instanceof GraphQLError && error.originalError != null
      ? [error.originalError, { nodes: error.nodes ?? null, path: error.path ?? null }]
      : [error, {}];
  if (original instanceof GraphQLError) return original;
  const coded = toCoded(original);
  if (coded !== null) return new GraphQLError(coded.message, { ...place, extensions: coded.extensions });
  onFault(original);
  return new GraphQLError("Internal server error", { ...place, extensions: { code: "INTERNAL_SERVER_ERROR" } });
}

/**
 * Gives an execution's error its code. GraphQL's own (syntax, validation, coercion) pass as they are; a fault of ours
 * is told to `onFault` and shown without its message.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  onFault: (error: unknown) => void,
): GraphQLFormattedError {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original == null || original instanceof GraphQLError) return formatted;
  const coded = toCoded(original);
  if (coded === null) onFault(original);
  const { message, extensions } = coded ?? {
    message: "Internal server error",
    extensions: { code: "INTERNAL_SERVER_ERROR" },
  };
  return {
    message,
    extensions,
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
  };
}

/** An error of an execution as a client is shown it, over all transports. */
export function showError(
  formatted: GraphQLFormattedError,
  error: unknown,
  onFault: (error: unknown) => void,
  suggestions: boolean,
): GraphQLFormattedError {
  return showRefusal(formatError(formatted, error, onFault), suggestions);
}

export function coded(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
