// GraphQL over WebSocket (graphql-transport-ws), on the same path as HTTP: subscriptions, with the viewer's credentials
// from `connection_init`.

import { execute, subscribe } from "graphql";
import type { ExecutionResult, GraphQLError } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { InputRefused } from "../errors.js";
import type { RequestContext } from "../ci/session.js";
import { readCredentials } from "../ci/viewer.js";
import type { Credentials } from "../ci/viewer.js";
import { formatError, toGraphQLError } from "./errors.js";
import { coded, endWithError, prepareOperation } from "./operation.js";
import type { OperationOptions, Problems } from "./operation.js";

const MESSAGE_MAX_BYTES = 256 * 1024;
const SUBSCRIPTIONS_PER_SOCKET_MAX = 100;
/** Bytes that may wait for a client that does not read, before it is cut off. */
const BUFFERED_MAX_BYTES = 4 * 1024 * 1024;
const PING_MS = 12_000;
/** For the clients' answer to a close, when stopping. */
const CLOSE_MS = 2_000;

export interface GraphQLWebSocket {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Closes every socket with 1001, going away. */
  readonly stop: () => Promise<void>;
}

/** What is known of one socket. */
interface Connection {
  readonly credentials: Credentials;
  /** Ids of the operations under way. */
  readonly operations: Set<string>;
  /** Aborts when the socket closes. */
  readonly left: AbortSignal;
}

export function createGraphQLWebSocket<TContext extends RequestContext>(
  options: OperationOptions<TContext>,
): GraphQLWebSocket {
  const { schema, onFault } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_MAX_BYTES,
    handleProtocols: (protocols) => (protocols.has("graphql-transport-ws") ? "graphql-transport-ws" : false),
  });
  const format = (errors: readonly GraphQLError[]) =>
    errors.map((error) => formatError(error.toJSON(), error, onFault));

  const server = useServer<Record<string, unknown>, { connection: Connection }>(
    {
      onConnect: (context) => {
        try {
          const credentials = readParams(context.connectionParams ?? {});
          const left = new AbortController();
          context.extra.socket.once("close", () => left.abort());
          // Only for its refusals, such as a token for a server that is not configured: once operations run it is too late.
          options.createContext(credentials, onFault, left.signal);
          context.extra.connection = { credentials, operations: new Set(), left: left.signal };
          return true;
        } catch (error) {
          // The reason travels in the close frame: the protocol has no other place for it before the acknowledgement.
          context.extra.socket.close(CloseCode.Forbidden, toGraphQLError(error, onFault).message.slice(0, 120));
          return false;
        }
      },

      onSubscribe: ({ extra }, id, payload) => {
        // It is there: graphql-ws serves nothing before the acknowledgement.
        const { credentials, operations, left } = extra.connection as Connection;
        if (operations.size >= SUBSCRIPTIONS_PER_SOCKET_MAX) {
          return [
            coded(
              "LIMIT_EXCEEDED",
              `more than ${SUBSCRIPTIONS_PER_SOCKET_MAX} operations on one socket; complete some, or open another`,
            ),
          ];
        }
        const prepared = prepareOperation(schema, payload);
        if (Array.isArray(prepared)) return prepared;
        operations.add(id);
        const problems: unknown[] = [];
        const context = options.createContext(credentials, (problem) => problems.push(problem), left);
        return { ...prepared, contextValue: { ...context, problems } };
      },

      onOperation: (_context, _id, _payload, _args, result) =>
        Symbol.asyncIterator in result ? endWithError(result as AsyncIterable<ExecutionResult>, onFault) : result,

      onNext: ({ extra }, _id, _payload, args, result) => {
        if (extra.socket.bufferedAmount > BUFFERED_MAX_BYTES) extra.socket.close(4429, "Client does not read");
        const { problems } = args.contextValue as Problems;
        const reported = problems.splice(0).map((problem) => toGraphQLError(problem, onFault).toJSON());
        const errors = [...format(result.errors ?? []), ...reported];
        if (errors.length === 0) return undefined;
        return { errors, ...(result.data === undefined ? {} : { data: result.data }) };
      },
      onError: (_context, _id, _payload, errors) => format(errors),
      onComplete: ({ extra }, id) => void extra.connection?.operations.delete(id),

      execute: execute as never,
      subscribe: subscribe as never,
    },
    sockets,
    PING_MS,
  );

  return {
    upgrade: (request, socket, head) => {
      if (!isSameOrigin(request)) {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
    },
    stop: async () => {
      // A client that has died without a word never answers the close; ws itself would wait half a minute.
      const timer = setTimeout(() => sockets.clients.forEach((client) => client.terminate()), CLOSE_MS);
      await server.dispose();
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

/** Browsers name the page that opens a socket; only our own pages may. Other clients send no Origin. */
function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}
