// GraphQL over HTTP: one answer for one query or mutation, with Apollo Server as the executor. What is asked for, whether it
// may be asked for this way, and in which form the answer is written, are agreed before anything runs.

import { ApolloServer } from "@apollo/server";
import type { ApolloServerOptions, GraphQLResponse } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, OperationTypeNode } from "graphql";
import type { FormattedExecutionResult } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createHash } from "node:crypto";
import { OperationScope } from "../../cache/operation-scope.js";
import { InputRefused } from "../../errors.js";
import type { RequestContext } from "../../ci/session.js";
import { ANONYMOUS, viewerKey } from "../../ci/viewer.js";
import type { Credentials } from "../../ci/viewer.js";
import { chooseResultType, wantsJsonOnly } from "./answer-form.js";
import { formatError, toGraphQLError } from "../pipeline/errors.js";
import { DocumentRefusal, HttpRefusal, badRequest, readHttpRequest } from "./http-request.js";
import { showRefusal } from "../limits/errors.js";
import { startDeadline } from "../limits/deadline.js";
import { limitError } from "../limits/limits.js";
import { OperationWatch, requestIdOf } from "../pipeline/observer.js";
import { checkOperation, coded, readOperation } from "../pipeline/operation.js";
import type { KnownOperation, TransportOptions } from "../pipeline/operation.js";
import { credentialsOf } from "../pipeline/credentials.js";
import type { Answer, ResponseCache } from "../pipeline/response-cache.js";
import { validDocumentsOf } from "../pipeline/valid-documents.js";
import type { ValidDocuments } from "../pipeline/valid-documents.js";

export interface GraphQLHttp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A query or mutation that may be asked for over HTTP, and whose answer's form is agreed. */
interface Agreed extends KnownOperation {
  readonly credentials: Credentials;
  readonly viewer: string;
  /** Media type of the answer. */
  readonly resultType: string;
  /** Whether the client wants to know what its operation has cost. */
  readonly traced: boolean;
}

/** Starts Apollo Server for the given schema. */
export async function createGraphQLHttp<TContext extends RequestContext>(
  options: TransportOptions<TContext>,
  responses: ResponseCache,
): Promise<GraphQLHttp> {
  const { onFault, policy, observer } = options;
  const { guard, limits, addresses } = policy;
  const apollo = new ApolloServer<TContext>({
    schema: options.schema,
    // The guard's rules see to it, and to what else tells the schema.
    introspection: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxLexicalTokens: guard.maxTokens },
    validationRules: [...guard.rules],
    documentStore: apolloDocuments(validDocumentsOf(guard)),
    // Found before Apollo sees the operation, over all transports.
    persistedQueries: false,
    formatError: (formatted, error) => showRefusal(formatError(formatted, error, onFault), policy.suggestions),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo would switch it on for any subgraph, and say so on stdout.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
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
    const refuseAgreed = (refusal: HttpRefusal) => {
      watch.failed(refusal.errors);
      watch.end();
      write(request, response, { ...refusalAnswer(request, refusal), operation: watch.summary }, false);
    };
    const agreed = agree(request, body, watch);
    if (agreed instanceof HttpRefusal) {
      refuseAgreed(agreed);
      return;
    }
    const isPublic = agreed.viewer === ANONYMOUS_KEY;
    const key = keyOf(agreed);
    const kept = key === null ? null : responses.find(key);
    if (kept !== null) {
      write(request, response, kept, isPublic);
      watch.endAs(kept.operation, true);
      return;
    }
    const refusals = checkOperation(options, agreed, agreed.credentials);
    if (refusals.length > 0) {
      refuseAgreed(new DocumentRefusal(refusals));
      return;
    }
    const left = new AbortController();
    response.once("close", () => left.abort());
    try {
      const answer =
        key === null
          ? (await run(agreed, left.signal, watch)).answer
          : await responses.answer(key, left.signal, (signal) => run(agreed, signal, watch));
      if (!left.signal.aborted) write(request, response, answer, isPublic);
      watch.endAs(answer.operation, false);
    } catch (error) {
      watch.failed([left.signal.aborted ? CLIENT_LEFT : error]);
      watch.end();
      throw error;
    }
  };

  /** All that can be refused before the limits are asked; nothing of the operation has run. */
  const agree = (request: IncomingMessage, body: string, watch: OperationWatch): Agreed | HttpRefusal => {
    const asked = readHttpRequest(request, body);
    if (asked instanceof HttpRefusal) return asked;
    const resultType = chooseResultType(request);
    if (resultType === null) return NOT_ACCEPTABLE;
    let credentials: Credentials;
    try {
      credentials = credentialsOf(request);
    } catch (error) {
      return new HttpRefusal(400, [toGraphQLError(error, onFault)]);
    }
    const known = readOperation(options, asked);
    if (Array.isArray(known)) return new DocumentRefusal(known);
    watch.isOf(known.document, known.operationName);
    const misplaced = refuseType(request, known.operation.operation);
    if (misplaced !== null) return misplaced;
    return { ...known, credentials, viewer: viewerKey(credentials), resultType, traced: isTraced(request) };
  };

  /** Has Apollo execute it, within its limits. */
  const run = async (agreed: Agreed, left: AbortSignal, watch: OperationWatch) => {
    const deadline = startDeadline(left, limits.deadlineMs);
    const scope = new OperationScope(deadline.signal, true, watch);
    const answered = (status: number, result: FormattedExecutionResult) => {
      deadline.stop();
      watch.failed(result.errors ?? []);
      return { answer: { ...resultAnswer(status, agreed.resultType, result), operation: watch.summary }, scope };
    };
    const problems: unknown[] = [];
    let contextValue: TContext;
    try {
      contextValue = options.createContext(agreed.credentials, (problem) => problems.push(problem), scope);
    } catch (error) {
      return answered(error instanceof InputRefused ? 400 : 500, { errors: [toGraphQLError(error, onFault).toJSON()] });
    }
    const { text: query, operationName, variables } = agreed;
    const execution = apollo.executeOperation(
      { query, variables, ...(operationName === null ? {} : { operationName }) },
      { contextValue },
    );
    const reply = await deadline.race<GraphQLResponse | GraphQLError>(execution, (error) => error);
    if (reply instanceof GraphQLError) return answered(504, { errors: [reply.toJSON()] });
    // Only incremental delivery has several parts, and this version of GraphQL has none.
    const result = reply.body.kind === "single" ? reply.body.singleResult : {};
    const reported = problems.map((problem) => toGraphQLError(problem, onFault).toJSON());
    const errors = [...(result.errors ?? []), ...reported];
    if (errors.length > 0) scope.forbidReuse();
    const etna = costsOf(scope, agreed.traced);
    return answered(reply.http.status ?? 200, {
      ...(errors.length === 0 ? {} : { errors }),
      ...(result.data === undefined ? {} : { data: result.data }),
      ...(Object.keys(etna).length === 0 ? {} : { extensions: { ...result.extensions, etna } }),
    });
  };

  return { handle, stop: () => apollo.stop() };
}

