// Everything Etna asks of one LAVA server about its lab and itself, beyond the plain lists. Knows no GraphQL.

import type { RpcMethod } from "../protocol/lab-wire.js";
import { UpstreamError } from "../../errors.js";
import { decode, malformed } from "../../net/decode.js";
import { detached } from "../../net/ask.js";
import type { Ask } from "../../net/ask.js";
import {
  wireAlias,
  wireDevicePermission,
  wireDeviceTypePermission,
  wireJobRows,
  wirePendingJobs,
  wireSettings,
  wireSignature,
  wireSuiteRows,
  wireTag,
} from "../protocol/lab-wire.js";
import type { WireAlias, WireSettings, WireTag } from "../protocol/lab-wire.js";
import { KEEP_DEVICE_LISTS, KEEP_JOB_LISTS, KEEP_SLOW } from "./keep.js";
import type { Query } from "../protocol/job-search.js";
import { wireDevices, wireList } from "../protocol/wire.js";
import type { WireDevice } from "../protocol/wire.js";
import type { LavaTransport } from "./transport.js";
import type { KeptCall, RpcCall } from "./xml-rpc.js";
import type { RpcValue } from "../../codec/xml-rpc-codec.js";

export interface LabPermissionRow {
  readonly group: string;
  readonly permission: string;
  readonly device: string | null;
  readonly deviceType: string | null;
}

/** A device dictionary: as it is written, or rendered with its template, possibly with a job's context (YAML). */
export interface DictionaryKey {
  readonly hostname: string;
  readonly rendered: boolean;
  readonly context: string | null;
}

export interface QueryRow {
  readonly jobId: number;
  /** Null where jobs were asked for. */
  readonly suiteName: string | null;
}

/** Elements of one request for a whole list. */
const STEP = 1_000;

const wireTags = wireList(wireTag);
const wireAliases = wireList(wireAlias);
const wireDevicePermissions = wireList(wireDevicePermission);
const wireDeviceTypePermissions = wireList(wireDeviceTypePermission);

/** Methods throw `UpstreamError`. */
export class LabClient {
  /** The same for everybody, and for as long as the server is not upgraded. */
  #methods: Promise<readonly RpcMethod[]> | undefined;

  constructor(private readonly transport: LavaTransport) {}

  /** All devices that a filter lets through, by hostname. */
  async devices(query: Query, ask: Ask): Promise<readonly WireDevice[]> {
    return this.#whole("devices/", { ...query, ordering: "hostname" }, wireDevices, ask);
  }

  /** Device tags with their descriptions. LAVA shows them to users only: `UpstreamDenied` for anonymous. */
  async tags(ask: Ask): Promise<readonly WireTag[]> {
    return this.#whole("tags/", { ordering: "name" }, wireTags, ask);
  }

  /** Other names of device types. To users only: `UpstreamDenied` for anonymous. */
  async aliases(ask: Ask): Promise<readonly WireAlias[]> {
    return this.#whole("aliases/", { ordering: "name" }, wireAliases, ask);
  }

  /** Who has which right on what. To superusers only: `UpstreamDenied` for others. */
  async permissions(ask: Ask): Promise<readonly LabPermissionRow[]> {
    const [devices, types] = await Promise.all([
      this.#whole("permissions/devices/", { ordering: "id" }, wireDevicePermissions, ask),
      this.#whole("permissions/devicetypes/", { ordering: "id" }, wireDeviceTypePermissions, ask),
    ]);
    return [
      ...devices.map((row) => ({ ...row, deviceType: null })),
      ...types.map(({ devicetype, ...row }) => ({ ...row, device: null, deviceType: devicetype })),
    ];
  }

  async settings(ask: Ask): Promise<WireSettings> {
    const path = "system/master_config/";
    return this.#found(path, {}, wireSettings, ask);
  }

