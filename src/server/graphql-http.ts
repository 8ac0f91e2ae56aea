// GraphQL over HTTP: Apollo Server behind node:http, without a framework between.

import { ApolloServer, HeaderMap } from "@apollo/server";
import type { ApolloServerPlugin, HTTPGraphQLRequest } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import { InputRefused } from "../errors.js";
import type { RequestContext } from "../ci/session.js";
import { readCredentials } from "../ci/viewer.js";
import { formatError, toGraphQLError } from "./errors.js";
import { DOCUMENT_MAX_TOKENS } from "./operation.js";
import type { OperationOptions, Problems } from "./operation.js";

const BODY_MAX_BYTES = 4 * 1024 * 1024;

export interface GraphQLHttp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts Apollo Server for the given schema. */
export async function createGraphQLHttp<TContext extends RequestContext>(
  options: OperationOptions<TContext>,
): Promise<GraphQLHttp> {
  const { onFault } = options;
  const apollo = new ApolloServer<TContext & Problems>({
    schema: options.schema,
    introspection: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxLexicalTokens: DOCUMENT_MAX_TOKENS },
    formatError: (formatted, error) => formatError(formatted, error, onFault),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo would switch it on for any subgraph, and say so on stdout.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      reportProblems<TContext>(onFault),
    ],
  });
  await apollo.start();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const left = new AbortController();
    response.once("close", () => left.abort());
    const body = await readBody(request);
    if (body === null) {
      send(response, 413, "BAD_USER_INPUT", `the request's body is larger than ${BODY_MAX_BYTES} bytes`);
      return;
    }
    const problems: unknown[] = [];
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
    }
    let parsed: unknown;
    try {
      parsed = body === "" ? undefined : isJson(headers) ? (JSON.parse(body) as unknown) : body;
    } catch {
      send(response, 400, "BAD_REQUEST", "the request's body is not JSON");
      return;
    }
    const url = request.url ?? "";
    const httpGraphQLRequest: HTTPGraphQLRequest = {
      method: request.method ?? "GET",
      headers,
      search: url.includes("?") ? url.slice(url.indexOf("?")) : "",
      body: parsed,
    };
    const reply = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest,
      context: () => {
        try {
          const credentials = readCredentials(
            request.headers.authorization,
            request.headersDistinct["x-etna-token"] ?? [],
          );
          const context = options.createContext(credentials, (problem) => problems.push(problem), left.signal);
          return Promise.resolve({ ...context, problems });
        } catch (error) {
          const { message, extensions } = toGraphQLError(error, onFault);
          const status = error instanceof InputRefused ? 400 : 500;
          return Promise.reject(new GraphQLError(message, { extensions: { ...extensions, http: { status } } }));
        }
      },
    });
    response.statusCode = reply.status ?? 200;
    for (const [name, value] of reply.headers) response.setHeader(name, value);
    if (reply.body.kind === "complete") {
      response.end(reply.body.string);
      return;
    }
    for await (const chunk of reply.body.asyncIterator) {
      if (!response.write(chunk)) await once(response, "drain");
    }
    response.end();
  };

  return { handle, stop: () => apollo.stop() };
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

/** The whole body as text; null when it is too large. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isJson(headers: HeaderMap): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
}

function send(response: ServerResponse, status: number, code: string, message: string): void {
  const error: GraphQLFormattedError = { message, extensions: { code } };
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", connection: "close" });
  response.end(JSON.stringify({ errors: [error] }));
}
