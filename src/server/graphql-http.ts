// GraphQL over HTTP: Apollo Server behind node:http, without a framework between.

import { ApolloServer, HeaderMap } from "@apollo/server";
import type { ApolloServerOptions, ApolloServerPlugin, HTTPGraphQLResponse } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, OperationTypeNode } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createHash } from "node:crypto";
import { OperationScope } from "../cache/operation-scope.js";
import { InputRefused } from "../errors.js";
import type { RequestContext } from "../ci/session.js";
import { ANONYMOUS, viewerKey } from "../ci/viewer.js";
import { formatError, toGraphQLError } from "./errors.js";
import type { Documents } from "./documents.js";
import { resolveHttpDocument } from "./http-document.js";
import { answerJsonClients, isProgram } from "./json-clients.js";
import { showRefusal } from "./limits/errors.js";
import { startDeadline } from "./limits/deadline.js";
import type { OperationGuard } from "./limits/guard.js";
import { limitError } from "./limits/limits.js";
import { OperationWatch, requestIdOf } from "./observer.js";
import type { Watched } from "./observer.js";
import { coded } from "./operation.js";
import type { Problems, TransportOptions } from "./operation.js";
import { credentialsOf } from "./request-credentials.js";
import type { Answer, ResponseCache } from "./response-cache.js";

export interface GraphQLHttp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts Apollo Server for the given schema. */
export async function createGraphQLHttp<TContext extends RequestContext>(
  options: TransportOptions<TContext>,
  responses: ResponseCache,
): Promise<GraphQLHttp> {
  const { onFault, policy, observer } = options;
  const { guard, limits, addresses, documents } = policy;
  const apollo = new ApolloServer<TContext & Problems & Traced & Watched>({
    schema: options.schema,
    // The guard's rules see to it, and to what else tells the schema.
    introspection: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxLexicalTokens: guard.maxTokens },
    validationRules: [...guard.rules],
    persistedQueries: documents.trusted ? false : { cache: rememberedCache(documents) },
    formatError: (formatted, error) => showRefusal(formatError(formatted, error, onFault), policy.suggestions),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo would switch it on for any subgraph, and say so on stdout.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      refuseTooMuch<TContext>(guard),
      reportProblems<TContext>(onFault),
      tellCosts<TContext>(),
      watchOperation<TContext>(),
      answerJsonClients<TContext>(),
    ],
  });
  await apollo.start();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(request);
    response.setHeader("x-request-id", requestId);
    const watch = new OperationWatch(observer, "http", request, requestId);
    const refuse = (status: number, error: GraphQLError) => {
      watch.failed([error]);
      watch.end();
      sendError(response, status, error);
    };
    const place = addresses.takeOperation(addresses.of(request));
    if (place instanceof GraphQLError) {
      refuse(429, place);
      return;
    }
    response.once("close", place);
    const body = await readBody(request, limits.bodyBytes);
    if (body === null) {
      refuse(413, bodyTooLarge(limits.bodyBytes));
      return;
    }
    const viewer = viewerOf(request);
    const key = viewer === null ? null : keyOf(request, viewer, body);
    const kept = key === null ? null : responses.find(key);
    if (kept !== null) {
      write(request, response, kept, viewer === ANONYMOUS_KEY);
      watch.endAs(kept.operation, true);
      return;
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      const answer =
        key === null || mayChange(body)
          ? (await run(request, body, left.signal, watch)).answer
          : await responses.answer(key, left.signal, (signal) => run(request, body, signal, watch));
      if (!left.signal.aborted) write(request, response, answer, viewer === ANONYMOUS_KEY);
      watch.endAs(answer.operation, false);
    } catch (error) {
      watch.failed([left.signal.aborted ? CLIENT_LEFT : error]);
      watch.end();
      throw error;
    }
  };

  /** Has Apollo execute it. */
  const run = async (request: IncomingMessage, body: string, left: AbortSignal, watch: OperationWatch) => {
    const deadline = startDeadline(left, limits.deadlineMs);
    const problems: unknown[] = [];
    const scope = new OperationScope(deadline.signal, true, watch);
    const refused = (status: number, error: GraphQLError) => {
      deadline.stop();
      watch.failed([error]);
      return { answer: { ...errorAnswer(status, error), operation: watch.summary }, scope };
    };
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
    }
    if (isProgram(request)) headers.set("apollo-require-preflight", "1");
    let parsed: unknown;
    try {
      parsed = body === "" ? undefined : isJson(headers) ? (JSON.parse(body) as unknown) : body;
    } catch {
      return refused(400, coded("BAD_REQUEST", "the request's body is not JSON"));
    }
    const url = request.url ?? "";
    const httpGraphQLRequest = resolveHttpDocument(documents, {
      method: request.method ?? "GET",
      headers,
      search: url.includes("?") ? url.slice(url.indexOf("?")) : "",
      body: parsed,
    });
    if (httpGraphQLRequest instanceof GraphQLError) return refused(400, httpGraphQLRequest);
    const answer = apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest,
      context: () => {
        try {
          const credentials = credentialsOf(request);
          const context = options.createContext(credentials, (problem) => problems.push(problem), scope);
          return Promise.resolve({ ...context, problems, traced: isTraced(request), watch });
        } catch (error) {
          watch.failed([error]);
          const { message, extensions } = toGraphQLError(error, onFault);
          const status = error instanceof InputRefused ? 400 : 500;
          return Promise.reject(new GraphQLError(message, { extensions: { ...extensions, http: { status } } }));
        }
      },
    });
    const reply = await deadline.race<HTTPGraphQLResponse | GraphQLError>(answer, (error) => error);
    if (reply instanceof GraphQLError) return refused(504, reply);
    // Only incremental delivery has several parts, and this version of GraphQL has none.
    const text = reply.body.kind === "complete" ? reply.body.string : "";
    const { status = 200 } = reply;
    // What Apollo refuses as a request, such as one that any page could send, is told to no plugin.
    if (status >= 400 && watch.summary.codes.length === 0) watch.failed([coded("BAD_REQUEST", "refused as a request")]);
    const replied = { status, headers: Object.fromEntries(reply.headers), body: Buffer.from(text) };
    return { answer: { ...replied, operation: watch.summary }, scope };
  };

  return { handle, stop: () => apollo.stop() };
}

