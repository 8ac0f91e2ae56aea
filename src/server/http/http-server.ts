// The HTTP server: it listens, and stops so that what is under way can end.

import { createServer } from "node:http";
import type { Server as NodeServer, ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { GraphQLError } from "graphql";
import type { ClusterStatus } from "../../cluster/cluster.js";
import type { Server } from "../../ci/graph/server.type.js";
import type { RequestContext } from "../../ci/session.js";
import { createHosts } from "../limits/hosts.js";
import { NO_OBSERVER } from "../pipeline/observer.js";
import type { Observer } from "../pipeline/observer.js";
import type { ClientsOptions } from "../pipeline/policy.js";
import type { ResponseCacheStats } from "../pipeline/response-cache.js";
import { refuse } from "../transports/websocket.js";
import { leadIntoBase, takeOffBase } from "./base-path.js";
import { createOperations } from "./operations.js";
import type { Operations, OperationsOptions } from "./operations.js";
import { createPage } from "./page.js";
import { createReadiness } from "./readiness.js";
import { pathOf, route, sendJson } from "./routes.js";
import type { RouteHandler, Routes } from "./routes.js";
import { createStaticHandler } from "./static.js";

/** Longest wait for operations in flight when stopping. */
const STOP_MS = 10_000;

export interface HttpServerOptions<TContext extends RequestContext> extends Omit<
  OperationsOptions<TContext>,
  "observer" | "pageDocuments"
> {
  readonly host: string;
  /** Names by which it may be asked, besides addresses, loopback names and `host`. */
  readonly hosts?: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of a proxy before all paths, e.g. `/etna`; none where absent. They are served without it, too. */
  readonly basePath?: string;
  /** The configured servers, for `/readyz`. */
  readonly servers: () => readonly Server[];
  /** How the other gateways are reached, for `/readyz`. */
  readonly cluster?: () => ClusterStatus;
  /** The schema as text, for `/schema.graphql`. */
  readonly sdl?: () => Promise<string>;
  /** Folder of the built GraphiQL page. */
  readonly graphiql: string;
  /** Folder of the built live page. */
  readonly page: string;
  /** What else is served, e.g. a system's files; asked in turn. */
  readonly routes?: readonly RouteHandler[];
  /** Told of each operation. */
  readonly observer?: Observer;
}

export interface HttpServer {
  /** E.g. `http://127.0.0.1:4000`; `http://0.0.0.0:4000` where it listens on all addresses of the machine. */
  readonly origin: string;
  /** Of whole answers. */
  readonly responseStats: () => ResponseCacheStats;
  /**
   * Grants clients something else from now on. Sockets and streams that are open keep what they began with. Throws, with
   * nothing done, for a trusted document that is none.
   */
  readonly grant: (clients: ClientsOptions) => Promise<void>;
  /** Gives no whole answer again that was put together before now. */
  readonly forgetResponses: () => void;
  /** Takes no more requests, lets those in flight end, closes WebSockets with 1001. Harmless when repeated. */
  readonly close: () => Promise<void>;
}

/** Listens; rejects when the address is taken. */
export async function createHttpServer<TContext extends RequestContext>(
  options: HttpServerOptions<TContext>,
): Promise<HttpServer> {
  const page = createPage(options.page);
  const operations = await createOperations({
    ...options,
    observer: options.observer ?? NO_OBSERVER,
    pageDocuments: page.documents,
  });
  const { responses } = operations;
  let stopping: Promise<void> | undefined;
  const answering = new Set<ServerResponse>();
  const server = listenerOf(
    {
      hosts: createHosts([options.host, ...(options.hosts ?? [])]),
      operations,
      graphiql: createStaticHandler(options.graphiql, "/graphiql"),
      page,
      sdl: options.sdl,
      readiness: createReadiness(options.servers, options.cluster),
      isStopping: () => stopping !== undefined,
      others: options.routes ?? [],
    },
    { answering, onFault: options.onFault, basePath: options.basePath ?? "" },
  );
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    origin: originOf(server, options.host),
    responseStats: () => responses.stats(),
    grant: (clients) => operations.grant(clients),
    forgetResponses: () => responses.forgetAll(),
    close: () => (stopping ??= stop(server, operations, answering)),
  };
}

interface Listening {
  /** Requests under way. */
  readonly answering: Set<ServerResponse>;
  readonly onFault: (error: unknown) => void;
  readonly basePath: string;
}

function listenerOf(routes: Routes, { answering, onFault, basePath }: Listening): NodeServer {
  const server = createServer((request, response) => {
    if (leadIntoBase(request, response, basePath)) return;
    takeOffBase(request, basePath);
    if (routes.isStopping()) response.setHeader("connection", "close");
    answering.add(response);
    response.on("close", () => answering.delete(response));
    route(routes, request, response).catch((error: unknown) => {
      if (!request.destroyed) onFault(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: "internal server error" });
    });
  });
  server.on("connection", (socket) => {
    const place = routes.operations.current().policy.addresses.takeConnection(socket);
    if (place instanceof GraphQLError) refuse(socket, "429 Too Many Requests", place);
    else socket.once("close", place);
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    takeOffBase(request, basePath);
    const misdirected = routes.hosts(request);
    if (misdirected !== null) refuse(socket, "421 Misdirected Request", misdirected);
    else if (pathOf(request) !== "/graphql" || routes.isStopping()) refuse(socket, "404 Not Found", null);
    else routes.operations.current().webSocket.upgrade(request, socket, head);
  });
  return server;
}

async function stop(server: NodeServer, operations: Operations, answering: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  // Else each connection in use would stay open, idle, until its keep-alive has run out.
  for (const response of answering) if (!response.headersSent) response.setHeader("connection", "close");
  await operations.leave();
  const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
  await closed;
  clearTimeout(timer);
  await operations.stop();
}

function originOf(server: NodeServer, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
