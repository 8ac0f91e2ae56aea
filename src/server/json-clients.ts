// What GraphQL over HTTP grants simple clients: GETs without a header of our own, and, where they know of nothing but
// `application/json`, the status 200 for a document that can't be run.

import type { ApolloServerPlugin } from "@apollo/server";
import type { IncomingMessage } from "node:http";
import type { RequestContext } from "../ci/session.js";

/** What browsers say of a request that a page makes: the first always since 2023, one of the others before. */
const PAGE_HEADERS = ["sec-fetch-site", "origin", "referer"] as const;
/** Faults of the document and its variables, before anything runs. */
const NOT_RUN: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
]);

/**
 * Whether a GET comes from a program, which says nothing of a page and so needs no header that a foreign page could not
 * send. A GET changes nothing, whoever sends it.
 */
export function isProgram({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && PAGE_HEADERS.every((name) => headers[name] === undefined);
}

/** Old clients take 400 for a server that is broken. */
export function answerJsonClients<TContext extends RequestContext>(): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse: ({ request, response: { http, body } }) => {
          const accept = request.http?.headers.get("accept") ?? "";
          const errors = body.kind === "single" ? (body.singleResult.errors ?? []) : [];
          const isNotRun = errors.length > 0 && errors.every(({ extensions }) => NOT_RUN.has(extensions?.["code"]));
          if (http.status === 400 && isNotRun && /^application\/json\b[^,]*$/i.test(accept)) http.status = 200;
          return Promise.resolve();
        },
      }),
  };
}