/** What the guard refuses is refused once the operation is known, before anything of it runs. */
function refuseTooMuch<TContext extends RequestContext>(guard: OperationGuard): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operation, request: { variables = {} }, contextValue: { credentials } }) => {
          const refusal =
            operation === undefined ? null : guard.refuse({ document, operation, variables, credentials });
          if (refusal === null) return Promise.resolve();
          const { message, extensions } = refusal;
          return Promise.reject(new GraphQLError(message, { extensions: { ...extensions, http: { status: 400 } } }));
        },
      }),
  };
}

type PersistedQueryCache = NonNullable<
  Exclude<ApolloServerOptions<RequestContext>["persistedQueries"], false | undefined>["cache"]
>;

/** The remembered documents as Apollo asks for them: it puts a word before each hash. */
function rememberedCache({ remembered }: Documents): PersistedQueryCache {
  const hashOf = (key: string) => key.slice(key.lastIndexOf(":") + 1);
  return {
    get: (key) => Promise.resolve(remembered.get(hashOf(key))),
    set: (key, text) => {
      remembered.set(hashOf(key), text);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(remembered.delete(hashOf(key))),
  };
}

/** Adds to `errors` what resolvers reported besides their value. */
function reportProblems<TContext extends RequestContext>(
  onFault: (error: unknown) => void,
): ApolloServerPlugin<TContext & Problems> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse: ({ response, contextValue }) => {
          if (contextValue.problems.length > 0 && response.body.kind === "single") {
            const reported = contextValue.problems.map((problem) => toGraphQLError(problem, onFault).toJSON());
            response.body.singleResult.errors = [...(response.body.singleResult.errors ?? []), ...reported];
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Whether the client wants to know what its operation has cost. */
interface Traced {
  readonly traced: boolean;
}

/** Adds what the operation cost, when asked, and always which servers' answers are from before they went down. */
function tellCosts<TContext extends RequestContext>(): ApolloServerPlugin<TContext & Traced> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ operation, contextValue: { scope } }) => {
          if (operation?.operation !== OperationTypeNode.QUERY) scope.forbidReuse();
          return Promise.resolve();
        },
        willSendResponse: ({ response, contextValue: { scope, traced } }) => {
          if (response.body.kind !== "single") return Promise.resolve();
          const { singleResult } = response.body;
          if (singleResult.errors !== undefined) scope.forbidReuse();
          const { upstreamCalls, upstreamCached, upstreamMs } = scope;
          const etna = {
            ...(traced ? { upstreamCalls, upstreamCached, upstreamMs: Math.round(upstreamMs) } : {}),
            ...(scope.stale.size === 0 ? {} : { stale: [...scope.stale] }),
          };
          if (Object.keys(etna).length > 0) singleResult.extensions = { ...singleResult.extensions, etna };
          return Promise.resolve();
        },
      }),
  };
}

