// Which pages of other origins may call from a browser: those that are configured, by their exact origin. None is the
// default: a page of another origin then gets no answer that it could read.

import type { IncomingMessage, ServerResponse } from "node:http";

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

export function createCors(origins: readonly string[]): Cors {
  const allowed = new Set(origins);
  return {
    handle: (request, response) => {
      const { origin } = request.headers;
      // Also for requests without: a cache must not give their answer to a page.
      if (allowed.size > 0) response.appendHeader("vary", "Origin");
      const asksBeforehand =
        request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
      if (origin !== undefined && allowed.has(origin)) {
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
      origin === undefined || allowed.has(origin) || (URL.canParse(origin) && new URL(origin).host === host),
  };
}
