// Everything Etna asks of one LAVA server, typed. Knows no GraphQL. Each call names the viewer it is made for.

import { UpstreamError } from "../../errors.js";
import { decode, malformed } from "../../net/decode.js";
import type { Authorization } from "../../net/authorization.js";
import type { HttpStream } from "../../net/http.js";
import { RIGHTS_DEFAULT_MS } from "../../net/read.js";
import { placed } from "../../net/rows.js";
import type { OddRow } from "../../net/rows.js";
import type { Read } from "../../net/read.js";
import { detached } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import type { Upstream } from "../../cache/upstream.js";
import { ServerCapability } from "../../ci/enums.js";
import { clock } from "../../ci/live/clock.js";
import { ActionsClient } from "./actions-client.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId, LavaSubId } from "../protocol/ids.js";
import {
  KEEP_DEVICE_LISTS,
  KEEP_JOB_LISTS,
  KEEP_SLOW,
  KEEP_WORKER_LISTS,
  keepDevices,
  keepJobs,
  readFinal,
} from "./keep.js";
import type { EndedJob, Keep } from "./keep.js";
import { LavaRest } from "./rest.js";
import type { RestRequest } from "./rest.js";
import type { Query } from "../protocol/job-search.js";
import { JobExtrasClient } from "./job-extras-client.js";
import { LabClient } from "./lab-client.js";
import { ResultsClient, isHidden } from "./results-client.js";
import { ServerVersion, capabilitiesOf, releaseOf, toServerWords } from "./server-version.js";
import {
  wireCount,
  wireFiles,
  wireText,
  wireDevices,
  wireDeviceShow,
  wireDeviceTypes,
  wireJobShow,
  wireMasterConfig,
  wireTestJobs,
  wireVersion,
  wireWhoami,
  wireWorkers,
} from "../protocol/wire.js";
import type {
  WireDevice,
  WireDeviceShow,
  WireDeviceType,
  WireJobShow,
  WireTestJob,
  WireWorker,
} from "../protocol/wire.js";
import { Replica } from "../replica/replica.js";
import type { ReplicaOptions } from "../replica/replica.js";
import type { Since } from "../replica/known-rows.js";
import { LavaXmlRpc, multicallParts } from "./xml-rpc.js";
import type { KeptCall } from "./xml-rpc.js";
import type { RpcValue } from "../../codec/xml-rpc-codec.js";

/** A list as LAVA gives it: `count` is of all that the viewer may see and that the filter lets through. */
export interface WireList<T> {
  readonly count: number;
  readonly results: readonly T[];
}

/** A list whose count is known only where it was asked for, or came by the way. */
export interface JobList {
  readonly count: number | null;
  readonly results: readonly WireTestJob[];
}

export interface JobsOptions {
  readonly keep?: Keep;
  /** Whether `count` is needed. */
  readonly counted?: boolean;
  /** Nothing older than this will do, on the clock of `clock.ts`: for those who ask for no operation. */
  readonly since?: number;
}

/** Things by key, as far as the asker may see them. */
export interface Shown<K, V> {
  readonly values: ReadonlyMap<K, V>;
  /** No read that they rest on began before this moment, on the clock of `clock.ts`. */
  readonly begun: number;
}

/** Ids in one URL; 800 worked on 2023.01, but proxies before it are often narrower. */
const IDS_PER_REQUEST = 200;
/** Devices, device types or workers of a lab that are read as one list. */
const WHOLE_MAX = 1_000;
/** How long a token's owner is cached, where LAVA checks the token again with the call that it goes with. */
const OWNER_MS = 3_600_000;
/** Users whose names are cached. */
const ACCOUNTS_MAX = 10_000;

/** One LAVA server. Methods throw `UpstreamError` and `Overflow`. */
export class LavaClient {
  readonly #rest: LavaRest;
  readonly #rpc: LavaXmlRpc;
  /** Suites, cases and exports of test jobs. */
  readonly results: ResultsClient;
  /** Changes that viewers ask for. */
  readonly actions: ActionsClient;
  /** What is known around test jobs. */
  readonly extras: JobExtrasClient;
  /** The lab and the server itself. */
  readonly lab: LabClient;
  /** User name by token's fingerprint: asked again after a while, since a token may be revoked. */
  readonly #users = new Map<string, { readonly user: Promise<string>; readonly since: number }>();
  readonly #version = new ServerVersion();
  /** What is read once for all viewers; null where each viewer's reads stay apart. */
  readonly replica: Replica | null;

