// What is shown of an error: our own family with its code, GraphQL's own as it is, and of anything else nothing.

import { GraphQLError, locatedError } from "graphql";
import { describe, expect, it } from "vitest";
import { InputRefused, Overflow, Overloaded, UpstreamError } from "../../../src/errors.js";
import type { UpstreamErrorKind } from "../../../src/errors.js";
import { formatError, toGraphQLError } from "../../../src/server/pipeline/errors.js";

const upstream = (kind: UpstreamErrorKind) =>
  new UpstreamError({ kind, server: "lab", operation: "GET jobs/", message: "words", status: 500 });

const FAMILY: readonly [Error, string, Record<string, unknown>][] = [
  ...(
    [
      ["UpstreamUnreachable", "UPSTREAM_UNREACHABLE", true],
      ["UpstreamTimeout", "UPSTREAM_TIMEOUT", true],
      ["UpstreamDenied", "UPSTREAM_DENIED", false],
      ["UpstreamRejected", "UPSTREAM_REJECTED", false],
      ["UpstreamFailed", "UPSTREAM_FAILED", true],
      ["UpstreamMalformed", "UPSTREAM_MALFORMED", false],
    ] as const
  ).map(([kind, code, retryable]): [Error, string, Record<string, unknown>] => [
    upstream(kind),
    "lab: GET jobs/: words",
    { code, server: "lab", operation: "GET jobs/", retryable },
  ]),
  [new InputRefused("nr", "is wrong"), "nr: is wrong", { code: "BAD_USER_INPUT", argument: "nr" }],
  [new Overflow("LIMIT_EXCEEDED", "too much"), "too much", { code: "LIMIT_EXCEEDED" }],
  [new Overloaded("too many", 7), "too many", { code: "OVERLOADED", retryAfterSeconds: 7 }],
  [
    new UpstreamError({
      kind: "UpstreamRejected",
      server: "lab",
      operation: "GET x",
      message: "m",
      retryAfterSeconds: 9,
    }),
    "lab: GET x: m",
    { code: "UPSTREAM_REJECTED", server: "lab", operation: "GET x", retryable: true, retryAfterSeconds: 9 },
  ],
  [new Overflow("SUBSCRIPTION_OVERFLOW", "too slow"), "too slow", { code: "SUBSCRIPTION_OVERFLOW" }],
];

const collect = () => {
  const faults: unknown[] = [];
  return { faults, onFault: (error: unknown) => void faults.push(error) };
};

describe("formatError", () => {
  const format = (error: unknown) => {
    const { faults, onFault } = collect();
    const located = locatedError(error, undefined, ["field", 0]);
    return { faults, shown: formatError(located.toJSON(), located, onFault) };
  };

  it.each(FAMILY)("gives %s its code, and keeps where it happened", (error, message, extensions) => {
    expect(format(error)).toEqual({ faults: [], shown: { message, extensions, path: ["field", 0] } });
  });

  it.each([new Error("detail"), new TypeError("detail"), "detail", null, { code: "UPSTREAM_DENIED" }])(
    "shows nothing of %s and tells it to the log, once",
    (error) => {
      const { faults, shown } = format(error);
      expect(shown).toEqual({
        message: "Internal server error",
        extensions: { code: "INTERNAL_SERVER_ERROR" },
        path: ["field", 0],
      });
      expect(faults).toHaveLength(1);
      if (error instanceof Error) expect(faults[0]).toBe(error);
    },
  );

  it("passes GraphQL's own errors as they are", () => {
    const { faults, onFault } = collect();
    const own = new GraphQLError("Syntax Error: Unexpected }", { extensions: { code: "GRAPHQL_PARSE_FAILED" } });
    expect(formatError(own.toJSON(), own, onFault)).toEqual(own.toJSON());
    const wrapped = new GraphQLError("Variable invalid", { originalError: own });
    expect(formatError(wrapped.toJSON(), wrapped, onFault)).toEqual(wrapped.toJSON());
    expect(faults).toEqual([]);
  });
});

describe("toGraphQLError", () => {
  it.each(FAMILY)("gives %s its code", (error, message, extensions) => {
    const { faults, onFault } = collect();
    expect(toGraphQLError(error, onFault).toJSON()).toEqual({ message, extensions });
    expect(faults).toEqual([]);
  });

  it("shows nothing of another error, nor of one inside a GraphQL error", () => {
    const { faults, onFault } = collect();
    const detail = new Error("detail");
    for (const error of [detail, new GraphQLError("detail", { originalError: detail })]) {
      expect(toGraphQLError(error, onFault).toJSON()).toEqual({
        message: "Internal server error",
        extensions: { code: "INTERNAL_SERVER_ERROR" },
      });
    }
    expect(faults).toHaveLength(2);
  });

  it("leaves a GraphQL error alone", () => {
    const own = new GraphQLError("words");
    expect(toGraphQLError(own, collect().onFault)).toBe(own);
  });
});
