// GraphQL over WebSocket (graphql-transport-ws), on the same path as HTTP: who may open a socket, and its end.

import { GraphQLError } from "graphql";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RequestContext } from "../../ci/session.js";
import { requestIdOf } from "../pipeline/observer.js";
import { createProtocol } from "./websocket-protocol.js";
import type { ProtocolOptions } from "./websocket-protocol.js";
import { serveSocket } from "./websocket-socket.js";

const PING_MS = 12_000;
/** For the clients' answer to a close, when stopping. */
const CLOSE_MS = 2_000;

export interface WebSocketTransport {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Open sockets. */
  readonly size: () => number;
  /** Closes every socket with 1001, going away. */
  readonly stop: () => Promise<void>;
}

export function createWebSocketTransport<TContext extends RequestContext>(
  options: Omit<ProtocolOptions<TContext>, "requestIds">,
): WebSocketTransport {
  const { limits, addresses, cors } = options.policy;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    // One message in each turn of the event loop, so that a client that sends thousands leaves the others theirs.
    allowSynchronousEvents: false,
    handleProtocols: (protocols) => (protocols.has("graphql-transport-ws") ? "graphql-transport-ws" : false),
  });
  const requestIds = new WeakMap<IncomingMessage, string>();
  sockets.on("headers", (headers, request) => {
    const requestId = requestIdOf(request);
    requestIds.set(request, requestId);
    headers.push(`X-Request-Id: ${requestId}`);
  });
  const server = createProtocol({ ...options, requestIds });
  sockets.on("connection", (socket, request) =>
    serveSocket(server, socket, request, { pingMs: PING_MS, maxValues: limits.jsonValues }, options.onFault),
  );

  return {
    upgrade: (request, socket, head) => {
      if (!cors.mayConnect(request)) {
        refuse(socket, "403 Forbidden", null);
        return;
      }
      const place = addresses.takeSocket(addresses.of(request));
      if (place instanceof GraphQLError) {
        refuse(socket, "429 Too Many Requests", place);
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

/** Answers a connection, or an upgrade, that is refused, and hangs up. */
export function refuse(socket: Duplex, status: string, error: GraphQLError | null): void {
  const body = error === null ? "" : JSON.stringify({ errors: [error] });
  const type = error === null ? [] : ["Content-Type: application/json"];
  const head = [`HTTP/1.1 ${status}`, "Connection: close", ...type, `Content-Length: ${Buffer.byteLength(body)}`];
  // Whatever else comes on it is not answered.
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
