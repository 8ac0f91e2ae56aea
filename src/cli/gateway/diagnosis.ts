// Why a server is not at its configured address, and what to write instead. Asks a few questions more of what answers there.

import { request } from "undici";
import type { CiSystem, ServerOptions } from "../../ci/system.js";
import type { ServerProbe } from "../../ci/server.js";
import { withoutTrailingSlashes } from "../../net/trailing-slashes.js";
import { ALL_SYSTEMS } from "../../systems.js";
import { connectionWords } from "../remote/connection-words.js";

export interface Diagnosis {
  /** What is wrong and what to do; null where nothing better is known. */
  readonly advice: string | null;
  /** Whether nothing answered at all: the advice then says all there is. */
  readonly isConnection: boolean;
}

interface Look {
  readonly status: number;
  /** Where it leads on to; null where it does not. */
  readonly location: string | null;
}

const LOOK_MS = 10_000;
/** How many parts of a path are left off at most. */
const PARENTS_MAX = 4;

/** Whether a look proves that it is such a server: one that only wants a login may be anything. */
export function isProof({ hasUsers }: Pick<CiSystem, "hasUsers">, { reachable, version }: ServerProbe): boolean {
  return reachable && (version !== null || !hasUsers);
}

export async function diagnose(system: CiSystem, options: ServerOptions): Promise<Diagnosis> {
  const { url } = options;
  let reply: Look;
  try {
    // Not `fetch`, which refuses some ports by itself.
    const { statusCode: status, headers, body } = await request(url, { signal: AbortSignal.timeout(LOOK_MS) });
    await body.dump();
    const { location } = headers;
    reply = { status, location: typeof location === "string" ? location : null };
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const advice = late ? `${url.host} accepts the connection but does not answer` : connectionWords(error, url);
    return { advice: (await aboutScheme(system, options)) ?? advice, isConnection: true };
  }
  const advice =
    (await aboutPath(system, options)) ??
    (await aboutKind(system, url)) ??
    (await aboutScheme(system, options)) ??
    statusWords(reply, url, system.title);
  return { advice, isConnection: false };
}

/** `…/RPC2`, `…/api/v0.2/`, a page's address: the server is further up. */
async function aboutPath(system: CiSystem, options: ServerOptions): Promise<string | null> {
  const parts = withoutTrailingSlashes(options.url.pathname).split("/").slice(1);
  for (let left = 1; left <= Math.min(parts.length, PARENTS_MAX); left += 1) {
    const parent = new URL(options.url);
    parent.pathname = `/${parts.slice(0, -left).join("/")}`;
    if (!(await isThere(system, { ...options, url: parent }))) continue;
    const tail = parts.slice(-left).join("/");
    return `leave off /${tail}: the ${system.title} is at ${withoutTrailingSlashes(parent.href)}`;
  }
  return null;
}

/** Another system answers there. */
async function aboutKind(system: CiSystem, url: URL): Promise<string | null> {
  for (const other of ALL_SYSTEMS) {
    if (other.kind === system.kind) continue;
    const own = other.config.read({ url: url.href }, other.kind, []);
    if (await isThere(other, { ...own, name: other.kind, url }))
      return `this is a ${other.title}: write it under \`${other.kind}\`, or --${other.kind} ${url.href}`;
  }
  return null;
}

/** The same host speaks the other of http and https there. */
async function aboutScheme(system: CiSystem, options: ServerOptions): Promise<string | null> {
  const other = new URL(options.url);
  other.protocol = other.protocol === "https:" ? "http:" : "https:";
  if (!(await isThere(system, { ...options, url: other }))) return null;
  return `the port speaks ${other.protocol.replace(":", "")}: write ${withoutTrailingSlashes(other.href)}`;
}

/** Without any token: the address may be a wrong one. */
async function isThere(system: CiSystem, { name, url, limits }: ServerOptions): Promise<boolean> {
  const own = system.config.read({ url: url.href }, system.kind, []);
  const running = system.create([{ ...own, name, url, limits }]);
  try {
    const [server] = running.servers;
    return server !== undefined && isProof(system, await server.probe());
  } finally {
    await running.close();
  }
}

function statusWords({ status, location }: Look, url: URL, title: string): string {
  if (status >= 300 && status < 400 && location !== null && URL.canParse(location, url.href))
    return `it leads on to ${new URL(location, url).href}; write the ${title}'s own address`;
  if (status === 401 || status === 403)
    return `something before it wants a login (HTTP status ${status}), which Etna can't give; let Etna's machine pass`;
  if (status >= 500) return `what answers there fails itself (HTTP status ${status}); a proxy may not reach its server`;
  return `a web server answers there, but not as a ${title} does; check the address, it is that of the start page`;
}
