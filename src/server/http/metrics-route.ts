// `/metrics`, for Prometheus.

import type { RouteHandler } from "./routes.js";

/** What Prometheus is told. */
export interface MetricsText {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

export function createMetricsRoute({ contentType, text }: MetricsText): RouteHandler {
  return async (request, response) => {
    if ((request.url ?? "").split("?", 1)[0] !== "/metrics") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return true;
    }
    response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" });
    response.end(await text());
    return true;
  };
}
