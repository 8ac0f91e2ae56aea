// What is served at which path.

import type { IncomingMessage, ServerResponse } from "node:http";
import { VERSION } from "../../version.js";
import type { Hosts } from "../limits/hosts.js";
import type { Operations } from "./operations.js";
import type { Page } from "./page.js";
import type { Readiness } from "./readiness.js";
import type { StaticHandler } from "./static.js";

/** Answers a request and gives true, or leaves it alone. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface Routes {
  readonly hosts: Hosts;
  readonly operations: Operations;
  readonly graphiql: StaticHandler;
  readonly page: Page;
  /** The schema as text; nothing is served where absent. */
  readonly sdl?: (() => Promise<string>) | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly isStopping: () => boolean;
  /** What else is served, e.g. a system's files; asked in turn. */
  readonly others: readonly RouteHandler[];
}

/** For probes, which ask by whatever name; they tell nothing that a page could use. */
const FOR_PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

export async function route(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(request);
  const { policy, http } = routes.operations.current();
  const misdirected = FOR_PROBES.has(path) ? null : routes.hosts(request);
  if (misdirected !== null) {
    sendJson(response, 421, { errors: [misdirected] });
    return;
  }
  if (policy.cors.handle(request, response)) return;
  switch (path) {
    case "/graphql":
      return http.handle(request, response, "graphql");
    case "/graphql/stream":
      return http.handle(request, response, "stream");
    case "/schema.graphql":
      if (routes.sdl === undefined) break;
      sendSdl(response, policy.introspection ? await routes.sdl() : null);
      return;
    case "/healthz":
      sendJson(response, 200, { status: "ok", version: VERSION });
      return;
    case "/readyz": {
      const state = await routes.readiness();
      sendJson(response, state.ready && !routes.isStopping() ? 200 : 503, state);
      return;
    }
  }
  if (policy.page && routes.page.handle(request, response, policy.graphiql)) return;
  if (path === "/" && policy.graphiql) {
    response.writeHead(302, { location: "graphiql/" }).end();
    return;
  }
  for (const handle of routes.others) if (await handle(request, response)) return;
  if (policy.graphiql && routes.graphiql(request, response)) return;
  sendJson(response, 404, {
    error: `there is nothing at ${path.slice(0, 200)}; see /graphql, /graphiql, /healthz, /readyz, and / in a browser`,
  });
}

/** @param sdl null where clients may not ask for the schema. */
function sendSdl(response: ServerResponse, sdl: string | null): void {
  if (sdl === null) {
    sendJson(response, 403, { error: "introspection is off at this gateway, and so is its schema" });
    return;
  }
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" }).end(sdl);
}

export function pathOf({ url = "/" }: IncomingMessage): string {
  const end = url.indexOf("?");
  return end === -1 ? url : url.slice(0, end);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}
