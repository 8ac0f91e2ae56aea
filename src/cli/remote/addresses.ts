// What a command is to wait for, as its users write it: a number, `build:4711`, or the address of a page.

import { isLoopback } from "../../net/loopback.js";
import { withoutTrailingSlashes } from "../../net/trailing-slashes.js";
import { parseUrl } from "../../net/url.js";
import { FindByAddressDocument } from "../generated/graphql.js";
import { CommandError, EXIT } from "../exit.js";
import type { Remote } from "./gateway.js";
import { request } from "./request.js";

/** Test jobs of one LAVA, and builds and evaluations of one Cuirass; a server is null for the gateway's only one. */
export interface Targets {
  readonly jobIds: readonly string[];
  readonly lava: string | null;
  readonly buildIds: readonly number[];
  readonly evaluationIds: readonly number[];
  readonly cuirass: string | null;
}

interface Target {
  readonly kind: "testJob" | "build" | "evaluation";
  readonly id: string;
  /** Null where only its number is known. */
  readonly server: string | null;
}

/** The largest number that GraphQL's Int holds. */
const ID_MAX = 2 ** 31 - 1;

/** Whether it is a Cuirass' by its form alone: Cuirass has no users, so nothing about it needs a token. */
export function isCuirass(name: string): boolean {
  if (/^(?:build|evaluation):/.test(name)) return true;
  if (!/^https?:/i.test(name)) return false;
  const page = readPage(name);
  return page === null ? /^[^?#]*\/(?:build|eval)\/\d+(?:[/?#]|$)/.test(name) : page.target.kind !== "testJob";
}

/** Throws `CommandError` for a name or address of nothing that can be waited for, and for those of several servers. */
export async function readTargets(remote: Remote, names: readonly string[]): Promise<Targets> {
  const { server, namedServer } = remote;
  const found = await Promise.all(names.map(async (name) => readTarget(remote, name)));
  const idsOf = (kind: Target["kind"]) => [...new Set(found.filter((one) => one.kind === kind).map(({ id }) => id))];
  const jobs = found.filter(({ kind }) => kind === "testJob");
  const others = found.filter(({ kind }) => kind !== "testJob");
  if (namedServer !== null && jobs.length > 0 && others.length > 0) {
    throw new CommandError(
      `--server ${namedServer}: test jobs and builds are of different servers; wait for each by itself`,
      EXIT.usage,
    );
  }
  return {
    jobIds: idsOf("testJob"),
    lava: onlyServer(jobs, server, "test jobs"),
    buildIds: idsOf("build").map(Number),
    evaluationIds: idsOf("evaluation").map(Number),
    cuirass: onlyServer(others, namedServer, "builds and evaluations"),
  };
}

function onlyServer(targets: readonly Target[], named: string | null, what: string): string | null {
  const servers = new Set(targets.flatMap(({ server }) => server ?? []));
  if (named !== null) servers.add(named);
  const [name = null, other] = servers;
  if (other === undefined) return name;
  throw new CommandError(`the ${what} are of several servers (${[...servers].join(", ")}); wait for each`, EXIT.usage);
}

/** One test job, by its number or its page's address. Throws `CommandError`. */
export async function readJob(remote: Remote, name: string): Promise<{ jobId: string; server: string | null }> {
  const { kind, id, server } = await readTarget(remote, name);
  if (kind !== "testJob") throw new CommandError(`${name} is no test job`, EXIT.usage);
  return { jobId: id, server: onlyServer([{ kind, id, server }], remote.server, "test job") };
}

/** One build, by its number, as `build:4711`, or by its page's address. Throws `CommandError`. */
export async function readBuild(remote: Remote, name: string): Promise<{ buildId: number; server: string | null }> {
  const target = await readTarget(remote, /^\d+$/.test(name) ? `build:${name}` : name);
  if (target.kind !== "build") throw new CommandError(`${name} is no build`, EXIT.usage);
  return { buildId: Number(target.id), server: onlyServer([target], remote.server, "build") };
}

async function readTarget(remote: Remote, name: string): Promise<Target> {
  if (/^https?:/i.test(name)) return readPageOf(remote, name) ?? find(remote, name);
  const [, kind, id = ""] = /^(build|evaluation):(.*)$/s.exec(name) ?? [];
  if (kind !== "build" && kind !== "evaluation") return { kind: "testJob", id: name, server: null };
  if (/^\d+$/.test(id) && Number(id) <= ID_MAX) return { kind, id: String(Number(id)), server: null };
  throw new CommandError(`${name}: write the ${kind}'s number, e.g. ${kind}:4711`, EXIT.usage);
}

const PAGE_KINDS = { job: "testJob", build: "build", evaluation: "evaluation" } as const;

interface LivePage {
  readonly target: Target;
  /** The gateway whose page it is. */
  readonly gateway: URL;
}

/** Of the address of Etna's live page (src/page/routes.ts); null for every other, none of which has a name before the number. */
function readPage(address: string): LivePage | null {
  const url = parseUrl(address);
  const [, base = "", kind = "", server = "", id = ""] =
    /^(.*)\/(job|build|evaluation)\/([A-Za-z][\w-]*)\/(\d+(?:\.\d+)?)\/?$/.exec(url?.pathname ?? "") ?? [];
  if (url === null || (kind !== "job" && kind !== "build" && kind !== "evaluation")) return null;
  return { target: { kind: PAGE_KINDS[kind], id, server }, gateway: new URL(base, url.origin) };
}

/** Throws `CommandError` for a page of another gateway, whose servers may have the same names. */
function readPageOf({ url }: Remote, address: string): Target | null {
  const page = readPage(address);
  if (page === null) return null;
  const { target, gateway } = page;
  const isSameHost =
    gateway.host === url.host ||
    (gateway.port === url.port && isLoopback(gateway.hostname) && isLoopback(url.hostname));
  if (isSameHost && url.pathname === `${withoutTrailingSlashes(gateway.pathname)}/graphql`) return target;
  const other = withoutTrailingSlashes(gateway.href);
  throw new CommandError(`${address} is a page of another gateway; ask that one, with --url ${other}`, EXIT.usage);
}

async function find(remote: Remote, address: string): Promise<Target> {
  const { search } = await request(remote, FindByAddressDocument, { address });
  const [hit] = search ?? [];
  if (hit != null) {
    const { node, server } = hit;
    if ("jobId" in node) return { kind: "testJob", id: node.jobId, server: server.name };
    if ("buildId" in node) return { kind: "build", id: String(node.buildId), server: server.name };
    if ("evaluationId" in node) return { kind: "evaluation", id: String(node.evaluationId), server: server.name };
  }
  throw new CommandError(
    `${address}: no test job has this address on the gateway's servers, no build and no evaluation, or it is not shown to you`,
    EXIT.usage,
  );
}