  /** Queued jobs that the viewer may see, counted by LAVA for all device types at once. Types without any may be missing. */
  async pendingJobs(ask: Ask): Promise<ReadonlyMap<string, number>> {
    const method = "scheduler.pending_jobs_by_device_type";
    const call = { method, params: [true], keep: KEEP_JOB_LISTS };
    const answer = await this.transport.rpc.callKept(call, ask);
    return new Map(Object.entries(decode(this.#origin(method), wirePendingJobs, answer)));
  }

  /** Dictionaries in the keys' order; null for a device without one, or that the viewer may not see. */
  async dictionaries(keys: readonly DictionaryKey[], ask: Ask): Promise<(string | UpstreamError | null)[]> {
    const method = "scheduler.devices.get_dictionary";
    const calls = keys.map(({ hostname, rendered, context }) => ({ method, params: [hostname, rendered, context] }));
    return this.#files(calls, ask);
  }

  /** Templates of device types, Jinja; null for a type without one of its own, or that the viewer may not see. */
  async templates(names: readonly string[], ask: Ask): Promise<(string | UpstreamError | null)[]> {
    return this.#files(
      names.map((name) => ({ method: "scheduler.device_types.get_template", params: [name] })),
      ask,
    );
  }

  /** Definitions of the health checks of device types; null for a type without. */
  async healthChecks(names: readonly string[], ask: Ask): Promise<(string | UpstreamError | null)[]> {
    return this.#files(
      names.map((name) => ({ method: "scheduler.device_types.get_health_check", params: [name] })),
      ask,
    );
  }

  /** LAVA's XML-RPC methods by name, asked once in the life of the process: three requests, some 50 ms. */
  async methods(ask: Ask): Promise<readonly RpcMethod[]> {
    // Others wait for it too, so that it does not end with the operation that was the first to ask.
    this.#methods ??= this.#askMethods(detached(ask));
    this.#methods.catch(() => (this.#methods = undefined));
    return this.#methods;
  }

  /**
   * Which test jobs, or suites of which jobs, fulfil LAVA's query conditions, newest first. The answer holds whole
   * database rows with the jobs' secrets; only ids get in. To users only: `UpstreamDenied` for anonymous.
   */
  async customQuery(
    entity: "testjob" | "testsuite",
    conditions: string,
    limit: number,
    ask: Ask,
  ): Promise<readonly QueryRow[]> {
    const method = "results.make_custom_query";
    const rows = await this.transport.rpc.call(method, [entity, conditions, limit], ask);
    if (entity === "testjob") {
      return decode(this.#origin(method), wireJobRows, rows).map(({ id }) => ({ jobId: id, suiteName: null }));
    }
    return decode(this.#origin(method), wireSuiteRows, rows).map(({ job_id, name }) => ({
      jobId: job_id,
      suiteName: name,
    }));
  }

  async #askMethods(ask: Ask): Promise<readonly RpcMethod[]> {
    const { rpc } = this.transport;
    const list = await rpc.call("system.listMethods", [], ask);
    const names = Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
    const askEach = async (method: string) =>
      rpc.multicall(
        names.map((name) => ({ method, params: [name] })),
        ask,
      );
    const [signatures, helps] = await Promise.all([askEach("system.methodSignature"), askEach("system.methodHelp")]);
    return names.map((name, at) => {
      const help = helps[at];
      const signature = wireSignature.safeParse(signatures[at]);
      return { name, signature: signature.data ?? null, help: typeof help === "string" ? help : "" };
    });
  }

  async #files(calls: readonly RpcCall[], ask: Ask): Promise<(string | UpstreamError | null)[]> {
    const answers = await this.#kept(
      calls.map((call) => ({ ...call, keep: KEEP_SLOW })),
      ask,
    );
    return answers.map((answer, at) => toFile(this.#origin(calls[at]?.method ?? "system.multicall"), answer));
  }

  #kept(calls: readonly KeptCall[], ask: Ask): Promise<(RpcValue | UpstreamError)[]> {
    return this.transport.rpc.multicallKept(calls, ask);
  }

  /** All of a list, in steps. */
  async #whole<T>(
    path: string,
    query: Query,
    schema: Parameters<typeof decode<{ readonly count: number; readonly results: readonly T[] }>>[1],
    ask: Ask,
  ): Promise<readonly T[]> {
    const all: T[] = [];
    for (;;) {
      const { count, results } = await this.#found(
        path,
        { ...query, limit: STEP, offset: all.length || null },
        schema,
        ask,
      );
      all.push(...results);
      if (results.length === 0 || all.length >= count) return all;
    }
  }

  async #found<T>(path: string, query: Query, schema: Parameters<typeof decode<T>>[1], ask: Ask): Promise<T> {
    const origin = this.#origin(`GET ${path}`);
    const keep = path === "devices/" ? KEEP_DEVICE_LISTS : KEEP_SLOW;
    const found = await this.transport.rest.get({ path, route: path, query, keep }, ask, schema);
    if (found !== null) return found;
    throw new UpstreamError({
      ...origin,
      kind: "UpstreamRejected",
      message: "answered 404: this server does not know the path",
      status: 404,
    });
  }

  #origin(operation: string) {
    return { server: this.transport.server, operation };
  }
}

/** A file's text; null for one that is not there, or that the viewer may not see. */
function toFile(
  origin: { readonly server: string; readonly operation: string },
  answer: RpcValue | UpstreamError,
): string | UpstreamError | null {
  if (Buffer.isBuffer(answer)) return answer.toString("utf8");
  if (!(answer instanceof UpstreamError)) return malformed(origin, `expected base64, got ${typeof answer}`);
  return answer.status === 401 || answer.status === 403 || answer.status === 404 ? null : answer;
}
