// GraphQL over Server-Sent Events, distinct connections mode: a subscription as one HTTP answer that goes on, for
// proxies that break WebSockets. A POST to `/graphql/stream`, or to `/graphql` with `Accept: text/event-stream`.

import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GraphQLError } from "graphql";
import type { ExecutionResult } from "graphql";
import { createHandler } from "graphql-sse";
import { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import { credentialsOf } from "../pipeline/credentials.js";
import { formatError, toGraphQLError } from "../pipeline/errors.js";
import { bodyTooLarge, readBody, sendError } from "./http.js";
import { executeInTime, startDeadline } from "../limits/deadline.js";
import { showRefusal } from "../limits/errors.js";
import type { Policy } from "../pipeline/policy.js";
import { OperationWatch, requestIdOf, watched } from "../pipeline/observer.js";
import { coded, isSubscription, prepareOperation } from "../pipeline/operation.js";
import type { OperationRequest, Problems, TransportOptions } from "../pipeline/operation.js";
import { SharedResult } from "../pipeline/shared-execution.js";
import type { Subscribe } from "../pipeline/shared-execution.js";

export interface GraphQLSse {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Open streams. */
  readonly size: () => number;
  /** Ends every stream; its client may come back elsewhere. */
  readonly stop: () => void;
}

/** What is known of one stream. */
interface Stream {
  /** Aborts when the client leaves. */
  readonly left: AbortSignal;
  readonly watch: OperationWatch;
}

export function isEventStream(request: IncomingMessage): boolean {
  return request.method === "POST" && acceptsStream(request);
}

export function createGraphQLSse<TContext extends RequestContext>(
  options: TransportOptions<TContext>,
  subscribe: Subscribe,
): GraphQLSse {
  const { schema, onFault, policy, observer } = options;
  const { limits, addresses } = policy;
  const open = new Set<ServerResponse>();
  const handler = createHandler<IncomingMessage, Stream, Record<PropertyKey, unknown>>({
    schema,
    // Done when the operation was prepared.
    validate: () => [],
    execute: watched(executeInTime) as never,
    subscribe: subscribe as never,
    // No token: every stream is a connection of its own.
    authenticate: () => null,
    onSubscribe: ({ raw, context: { left, watch } }, { query, operationName, variables }) => {
      const credentials = credentialsOf(raw);
      const prepared = prepareOperation(options, { query, operationName, variables }, credentials);
      if (Array.isArray(prepared)) {
        watch.failed(prepared);
        watch.end();
        // The protocol tells of it in the stream, since a browser's EventSource shows nothing of any other answer.
        // (graphql-sse knows a result by its key `data`, be it undefined.)
        return acceptsStream(raw) ? { data: undefined as never, errors: prepared } : badRequest(prepared);
      }
      watch.isOf(prepared.document, prepared.operationName);
      const problems: unknown[] = [];
      const deadline = isSubscription(prepared) ? null : startDeadline(left, limits.deadlineMs);
      const scope = new OperationScope(deadline?.signal ?? left, false, watch);
      const context = options.createContext(credentials, (problem) => problems.push(problem), scope);
      // graphql-sse wants an index signature, which the context's interface has not.
      return { ...prepared, contextValue: { ...(context as object), problems, deadline, watch } };
    },
    onOperation: async (_context, { context: { left } }, _args, result) => {
      const settled = await result;
      if (Symbol.asyncIterator in settled) {
        // The library's own return would wait for the next answer, which may never come.
        const results = settled as AsyncIterableIterator<unknown>;
        const end = () => void results.return?.();
        if (left.aborted) end();
        else left.addEventListener("abort", end, { once: true });
      }
      return settled;
    },
    onNext: (context, _request, result) => {
      if (result instanceof SharedResult) return result.value as ExecutionResult;
      const { data, errors } = result as ExecutionResult;
      const reported = (context as Partial<Problems> | undefined)?.problems?.splice(0) ?? [];
      const shown = [
        ...(errors ?? []).map((error: GraphQLError) =>
          showRefusal(formatError(error.toJSON(), error, onFault), policy.suggestions),
        ),
        ...reported.map((problem) => toGraphQLError(problem, onFault).toJSON()),
      ];
      if (shown.length === 0) return undefined;
      // Typed as GraphQLErrors, but only ever serialised.
      return { errors: shown as unknown as GraphQLError[], ...(data === undefined ? {} : { data }) };
    },
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      refuse(response, 405, "a stream is asked for by POST");
      return;
    }
    if (!mayBeStream(request)) {
      refuse(response, 406, "the answer is text/event-stream, which the request does not accept");
      return;
    }
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
      refuse(response, 415, "the request's body must be application/json");
      return;
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    const requestId = requestIdOf(request);
    response.setHeader("x-request-id", requestId);
    const watch = new OperationWatch(observer, "sse", request, requestId);
    const fail = (status: number, error: GraphQLError) => {
      watch.failed([error]);
      watch.end();
      sendError(response, status, error);
    };
    const place = addresses.takeOperation(addresses.of(request));
    if (place instanceof GraphQLError) {
      fail(429, place);
      return;
    }
    response.once("close", place);
    const text = await readBody(request, limits.bodyBytes);
    if (text === null) {
      fail(413, bodyTooLarge(limits.bodyBytes));
      return;
    }
    const body = withDocument(policy, text);
    if (body instanceof GraphQLError) {
      fail(400, body);
      return;
    }
    const [answer, init] = await handler({
      method: "POST",
      url: request.url ?? "/graphql/stream",
      headers: { get: (name) => (name === "accept" ? "text/event-stream" : header(request, name)) },
      body: () => body,
      raw: request,
      context: { left: left.signal, watch },
    }).catch((error: unknown) => {
      watch.failed([error]);
      watch.end();
      const { message, extensions } = toGraphQLError(error, onFault);
      return badRequest([{ message, extensions }]);
    });
    response.writeHead(init.status, init.statusText, { ...init.headers });
    if (answer === null || typeof answer === "string") {
      // What could not even be understood has been told to nobody yet.
      if (init.status >= 400 && watch.summary.codes.length === 0) watch.failed([coded("BAD_REQUEST", "refused")]);
      watch.end();
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
    size: () => open.size,
    stop: () => {
      for (const response of open) response.end();
    },
  };
}

/** The body with the text of a document that it names by hash: graphql-sse knows texts only. */
function withDocument({ documents }: Policy, text: string): string | GraphQLError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // graphql-sse says what is wrong with it.
    return text;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return text;
  const { operationName } = body as Readonly<Record<string, unknown>>;
  if (operationName != null && typeof operationName !== "string") {
    return coded("BAD_REQUEST", "operationName must be text");
  }
  const { documentId, extensions, ...rest } = body as OperationRequest;
  if (documentId === undefined && extensions === undefined) return text;
  const query = documents.resolve({ ...rest, documentId, extensions });
  return query instanceof GraphQLError ? query : JSON.stringify({ ...rest, query });
}

/** Whether the client said that it reads event streams; on the stream's own address it need not. */
function acceptsStream({ headers: { accept = "" } }: IncomingMessage): boolean {
  return accept.includes("text/event-stream");
}

/** Whether a stream is among what the client would take. */
function mayBeStream({ headers: { accept = "*/*" } }: IncomingMessage): boolean {
  return /(^|,)\s*(text\/event-stream|text\/\*|\*\/\*)/i.test(accept);
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
