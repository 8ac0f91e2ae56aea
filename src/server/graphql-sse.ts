// GraphQL over Server-Sent Events, distinct connections mode: a subscription as one HTTP answer that goes on, for
// proxies that break WebSockets. A POST to `/graphql/stream`, or to `/graphql` with `Accept: text/event-stream`.

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult, GraphQLError } from "graphql";
import { createHandler } from "graphql-sse";
import type { RequestContext } from "../ci/session.js";
import { readCredentials } from "../ci/viewer.js";
import { formatError, toGraphQLError } from "./errors.js";
import { readBody } from "./graphql-http.js";
import { endWithError, prepareOperation } from "./operation.js";
import type { OperationOptions, Problems } from "./operation.js";

export interface GraphQLSse {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Ends every stream; its client may come back elsewhere. */
  readonly stop: () => void;
}

export function isEventStream(request: IncomingMessage): boolean {
  return request.method === "POST" && (request.headers.accept ?? "").includes("text/event-stream");
}

export function createGraphQLSse<TContext extends RequestContext>(options: OperationOptions<TContext>): GraphQLSse {
  const { schema, onFault } = options;
  const open = new Set<ServerResponse>();
  const handler = createHandler<IncomingMessage, AbortSignal, Record<PropertyKey, unknown>>({
    schema,
    // No token: every stream is a connection of its own.
    authenticate: () => null,
    onSubscribe: ({ raw, context: left }, { query, operationName, variables }) => {
      const prepared = prepareOperation(schema, { query, operationName, variables });
      // The protocol answers what can't be run with a status and JSON, not with a stream.
      if (Array.isArray(prepared)) return badRequest(prepared);
      const problems: unknown[] = [];
      const credentials = readCredentials(raw.headers.authorization, raw.headersDistinct["x-etna-token"] ?? []);
      const context = options.createContext(credentials, (problem) => problems.push(problem), left);
      // graphql-sse wants an index signature, which the context's interface has not.
      return { ...prepared, contextValue: { ...(context as object), problems } };
    },
    onOperation: async (_context, _request, _args, result) => {
      const settled = await result;
      return Symbol.asyncIterator in settled
        ? (endWithError(settled as AsyncIterable<ExecutionResult>, onFault) as AsyncIterable<ExecutionResult>)
        : settled;
    },
    onNext: (context, _request, result) => {
      const { data, errors } = result as ExecutionResult;
      const reported = (context as Partial<Problems> | undefined)?.problems?.splice(0) ?? [];
      const shown = [
        ...(errors ?? []).map((error: GraphQLError) => formatError(error.toJSON(), error, onFault)),
        ...reported.map((problem) => toGraphQLError(problem, onFault).toJSON()),
      ];
      if (shown.length === 0) return undefined;
      // Typed as GraphQLErrors, but only ever serialised.
      return { errors: shown as unknown as GraphQLError[], ...(data === undefined ? {} : { data }) };
    },
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") {
      refuse(response, 405, "a stream is asked for by POST");
      return;
    }
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
      refuse(response, 415, "the request's body must be application/json");
      return;
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    const body = await readBody(request);
    if (body === null) {
      refuse(response, 413, "the request's body is too large");
      return;
    }
    const [answer, init] = await handler({
      method: "POST",
      url: request.url ?? "/graphql/stream",
      headers: { get: (name) => (name === "accept" ? "text/event-stream" : header(request, name)) },
      body: () => body,
      raw: request,
      context: left.signal,
    }).catch((error: unknown) => {
      const { message, extensions } = toGraphQLError(error, onFault);
      return badRequest([{ message, extensions }]);
    });
    response.writeHead(init.status, init.statusText, { ...init.headers });
    if (answer === null || typeof answer === "string") {
      response.end(answer ?? "");
      return;
    }
    open.add(response);
    response.once("close", () => {
      open.delete(response);
      void answer.return();
    });
    for await (const chunk of answer) {
      if (response.destroyed) break;
      if (!response.write(chunk)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    response.end();
  };

  return {
    handle,
    stop: () => {
      for (const response of open) response.end();
    },
  };
}

function badRequest(errors: readonly unknown[]) {
  const headers = { "content-type": "application/json; charset=utf-8" };
  return [JSON.stringify({ errors }), { status: 400, statusText: "Bad Request", headers }] as const;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(", ") : value;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", connection: "close" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: "BAD_REQUEST" } }] }));
}
