// GraphQL over WebSocket (graphql-transport-ws), on the same path as HTTP: subscriptions, with the viewer's credentials
// from `connection_init`.

import { GraphQLError } from "graphql";
import { CloseCode, makeServer } from "graphql-ws";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { OperationScope } from "../../cache/operation-scope.js";
import { InputRefused } from "../../errors.js";
import type { RequestContext } from "../../ci/session.js";
import { readCredentials } from "../../ci/viewer.js";
import type { Credentials } from "../../ci/viewer.js";
import { formatError, toGraphQLError } from "../pipeline/errors.js";
import { showRefusal } from "../limits/errors.js";
import { executeInTime, startDeadline } from "../limits/deadline.js";
import { createSocketOperations } from "../limits/socket-operations.js";
import type { SocketOperations } from "../limits/socket-operations.js";
import { OperationWatch, requestIdOf, watched } from "../pipeline/observer.js";
import { isSubscription, prepareOperation } from "../pipeline/operation.js";
import type { Problems, TransportOptions } from "../pipeline/operation.js";
import type { SharedResults, Subscribe } from "../pipeline/shared-execution.js";
import { deliver, serveSocket } from "./websocket-socket.js";
import type { SocketExtra } from "./websocket-socket.js";

const PING_MS = 12_000;
/** For the clients' answer to a close, when stopping. */
const CLOSE_MS = 2_000;

export interface GraphQLWebSocket {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Open sockets. */
  readonly size: () => number;
  /** Closes every socket with 1001, going away. */
  readonly stop: () => Promise<void>;
}

/** What is known of one socket. */
interface Connection {
  readonly credentials: Credentials;
  readonly operations: SocketOperations;
  /** Aborts when the socket closes. */
  readonly left: AbortSignal;
  /** Of the socket; its operations' own have their number behind it. */
  readonly requestId: string;
  /** Operations so far. */
  count: number;
}

export function createGraphQLWebSocket<TContext extends RequestContext>(
  options: TransportOptions<TContext>,
  subscribe: Subscribe,
): GraphQLWebSocket {
  const { onFault, policy, observer } = options;
  const { limits, addresses, cors } = policy;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    handleProtocols: (protocols) => (protocols.has("graphql-transport-ws") ? "graphql-transport-ws" : false),
  });
  const format = (errors: readonly GraphQLError[]) =>
    errors.map((error) => showRefusal(formatError(error.toJSON(), error, onFault), policy.suggestions));

  const requestIds = new WeakMap<IncomingMessage, string>();
  sockets.on("headers", (headers, request) => {
    const requestId = requestIdOf(request);
    requestIds.set(request, requestId);
    headers.push(`X-Request-Id: ${requestId}`);
  });

  const server = makeServer<Record<string, unknown>, SocketExtra & { connection?: Connection }>({
    onConnect: (context) => {
      try {
        const credentials = readParams(context.connectionParams ?? {});
        const left = new AbortController();
        context.extra.socket.once("close", () => left.abort());
        // Only for its refusals, such as a token for a server that is not configured: once operations run it is too late.
        options.createContext(credentials, onFault, new OperationScope(left.signal));
        const address = addresses.of(context.extra.request);
        const operations = createSocketOperations(addresses, address, limits.operationsPerSocket);
        context.extra.socket.once("close", () => operations.releaseAll());
        const requestId = requestIds.get(context.extra.request) ?? requestIdOf(context.extra.request);
        context.extra.connection = { credentials, operations, left: left.signal, requestId, count: 0 };
        return true;
      } catch (error) {
        // The reason travels in the close frame: the protocol has no other place for it before the acknowledgement.
        context.extra.socket.close(CloseCode.Forbidden, toGraphQLError(error, onFault).message.slice(0, 120));
        return false;
      }
    },

    onSubscribe: ({ extra }, id, payload) => {
      // It is there: graphql-ws serves nothing before the acknowledgement.
      const connection = extra.connection as Connection;
      const { credentials, operations, left, requestId } = connection;
      connection.count += 1;
      const watch = new OperationWatch(observer, "websocket", extra.request, `${requestId}.${connection.count}`);
      const refuse = (errors: GraphQLError[]) => {
        watch.failed(errors);
        watch.end();
        return errors;
      };
      const refusal = operations.take(id);
      if (refusal !== null) return refuse([refusal]);
      const prepared = prepareOperation(options, payload, credentials);
      if (Array.isArray(prepared)) {
        operations.release(id);
        return refuse(prepared);
      }
      watch.isOf(prepared.document, prepared.operationName);
      const problems: unknown[] = [];
      const deadline = isSubscription(prepared) ? null : startDeadline(left, limits.deadlineMs);
      const scope = new OperationScope(deadline?.signal ?? left, false, watch);
      const context = options.createContext(credentials, (problem) => problems.push(problem), scope);
      return { ...prepared, contextValue: { ...context, problems, deadline, watch } };
    },

    onOperation: ({ extra }, id, _payload, _args, result) =>
      Symbol.asyncIterator in result ? deliver(result as unknown as SharedResults, id, extra.socket) : undefined,

    onNext: (_context, _id, _payload, args, result) => {
      const { problems } = args.contextValue as Problems;
      const reported = problems.splice(0).map((problem) => toGraphQLError(problem, onFault).toJSON());
      const errors = [...format(result.errors ?? []), ...reported];
      if (errors.length === 0) return undefined;
      return { errors, ...(result.data === undefined ? {} : { data: result.data }) };
    },
    onError: (_context, _id, _payload, errors) => format(errors),
    onComplete: ({ extra }, id) => extra.connection?.operations.release(id),

    execute: watched(executeInTime) as never,
    subscribe: subscribe as never,
  });
  sockets.on("connection", (socket, request) => serveSocket(server, socket, request, PING_MS, onFault));

  return {
    upgrade: (request, socket, head) => {
      if (!cors.mayConnect(request)) {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      const place = addresses.takeSocket(addresses.of(request));
      if (place instanceof GraphQLError) {
        const body = JSON.stringify({ errors: [place] });
        const head = [
          "Connection: close",
          "Content-Type: application/json",
          `Content-Length: ${Buffer.byteLength(body)}`,
        ];
        socket.end(`HTTP/1.1 429 Too Many Requests\r\n${head.join("\r\n")}\r\n\r\n${body}`);
        return;
      }
      socket.once("close", place);
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
    },
    size: () => sockets.clients.size,
    stop: async () => {
      // A client that has died without a word never answers the close; ws itself would wait half a minute.
      const timer = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSE_MS);
      for (const client of sockets.clients) client.close(1001, "Going away");
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(timer);
    },
  };
}

/** The viewer's credentials from `connection_init`, under the headers' names, in which upper and lower case are alike. */
function readParams(params: Readonly<Record<string, unknown>>): Credentials {
  const byName = new Map(Object.entries(params).map(([name, value]) => [name.toLowerCase(), value]));
  const perServer = byName.get("x-etna-token");
  return readCredentials(
    textOf("Authorization", byName.get("authorization")),
    (Array.isArray(perServer) ? perServer : [perServer]).flatMap((value) => textOf("X-Etna-Token", value) ?? []),
  );
}

/** Anything but text is refused: left out, it would make the viewer anonymous without a word. */
function textOf(name: string, value: unknown): string | undefined {
  if (value == null || typeof value === "string") return value ?? undefined;
  throw new InputRefused(name, "must be text, as in the header of this name");
}
