// Everything Etna asks of one LAVA server about its lab and itself, beyond the plain lists. Knows no GraphQL.

import { UpstreamError } from "../errors.js";
import { decode, malformed } from "../net/decode.js";
import type { Secret } from "../net/secret.js";
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
} from "./lab-wire.js";
import type { WireAlias, WireSettings, WireTag } from "./lab-wire.js";
import { KEEP_DEVICE_LISTS, KEEP_JOB_LISTS, KEEP_SLOW, viewerKey } from "./keep.js";
import type { LavaRest, Query } from "./rest.js";
import { wireDevice, wireList } from "./wire.js";
import type { WireDevice } from "./wire.js";
import type { KeptCall, LavaXmlRpc, RpcAccount, RpcCall } from "./xml-rpc.js";
import type { RpcValue } from "./xml-rpc-codec.js";

/** How the lab client reaches its server; from `LavaClient`. */
export interface LabTransport {
  readonly server: string;
  readonly rest: LavaRest;
  readonly rpc: LavaXmlRpc;
  /** For what must go on although the operation that began it has ended. */
  readonly detachedRpc: () => LavaXmlRpc;
  readonly account: (token: Secret | null) => Promise<RpcAccount | null>;
  /** The token, or `UpstreamDenied` where it must not travel. */
  readonly checked: (token: Secret | null, operation: string) => Secret | null;
}

export interface RpcMethod {
  readonly name: string;
  /** Types, the answer's first; null where LAVA does not say. */
  readonly signature: readonly string[] | null;
  readonly help: string;
}

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

const wireDevices = wireList(wireDevice);
const wireTags = wireList(wireTag);
const wireAliases = wireList(wireAlias);
const wireDevicePermissions = wireList(wireDevicePermission);
const wireDeviceTypePermissions = wireList(wireDeviceTypePermission);

/** A `token` of null asks as anonymous. Methods throw `UpstreamError`. */
export class LabClient {
  /** The same for everybody, and for as long as the server is not upgraded. */
  readonly #learned: { methods?: Promise<readonly RpcMethod[]> };

  /** @param known what another client of the same server has learned, to be shared. */
  constructor(
    private readonly transport: LabTransport,
    known?: LabClient,
  ) {
    this.#learned = known === undefined ? {} : known.#learned;
  }

  /** All devices that a filter lets through, by hostname. */
  async devices(query: Query, token: Secret | null): Promise<readonly WireDevice[]> {
    return this.#whole("devices/", { ...query, ordering: "hostname" }, wireDevices, token);
  }

  /** Device tags with their descriptions. LAVA shows them to users only: `UpstreamDenied` for anonymous. */
  async tags(token: Secret | null): Promise<readonly WireTag[]> {
    return this.#whole("tags/", { ordering: "name" }, wireTags, token);
  }

  /** Other names of device types. To users only: `UpstreamDenied` for anonymous. */
  async aliases(token: Secret | null): Promise<readonly WireAlias[]> {
    return this.#whole("aliases/", { ordering: "name" }, wireAliases, token);
  }

  /** Who has which right on what. To superusers only: `UpstreamDenied` for others. */
  async permissions(token: Secret | null): Promise<readonly LabPermissionRow[]> {
    const [devices, types] = await Promise.all([
      this.#whole("permissions/devices/", { ordering: "id" }, wireDevicePermissions, token),
      this.#whole("permissions/devicetypes/", { ordering: "id" }, wireDeviceTypePermissions, token),
    ]);
    return [
      ...devices.map((row) => ({ ...row, deviceType: null })),
      ...types.map(({ devicetype, ...row }) => ({ ...row, device: null, deviceType: devicetype })),
    ];
  }

  async settings(token: Secret | null): Promise<WireSettings> {
    const path = "system/master_config/";
    return this.#found(path, {}, wireSettings, token);
  }