/** For the log and the metrics. */
function watchOperation<TContext extends RequestContext>(): ApolloServerPlugin<TContext & Watched> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operationName, contextValue: { watch } }) => {
          watch.isOf(document, operationName);
          return Promise.resolve();
        },
        willSendResponse: ({ response, contextValue: { watch } }) => {
          if (response.body.kind === "single") watch.failed(response.body.singleResult.errors ?? []);
          return Promise.resolve();
        },
      }),
  };
}

/** With whose rights a request comes; null for credentials that will be refused. */
function viewerOf(request: IncomingMessage): string | null {
  try {
    return viewerKey(credentialsOf(request));
  } catch {
    return null;
  }
}

const ANONYMOUS_KEY = viewerKey(ANONYMOUS);

/** All that an answer depends on; null for one that is different each time. */
function keyOf(request: IncomingMessage, viewer: string, body: string): string | null {
  if (isTraced(request)) return null;
  const {
    accept,
    "content-type": type,
    "x-apollo-operation-name": name,
    "apollo-require-preflight": preflight,
  } = request.headers;
  const passesGuard = name !== undefined || preflight !== undefined || isProgram(request);
  // No header has a line feed in it, and the body is the last.
  return [viewer, request.method, request.url, accept, type, passesGuard, body].join("\n");
}

function isTraced(request: IncomingMessage): boolean {
  return request.headers["x-etna-trace"] === "1";
}

/** Whether it may be a mutation, of which each must run: a document that is only named by its hash may be one. */
function mayChange(body: string): boolean {
  return !body.includes('"query"') || /\bmutation\b/.test(body);
}

const SMALL_BODY_BYTES = 16 * 1024;

function write(request: IncomingMessage, response: ServerResponse, answer: Answer, isPublic: boolean): void {
  if (request.method !== "GET" || answer.status !== 200) {
    response.writeHead(answer.status, answer.headers);
    // As text, byte for byte, a small body goes in one piece with the headers.
    if (answer.body.length > SMALL_BODY_BYTES) response.end(answer.body);
    else response.end(answer.body.toString("latin1"), "latin1");
    return;
  }
  // An event may end its life at any time, so it is never held without asking; and a token's answers by nobody.
  const cacheControl = isPublic ? "public, no-cache" : "private, no-store";
  response.appendHeader("vary", "Authorization, X-Etna-Token");
  const headers = { ...answer.headers, "cache-control": cacheControl };
  if (!isPublic) {
    response.writeHead(200, headers).end(answer.body);
    return;
  }
  const etag = `"${createHash("sha256").update(answer.body).digest("base64url").slice(0, 27)}"`;
  if (request.headers["if-none-match"] === etag) response.writeHead(304, { ...headers, etag }).end();
  else response.writeHead(200, { ...headers, etag }).end(answer.body);
}

function errorAnswer(status: number, error: GraphQLError): Omit<Answer, "operation"> {
  const headers = { "content-type": "application/json; charset=utf-8", connection: "close" };
  return { status, headers, body: Buffer.from(JSON.stringify({ errors: [error] })) };
}

/** The whole body as text; null when it is too large. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  // Events: an async iteration over the request would take longer than all the rest of a kept answer.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else resolve(null);
    });
    request.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.once("error", reject);
    request.once("close", () => {
      // Making an error takes longer than all of the above.
      if (!request.complete) reject(new Error("the client left before its request was whole"));
    });
  });
}

function isJson(headers: HeaderMap): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
}

/** Shown to nobody: it is for the log and the metrics. */
export const CLIENT_LEFT = coded("CLIENT_LEFT", "the client has left");

export function bodyTooLarge(allowed: number): GraphQLError {
  const message = `the request's body is larger than ${allowed} bytes; ask for less at a time`;
  return limitError({ limit: "bodyBytes", asked: allowed + 1, allowed, message });
}

/** Before anything runs; the connection ends with it, since its body may not have been read. */
export function sendError(response: ServerResponse, status: number, error: GraphQLError): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", connection: "close" });
  response.end(JSON.stringify({ errors: [error] }));
}
