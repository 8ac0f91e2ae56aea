// Which pages of other origins may call from a browser: those that are configured, by their exact origin. None is the
// default: a page of another origin then gets no answer that it could read.

import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopback } from "../../net/loopback.js";

export interface Cors {
  /** Adds what the browser wants to see; true when the request was only its question beforehand, and is answered. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Whether this page may open a WebSocket: Etna's own, a configured one, or no page at all. */
  readonly mayConnect: (request: IncomingMessage) => boolean;
}

const METHODS = "GET, POST";
const HEADERS = "authorization, content-type, x-etna-token, x-etna-trace, apollo-require-preflight, x-request-id";
/** How long a browser may remember the answer. */
const MAX_AGE_SECONDS = 600;

/** @param loopback lets the pages of every server on this machine call, too, whatever their port. */
export function createCors(origins: readonly string[], loopback = false): Cors {
  const named = new Set(origins);
  const isAllowed = (origin: string) => named.has(origin) || (loopback && isOfLoopback(origin));
  return {
    handle: (request, response) => {
      const { origin } = request.headers;
      // Also for requests without: a cache must not give their answer to a page.
      if (named.size > 0 || loopback) response.appendHeader("vary", "Origin");
      const asksBeforehand =
        request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
      if (origin !== undefined && isAllowed(origin)) {
        response.setHeader("access-control-allow-origin", origin);
        response.setHeader("access-control-expose-headers", "retry-after, x-request-id");
        if (asksBeforehand) {
          response.setHeader("access-control-allow-methods", METHODS);
          response.setHeader("access-control-allow-headers", HEADERS);
          response.setHeader("access-control-max-age", String(MAX_AGE_SECONDS));
        }
      }
      if (!asksBeforehand) return false;
      response.writeHead(204).end();
      return true;
    },
    mayConnect: ({ headers: { origin, host } }) =>
      origin === undefined || isAllowed(origin) || (URL.canParse(origin) && new URL(origin).host === host),
  };
}

function isOfLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return isLoopback(hostname) || hostname.endsWith(".localhost");
}
