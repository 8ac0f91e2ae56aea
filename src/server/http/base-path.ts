// A proxy's folder before Etna's own paths: `listen.basePath`.

import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Takes the folder off a request's address. A request without it is served as it is: it comes from a proxy that took the
 * folder off itself, or from a probe that asks Etna directly.
 * @param basePath e.g. `/etna`; empty for none.
 */
export function takeOffBase(request: IncomingMessage, basePath: string): void {
  const { url = "/" } = request;
  if (basePath !== "" && url.startsWith(`${basePath}/`)) request.url = url.slice(basePath.length);
}

/** Leads from the folder's name without a slash into it: relative addresses in a page would miss it otherwise. */
export function leadIntoBase({ url = "/" }: IncomingMessage, response: ServerResponse, basePath: string): boolean {
  if (basePath === "") return false;
  const [path, ...query] = url.split("?");
  if (path !== basePath) return false;
  const name = basePath.slice(basePath.lastIndexOf("/") + 1);
  response.writeHead(302, { location: [`${name}/`, ...query].join("?") }).end();
  return true;
}