  /** Queued jobs that the viewer may see, counted by LAVA for all device types at once. Types without any may be missing. */
  async pendingJobs(token: Secret | null): Promise<ReadonlyMap<string, number>> {
    const method = "scheduler.pending_jobs_by_device_type";
    const call = { method, params: [true], keep: KEEP_JOB_LISTS };
    const { rpc, account } = this.transport;
    const answer = await rpc.callKept(call, viewerKey(token), () => account(token));
    return new Map(Object.entries(decode(this.#origin(method), wirePendingJobs, answer)));
  }

  /** Dictionaries in the keys' order; null for a device without one, or that the viewer may not see. */
  async dictionaries(keys: readonly DictionaryKey[], token: Secret | null): Promise<(string | UpstreamError | null)[]> {
    const method = "scheduler.devices.get_dictionary";
    const calls = keys.map(({ hostname, rendered, context }) => ({ method, params: [hostname, rendered, context] }));
    return this.#files(calls, token);
  }

  /** Templates of device types, Jinja; null for a type without one of its own, or that the viewer may not see. */
  async templates(names: readonly string[], token: Secret | null): Promise<(string | UpstreamError | null)[]> {
    return this.#files(
      names.map((name) => ({ method: "scheduler.device_types.get_template", params: [name] })),
      token,
    );
  }

  /** Definitions of the health checks of device types; null for a type without. */
  async healthChecks(names: readonly string[], token: Secret | null): Promise<(string | UpstreamError | null)[]> {
    return this.#files(
      names.map((name) => ({ method: "scheduler.device_types.get_health_check", params: [name] })),
      token,
    );
  }

  /** LAVA's XML-RPC methods by name, asked once in the life of the process: three requests, some 50 ms. */
  async methods(token: Secret | null): Promise<readonly RpcMethod[]> {
    const asked = (this.#learned.methods ??= this.#askMethods(token));
    asked.catch(() => {
      delete this.#learned.methods;
    });
    return asked;
  }

  /**
   * Which test jobs, or suites of which jobs, fulfil LAVA's query conditions, newest first. The answer holds whole
   * database rows with the jobs' secrets; only ids get in. To users only: `UpstreamDenied` for anonymous.
   */
  async customQuery(
    entity: "testjob" | "testsuite",
    conditions: string,
    limit: number,
    token: Secret | null,
  ): Promise<readonly QueryRow[]> {
    const method = "results.make_custom_query";
    const account = await this.transport.account(token);
    const rows = await this.transport.rpc.call(method, [entity, conditions, limit], account);
    if (entity === "testjob") {
      return decode(this.#origin(method), wireJobRows, rows).map(({ id }) => ({ jobId: id, suiteName: null }));
    }
    return decode(this.#origin(method), wireSuiteRows, rows).map(({ job_id, name }) => ({
      jobId: job_id,
      suiteName: name,
    }));
  }

  async #askMethods(token: Secret | null): Promise<readonly RpcMethod[]> {
    const by = await this.transport.account(token);
    // Others wait for it too, so that it must not end with the operation that was the first to ask.
    const rpc = this.transport.detachedRpc();
    const list = await rpc.call("system.listMethods", [], by);
    const names = Array.isArray(list) ? list.filter((name) => typeof name === "string") : [];
    const ask = async (method: string) =>
      rpc.multicall(
        names.map((name) => ({ method, params: [name] })),
        by,
      );
    const [signatures, helps] = await Promise.all([ask("system.methodSignature"), ask("system.methodHelp")]);
    return names.map((name, at) => {
      const help = helps[at];
      const signature = wireSignature.safeParse(signatures[at]);
      return { name, signature: signature.data ?? null, help: typeof help === "string" ? help : "" };
    });
  }

  async #files(calls: readonly RpcCall[], token: Secret | null): Promise<(string | UpstreamError | null)[]> {
    const answers = await this.#kept(
      calls.map((call) => ({ ...call, keep: KEEP_SLOW })),
      token,
    );
    return answers.map((answer, at) => toFile(this.#origin(calls[at]?.method ?? "system.multicall"), answer));
  }

  #kept(calls: readonly KeptCall[], token: Secret | null): Promise<(RpcValue | UpstreamError)[]> {
    return this.transport.rpc.multicallKept(calls, viewerKey(token), () => this.transport.account(token));
  }

  /** All of a list, in steps. */
  async #whole<T>(
    path: string,
    query: Query,
    schema: Parameters<typeof decode<{ readonly count: number; readonly results: T[] }>>[1],
    token: Secret | null,
  ): Promise<readonly T[]> {
    const all: T[] = [];
    for (;;) {
      const { count, results } = await this.#found(
        path,
        { ...query, limit: STEP, offset: all.length || null },
        schema,
        token,
      );
      all.push(...results);
      if (results.length === 0 || all.length >= count) return all;
    }
  }

  async #found<T>(
    path: string,
    query: Query,
    schema: Parameters<typeof decode<T>>[1],
    token: Secret | null,
  ): Promise<T> {
    const origin = this.#origin(`GET ${path}`);
    const checked = this.transport.checked(token, origin.operation);
    const keep = path === "devices/" ? KEEP_DEVICE_LISTS : KEEP_SLOW;
    const found = await this.transport.rest.get({ path, route: path, query, token: checked, keep }, schema);
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
