// The HTTP server: routes, readiness, and a stop that lets what is under way end.

import { createServer } from "node:http";
import type { IncomingMessage, Server as NodeServer, ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Memory } from "../../cache/memory.js";
import type { Server } from "../../ci/server.type.js";
import type { RequestContext } from "../../ci/session.js";
import type { RouteHandler } from "./downloads.js";
import { createGraphQLHttp } from "../transports/http.js";
import { createGraphQLSse, isEventStream } from "../transports/sse.js";
import { createGraphQLWebSocket } from "../transports/websocket.js";
import type { CostOptions } from "../limits/guard.js";
import { createPolicy } from "../pipeline/policy.js";
import type { ClientsOptions } from "../pipeline/policy.js";
import { NO_OBSERVER } from "../pipeline/observer.js";
import type { Observer } from "../pipeline/observer.js";
import type { OperationOptions } from "../pipeline/operation.js";
import { ResponseCache } from "../pipeline/response-cache.js";
import type { ResponseCacheStats } from "../pipeline/response-cache.js";
import { createSubscribe } from "../pipeline/shared-execution.js";
import { createStaticHandler } from "./static.js";

/** Longest wait for operations in flight when stopping. */
const STOP_MS = 10_000;
const READY_MAX_AGE_MS = 2_000;

export interface HttpServerOptions<TContext extends RequestContext> extends OperationOptions<TContext> {
  /** What clients are granted; all at its default where absent. */
  readonly clients?: ClientsOptions | undefined;
  /** What operations cost the servers; nothing where absent. */
  readonly costs?: CostOptions | undefined;
  /** For whole answers; nothing is kept where absent. */
  readonly memory?: Memory;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The configured servers, for `/readyz`. */
  readonly servers: () => readonly Server[];
  /** Folder of the built GraphiQL page. */
  readonly graphiql: string;
  /** What else is served, e.g. a system's files; asked in turn. */
  readonly routes?: readonly RouteHandler[];
  /** Told of each operation. */
  readonly observer?: Observer;
}

export interface HttpServer {
  /** E.g. `http://127.0.0.1:4000`. */
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
  const { observer = NO_OBSERVER } = options;
  const responses = new ResponseCache(options.memory ?? new Memory(0));
  const subscribe = createSubscribe(options, observer);
  const openTransports = async (clients: ClientsOptions | undefined) => {
    const policy = createPolicy(options.schema, clients, options.costs);
    const transport = { ...options, policy, observer };
    return {
      policy,
      graphql: await createGraphQLHttp(transport, responses),
      webSocket: createGraphQLWebSocket(transport, subscribe),
      sse: createGraphQLSse(transport, subscribe),
    };
  };
  let current = await openTransports(options.clients);
  /** Those of earlier policies, while they have sockets or streams: these keep what they began with. */
  let earlier: Pick<typeof current, "webSocket" | "sse">[] = [];
  const graphiql = createStaticHandler(options.graphiql, "/graphiql");
  const readiness = createReadiness(options.servers);
  let stopping: Promise<void> | undefined;
  const answering = new Set<ServerResponse>();

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const { policy, graphql, sse } = current;
    if (policy.cors.handle(request, response)) return;
    if (path === "/graphql/stream" || (path === "/graphql" && isEventStream(request)))
      return sse.handle(request, response);
    if (path === "/graphql") return graphql.handle(request, response);
    if (path === "/" && policy.graphiql) {
      redirect(response, "/graphiql/");
      return;
    }
    if (path === "/healthz") {
      sendJson(response, 200, { status: "ok" });
      return;
    }
    if (path === "/readyz") {
      const state = await readiness();
      sendJson(response, state.ready && stopping === undefined ? 200 : 503, state);
      return;
    }
    for (const handle of options.routes ?? []) if (await handle(request, response)) return;
    if (policy.graphiql && graphiql(request, response)) return;
    sendJson(response, 404, {
      error: `there is nothing at ${path.slice(0, 200)}; see /graphql, /graphiql, /healthz, /readyz`,
    });
  };

  const server = createServer((request, response) => {
    if (stopping !== undefined) response.setHeader("connection", "close");
    answering.add(response);
    response.once("close", () => answering.delete(response));
    route(request, response).catch((error: unknown) => {
      if (!request.destroyed) options.onFault(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: "internal server error" });
    });
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if ((request.url ?? "").split("?", 1)[0] === "/graphql" && stopping === undefined)
      current.webSocket.upgrade(request, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  server.listen(options.port, options.host);
  await once(server, "listening");

  const stop = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    server.closeIdleConnections();
    // Else each connection in use would stay open, idle, until its keep-alive has run out.
    for (const response of answering) if (!response.headersSent) response.setHeader("connection", "close");
    const all = [current, ...earlier];
    for (const { sse } of all) sse.stop();
    await Promise.all(all.map(({ webSocket }) => webSocket.stop()));
    const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
    await closed;
    clearTimeout(timer);
    await current.graphql.stop();
  };
  const grant = async (clients: ClientsOptions): Promise<void> => {
    const next = await openTransports(clients);
    earlier = [...earlier, current].filter(({ webSocket, sse }) => webSocket.size() + sse.size() > 0);
    current = next;
    responses.forgetAll();
  };
  return {
    grant,
    forgetResponses: () => responses.forgetAll(),
    origin: originOf(server, options.host),
    responseStats: () => responses.stats(),
    close: () => (stopping ??= stop()),
  };
}

function originOf(server: NodeServer, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** State of the configured servers, asked at most every two seconds however often the question comes. */
function createReadiness(servers: () => readonly Server[]) {
  const ask = async () => {
    const states = await Promise.all(
      servers().map(async (server) => {
        const { reachable, version } = await server.probe();
        return { name: server.name, reachable, version, events: server.currentEvents().source };
      }),
    );
    // One server that answers is enough to be of use; the others' fields say that they are down.
    return { ready: states.length === 0 || states.some((state) => state.reachable), servers: states };
  };
  let last: { readonly at: number; readonly state: ReturnType<typeof ask> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > READY_MAX_AGE_MS)
      last = { at: performance.now(), state: ask() };
    return last.state;
  };
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location });
  response.end();
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}