type DocumentStore = NonNullable<ApolloServerOptions<RequestContext>["documentStore"]>;

/** What was found valid before Apollo is given it, so that it does the same no second time. */
function apolloDocuments(valid: ValidDocuments): DocumentStore {
  return {
    // Apollo puts a word before each hash.
    get: (key) => Promise.resolve(valid.getByHash(key.slice(key.lastIndexOf(":") + 1))),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
}

const NOT_ACCEPTABLE = badRequest(
  "`Accept` of this request takes neither application/json nor application/graphql-response+json",
  406,
);

/** Whether this type of operation has one answer, and may be asked for by this method. */
function refuseType({ method }: IncomingMessage, type: OperationTypeNode): HttpRefusal | null {
  if (method === "GET" && type !== OperationTypeNode.QUERY)
    return badRequest(`a GET may ask for a query only, not for a ${type}`, 405, { allow: "POST" });
  if (type !== OperationTypeNode.SUBSCRIPTION) return null;
  return badRequest(
    "a subscription has many answers: POST it to /graphql/stream, or here with `Accept: text/event-stream`, or open a WebSocket (graphql-transport-ws) on /graphql",
    406,
  );
}

/** What the operation cost, when asked, and always which servers' answers are from before they went down. */
function costsOf(scope: OperationScope, traced: boolean): Readonly<Record<string, unknown>> {
  const { upstreamCalls, upstreamCached, upstreamMs } = scope;
  return {
    ...(traced ? { upstreamCalls, upstreamCached, upstreamMs: Math.round(upstreamMs) } : {}),
    ...(scope.stale.size === 0 ? {} : { stale: [...scope.stale] }),
  };
}

const ANONYMOUS_KEY = viewerKey(ANONYMOUS);

/**
 * All that an answer depends on, of the parsed request; null for one that is different each time: a mutation must run each
 * time, and what an operation cost is told of this one. Variables that the operation does not have are left out.
 */
function keyOf({ operation, text, variables, viewer, resultType, traced }: Agreed): string | null {
  if (operation.operation !== OperationTypeNode.QUERY || traced) return null;
  const given = (operation.variableDefinitions ?? []).flatMap(({ variable: { name } }) =>
    Object.hasOwn(variables, name.value) ? [[name.value, variables[name.value]]] : [],
  );
  // Each part but the last is without a line feed, or of a length that is told.
  const name = operation.name?.value ?? "";
  return [viewer, resultType, name, text.length, text, JSON.stringify(given)].join("\n");
}

function isTraced(request: IncomingMessage): boolean {
  return request.headers["x-etna-trace"] === "1";
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

/** Faults of the document and its variables, which old clients take for a broken server when their status is 400. */
const NOT_RUN: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
]);

function refusalAnswer(request: IncomingMessage, refusal: HttpRefusal): Omit<Answer, "operation"> {
  const codes = refusal.errors.map(({ extensions }) => extensions["code"]);
  const isUnknownHash = codes.every((code) => code === "PERSISTED_QUERY_NOT_FOUND");
  const isNotRun = refusal instanceof DocumentRefusal && codes.every((code) => NOT_RUN.has(code));
  const status = isUnknownHash || (isNotRun && wantsJsonOnly(request)) ? 200 : refusal.status;
  const resultType = chooseResultType(request) ?? "application/json; charset=utf-8";
  const answer = resultAnswer(status, resultType, { errors: refusal.errors.map((error) => error.toJSON()) });
  // The client sends the text next, and then the hash again.
  const uncached = isUnknownHash ? { "cache-control": "private, no-cache, must-revalidate" } : {};
  return { ...answer, headers: { ...answer.headers, ...refusal.headers, ...uncached } };
}

function resultAnswer(
  status: number,
  resultType: string,
  { errors, data, extensions }: FormattedExecutionResult,
): Omit<Answer, "operation"> {
  const body = Buffer.from(`${JSON.stringify({ errors, data, extensions })}\n`);
  return { status, headers: { "content-type": resultType }, body };
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