  /** @param rightsMs how long LAVA's word on a token holds. */
  constructor(
    private readonly upstream: Upstream,
    private readonly rightsMs = RIGHTS_DEFAULT_MS,
    replica: ReplicaOptions | null = null,
  ) {
    this.#rest = new LavaRest(upstream);
    this.#rpc = new LavaXmlRpc(
      upstream,
      (ask) => this.owner(ask),
      ({ viewer }) => this.#users.delete(viewer),
    );
    const transport = { server: upstream.server, upstream, rest: this.#rest, rpc: this.#rpc };
    this.results = new ResultsClient(transport);
    this.actions = new ActionsClient(transport);
    this.extras = new JobExtrasClient(transport);
    this.lab = new LabClient(transport);
    this.replica = replica === null ? null : new Replica(replica, this.#source());
  }

  get server(): string {
    return this.upstream.server;
  }

  /** A page of `jobs/`; `state__in` and `health__in` hold LAVA's words. Without `ordering` LAVA's order is undefined. */
  async jobs(
    query: Query,
    ask: Ask,
    { keep = KEEP_JOB_LISTS, counted = false, since }: JobsOptions = {},
  ): Promise<JobList> {
    const isAsked = ask.scope !== null || since !== undefined;
    const known = isAsked ? await this.replica?.window.list(query, ask, { counted, since: since ?? -Infinity }) : null;
    if (known != null) return known;
    return this.#jobList(query, ask, keep);
  }

  /** Test jobs by id; what is unknown or not visible is left out. */
  async jobsById(ids: readonly LavaJobId[], ask: Ask): Promise<readonly WireTestJob[]> {
    return [...(await this.shownJobs(ids, ask)).values.values()];
  }

  /** The same by id, as of reads that are no older than the limits. */
  async shownJobs(ids: readonly LavaJobId[], ask: Ask, limits?: Since): Promise<Shown<LavaJobId, WireTestJob>> {
    if (this.replica !== null) return this.replica.jobs.read(ids, ask, limits ?? limitsOf(ask));
    return shownOf(await this.#jobsById(ids, ask, true), ({ id }) => toJobId(id));
  }

  /** The same of devices, the retired ones too, by hostname. */
  async shownDevices(names: readonly string[], ask: Ask, limits?: Since): Promise<Shown<string, WireDevice>> {
    if (this.replica !== null) return this.replica.devices.read(names, ask, limits ?? limitsOf(ask));
    return shownOf(await this.#devicesByName(names, ask, true), ({ hostname }) => hostname);
  }

  async shownDeviceTypes(names: readonly string[], ask: Ask): Promise<Shown<string, WireDeviceType>> {
    if (this.replica !== null) return this.replica.deviceTypes.read(names, ask);
    return shownOf(await this.#typesByName(names, ask, true), ({ name }) => name);
  }

  async shownWorkers(names: readonly string[], ask: Ask, limits?: Since): Promise<Shown<string, WireWorker>> {
    if (this.replica !== null) return this.replica.workers.read(names, ask, limits ?? limitsOf(ask));
    return shownOf(await this.#workersByName(names, ask, true), ({ hostname }) => hostname);
  }

  async devices(query: Query, ask: Ask): Promise<WireList<WireDevice>> {
    const known = await this.replica?.lab.listDevices(query, ask);
    return known ?? this.#list("devices/", query, ask, wireDevices, KEEP_DEVICE_LISTS);
  }

  /** All devices that a filter lets through, by hostname. */
  async allDevices(query: Query, ask: Ask): Promise<readonly WireDevice[]> {
    const known = await this.replica?.lab.listDevices({ ...query, ordering: "hostname" }, ask);
    return known == null ? this.lab.devices(query, ask) : known.results;
  }

  async deviceTypes(query: Query, ask: Ask): Promise<WireList<WireDeviceType>> {
    const known = await this.replica?.lab.listDeviceTypes(query, ask);
    return known ?? this.#list("devicetypes/", query, ask, wireDeviceTypes, KEEP_SLOW);
  }

  async workers(query: Query, ask: Ask): Promise<WireList<WireWorker>> {
    const known = await this.replica?.lab.listWorkers(query, ask);
    return known ?? this.#list("workers/", query, ask, wireWorkers, KEEP_WORKER_LISTS);
  }

  /** Asks for the server's version, e.g. `2023.01`. The cheapest question there is: 2 ms, no database. */
  async version(ask: Ask): Promise<string> {
    const version = await this.#askVersion(ask);
    this.#version.note(version);
    return version;
  }

  /** The server's version as it was some minutes ago. A server that wants a login tells it to users only. */
  async knownVersion(ask: Ask): Promise<string> {
    // Others wait for it too, so that it must not end with the operation that was the first to ask.
    return this.#version.get(async () => this.#askVersion(detached(ask)));
  }

  /** By XML-RPC where REST does not tell, which is so before 2020.05. */
  async #askVersion(ask: Ask): Promise<string> {
    const path = "system/version/";
    const method = "system.version";
    try {
      return (await this.#found(path, ask, wireVersion)).version;
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.status !== 404) throw error;
      return decode({ server: this.server, operation: method }, wireText, await this.#rpc.call(method, [], ask));
    }
  }

  /** The token's owner; null for anonymous. Throws `UpstreamDenied` for a token that LAVA does not know. */
  async whoami(ask: Ask): Promise<string | null> {
    return this.#owner(ask, this.rightsMs);
  }

  /** The same as it was an hour ago at most: a name beside a token, which LAVA refuses where they don't belong together. */
  async owner(ask: Ask): Promise<string | null> {
    return this.#owner(ask, OWNER_MS);
  }

  async #owner(ask: Ask, holdsMs: number): Promise<string | null> {
    if (ask.token === null) return null;
    const key = ask.viewer;
    const now = performance.now();
    const known = this.#users.get(key);
    if (known !== undefined && now - known.since < holdsMs) return known.user;
    // Others wait for it too, so that it must not end with the operation that was the first to ask.
    const user = this.#found("system/whoami/", detached(ask), wireWhoami).then((answer) => answer.user);
    user.catch(() => {
      if (this.#users.get(key)?.user === user) this.#users.delete(key);
    });
    if (this.#users.size >= ACCOUNTS_MAX) this.#users.clear();
    this.#users.set(key, { user, since: now });
    return user;
  }

  /** What only XML-RPC tells of test jobs: tags by name, visibility, and the id that a multinode job goes by. */
  async showJobs(ids: readonly (LavaJobId | LavaSubId)[], ask: Ask): Promise<(WireJobShow | UpstreamError | null)[]> {
    const calls = ids.map((id) => ({ method: "scheduler.jobs.show", params: [id], keep: keepJobs([id]) }));
    return this.#show(calls, ask, wireJobShow);
  }

  /** What only XML-RPC tells of devices: the current job, and tags by name to anonymous too. */
  async showDevices(hostnames: readonly string[], ask: Ask): Promise<(WireDeviceShow | UpstreamError | null)[]> {
    const method = "scheduler.devices.show";
    const calls = hostnames.map((hostname) => ({ method, params: [hostname], keep: keepDevices([hostname]) }));
    return this.#show(calls, ask, wireDeviceShow);
  }

  /**
   * Texts of the files that a worker got for a job, null for one that it did not use: definition, device, dispatcher,
   * environment, environment of devices. Null for a job that has not started, or is hidden.
   */
  async configuration(id: LavaJobId, ask: Ask): Promise<readonly (string | null)[] | null> {
    const method = "scheduler.jobs.configuration";
    let answer: RpcValue;
    try {
      answer = await this.#rpc.call(method, [id], ask);
    } catch (error) {
      if (error instanceof UpstreamError && isHidden(error)) return null;
      throw error;
    }
    if (answer === null) return null;
    return decode({ server: this.server, operation: method }, wireFiles, answer);
  }

  /** Log lines `start` to `end` (exclusive; null: to the end), as YAML list items. Null when there is none, or no right. */
  async log(id: LavaJobId, start: number, end: number | null, ask: Ask): Promise<HttpStream | null> {
    return this.#rest.stream(logRequest(id, start, end), ask);
  }

  /** The same of a finished job, as text and from memory where it is there. */
  async finalLog(job: EndedJob, start: number, end: number, ask: Ask): Promise<string | null> {
    return this.upstream.read(readFinal(`log ${start}-${end}`, job, ask), ask, (fetching) =>
      this.#rest.text(logRequest(job.id, start, end), fetching),
    );
  }

  /** How many lines a log has now, 0 for a job that has none or is hidden; null where only reading it tells. */
  async logLineCount(id: LavaJobId, ask: Ask): Promise<number | null> {
    if (!capabilitiesOf(await this.knownVersion(ask)).includes(ServerCapability.LOG_LINE_COUNT)) return null;
    const method = "scheduler.jobs.logs_count";
    try {
      return decode({ server: this.server, operation: method }, wireCount, await this.#rpc.call(method, [id], ask));
    } catch (error) {
      if (error instanceof UpstreamError && isHidden(error)) return 0;
      throw error;
    }
  }

  /**
   * Log lines from `start` to `end` (exclusive) that are there now, and whether the job has ended: LAVA looks at the
   * job before the log, so that nothing is missing when it has. Null when the viewer may not see the job.
   */
  async logTail(
    id: LavaJobId,
    start: number,
    end: number,
    ask: Ask,
  ): Promise<{ readonly lines: readonly string[]; readonly finished: boolean } | null> {
    const method = "scheduler.jobs.logs";
    let answer: RpcValue;
    try {
      answer = await this.#rpc.call(method, [id, start, end], ask);
    } catch (error) {
      if (error instanceof UpstreamError && isHidden(error)) return null;
      throw error;
    }
    const [finished, log] = Array.isArray(answer) ? answer : [];
    if (typeof finished !== "boolean" || !Buffer.isBuffer(log)) {
      throw malformed({ server: this.server, operation: method }, "expected a boolean and base64");
    }
    const text = log.toString("utf8");
    // A job without a log has an empty list in its place.
    const lines = text === "" || text === "[]" ? [] : text.replace(/\n$/, "").split("\n");
    return { lines, finished };
  }

  /** Whether the server sends events at all: it does not unless its administrator said so. */
  async publishesEvents(ask: Ask): Promise<boolean> {
    const path = "system/master_config/";
    return (await this.#found(path, ask, wireMasterConfig)).EVENT_NOTIFICATION;
  }

  /** The publisher's address as LAVA's settings have it, e.g. `tcp://*:5500`. */
  async publisherAddress(ask: Ask): Promise<string> {
    const method = "scheduler.get_publisher_event_socket";
    const address = await this.#rpc.call(method, [], ask);
    if (typeof address === "string") return address;
    throw malformed({ server: this.server, operation: method }, `expected text, got ${typeof address}`);
  }

  /** The server itself, for the replica. */
  #source() {
    return {
      server: this.server,
      jobs: (ids: readonly LavaJobId[], ask: Ask) => this.#jobsById(ids, ask, false),
      jobList: async (query: Query, ask: Ask) => (await this.#jobList(query, ask, undefined)).results,
      devices: (names: readonly string[], ask: Ask) => this.#devicesByName(names, ask, false),
      deviceTypes: (names: readonly string[], ask: Ask) => this.#typesByName(names, ask, false),
      workers: (names: readonly string[], ask: Ask) => this.#workersByName(names, ask, false),
      allDevices: (ask: Ask) => this.#whole("devices/", { ordering: "hostname", all: true }, wireDevices, ask),
      allDeviceTypes: (ask: Ask) => this.#whole("devicetypes/", { ordering: "name" }, wireDeviceTypes, ask),
      allWorkers: (ask: Ask) => this.#whole("workers/", { ordering: "hostname" }, wireWorkers, ask),
      check: (ask: Ask) => this.whoami(ask),
    };
  }

  /** @param kept whether the answers may be remembered for the asker. */
  async #jobsById(ids: readonly LavaJobId[], ask: Ask, kept: boolean): Promise<readonly WireTestJob[]> {
    return this.#inParts(ids, (part) => {
      const query = { id__in: part.join(","), limit: part.length };
      return this.#list("jobs/", query, ask, wireTestJobs, kept ? keepJobs(part) : undefined);
    });
  }

  async #devicesByName(names: readonly string[], ask: Ask, kept: boolean): Promise<readonly WireDevice[]> {
    return this.#inParts(names, (part) => {
      const query = { hostname__in: part.join(","), all: true, limit: part.length };
      return this.#list("devices/", query, ask, wireDevices, kept ? KEEP_DEVICE_LISTS : undefined);
    });
  }

  async #typesByName(names: readonly string[], ask: Ask, kept: boolean): Promise<readonly WireDeviceType[]> {
    return this.#inParts(names, (part) => {
      const query = { name__in: part.join(","), limit: part.length };
      return this.#list("devicetypes/", query, ask, wireDeviceTypes, kept ? KEEP_SLOW : undefined);
    });
  }

  async #workersByName(names: readonly string[], ask: Ask, kept: boolean): Promise<readonly WireWorker[]> {
    return this.#inParts(names, (part) => {
      const query = { hostname__in: part.join(","), limit: part.length };
      return this.#list("workers/", query, ask, wireWorkers, kept ? KEEP_WORKER_LISTS : undefined);
    });
  }

  /** A list in one request; null where that does not hold all of it, or one can't be read. */
  async #whole<V extends OddRow>(path: string, query: Query, schema: Schema<WireList<V>>, ask: Ask) {
    const { count, results } = await this.#list(path, { ...query, limit: WHOLE_MAX }, ask, schema, undefined);
    return results.length < count || placed(results).length < results.length ? null : results;
  }

  /** @param keep absent: it is not remembered for the asker. */
  async #jobList(query: Query, ask: Ask, keep: Keep | undefined): Promise<WireList<WireTestJob>> {
    const inItsWords = await toServerWords(query, async () => releaseOf(await this.knownVersion(ask)));
    const onFetch = () => this.replica?.window.demanded(query);
    const more = keep === undefined ? {} : { keep, onFetch };
    return this.#found("jobs/", ask, wireTestJobs, { query: inItsWords, ...more });
  }

  async #inParts<K, V extends OddRow>(
    keys: readonly K[],
    list: (part: readonly K[]) => Promise<WireList<V>>,
  ): Promise<readonly V[]> {
    const parts = chunks(keys, IDS_PER_REQUEST);
    const pages = await Promise.all(parts.map(list));
    return pages.flatMap(({ results }, at) => {
      const rows = placed(results);
      // Which one it is can't be told, and none of them is to look as if it were not there.
      const lost = results.find((row) => row.lost !== undefined)?.lost;
      if (lost !== undefined && rows.length < (parts[at] ?? []).length)
        throw malformed({ server: this.server, operation: "a list" }, lost);
      return rows;
    });
  }

  async #list<T extends WireList<unknown>>(
    path: string,
    query: Query,
    ask: Ask,
    schema: Schema<T>,
    keep: Keep | undefined,
  ): Promise<T> {
    return this.#found(path, ask, schema, keep === undefined ? { query } : { query, keep });
  }

  async #found<T>(
    path: string,
    ask: Ask,
    schema: Schema<T>,
    more: Partial<Pick<RestRequest, "query" | "keep" | "onFetch">> = {},
  ): Promise<T> {
    const found = await this.#rest.get({ path, route: path, ...more }, ask, schema);
    this.replica?.admitted(ask);
    if (found !== null) return found;
    throw new UpstreamError({
      kind: "UpstreamRejected",
      server: this.server,
      operation: `GET ${path}`,
      message: "answered 404: this server does not know the path",
      status: 404,
    });
  }

  /** What a `show` method tells of each of these; null for what is unknown or not visible. */
  async #show<T>(calls: readonly KeptCall[], ask: Ask, schema: Schema<T>): Promise<(T | UpstreamError | null)[]> {
    const parts = multicallParts(calls, this.upstream.isCrowded).map((part) => this.#rpc.multicallKept(part, ask));
    const answers = (await Promise.all(parts)).flat();
    return answers.map((answer, at) => this.#shown(answer, calls[at]?.method ?? "", schema));
  }

  #shown<T>(answer: RpcValue | UpstreamError, operation: string, schema: Schema<T>): T | UpstreamError | null {
    if (answer instanceof UpstreamError) return isHidden(answer) ? null : answer;
    try {
      return decode<T>({ server: this.server, operation }, schema, answer);
    } catch (error) {
      return asError(error);
    }
  }

  /** What takes more than one request, through the cache: as `Upstream.read` and `readMany`. */
  read<T>(read: Read, ask: Ask, load: (ask: Ask) => Promise<T>): Promise<T> {
    return this.upstream.read(read, ask, load);
  }

  readMany<T>(
    reads: readonly Read[],
    ask: Ask,
    load: (ask: Ask, places: readonly number[]) => Promise<readonly (T | Error)[]>,
  ): Promise<(T | Error)[]> {
    return this.upstream.readMany(reads, ask, load);
  }

  /** What the event websocket wants of the asker; null for anonymous. */
  authorization(ask: Ask): Promise<Authorization | null> {
    return this.#rpc.authorization(ask);
  }
}

function logRequest(id: LavaJobId, start: number, end: number | null): RestRequest {
  return { path: `jobs/${id}/logs/`, route: "jobs/ID/logs/", query: { start, end } };
}

type Schema<T> = Parameters<typeof decode<T>>[1];

/** Whoever is no operation wants to know what is so now. */
function limitsOf({ scope }: Ask): Since | undefined {
  const now = clock.now();
  return scope === null ? { since: now, hiddenSince: now } : undefined;
}

function shownOf<K, V>(values: readonly V[], keyOf: (value: V) => K): Shown<K, V> {
  return { values: new Map(values.map((value) => [keyOf(value), value])), begun: clock.now() };
}

function asError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  throw error;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
