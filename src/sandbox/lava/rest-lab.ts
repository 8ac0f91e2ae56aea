// REST's devices, device types, workers, tags and aliases.
import type { Generation } from "./generation.js";
import { crash, json, notFound, type Reply, ReplyWith, notFoundPage } from "./http.js";
import { canSeeDevice, canSeeType, DEVICE_TYPES, GROUPS, TAGS, USERS, type Viewer } from "./lab.js";
import { boolean, type Filters, list, names, numbers, text, texts, times } from "./lists.js";
import {
  type Device,
  DEVICE_HEALTHS,
  DEVICE_STATES,
  type DeviceType,
  type Tag,
  type Worker,
  WORKER_HEALTHS,
  WORKER_STATES,
} from "./model.js";
import { bodyFields, needsLogin, needsSuperuser, notPermitted, type RestCall, type Routes } from "./rest-call.js";
import { isoZ, now } from "./text.js";

function showDevice(device: Device): unknown {
  return {
    hostname: device.hostname,
    device_type: device.deviceType,
    device_version: device.version,
    physical_owner: device.owner,
    physical_group: device.group,
    description: device.description,
    tags: TAGS.filter(({ name }) => device.tags.includes(name)).map(({ id }) => id),
    state: device.state,
    health: device.health,
    last_health_report_job: device.lastHealthReportJob,
    worker_host: device.worker,
    is_synced: false,
  };
}

const nameOf = (rows: readonly { id: number; name: string }[], id: number | null): string | null =>
  rows.find((row) => row.id === id)?.name ?? null;

const deviceFilters = (generation: Generation): Filters<Device> => ({
  ...text("hostname", (device) => device.hostname),
  ...text("device_version", (device) => device.version),
  ...text("description", (device) => device.description),
  ...names(generation, "state", (device) => device.state, DEVICE_STATES),
  ...names(generation, "health", (device) => device.health, DEVICE_HEALTHS, { anyCase: true }),
  ...boolean("is_synced", () => false),
  ...text("device_type__name", (device) => device.deviceType),
  ...text("worker_host__hostname", (device) => device.worker),
  ...texts("tags__name", (device) => device.tags),
  ...text("physical_owner__username", (device) => nameOf(USERS, device.owner)),
  ...text("physical_group__name", (device) => nameOf(GROUPS, device.group)),
});

function visibleDevices(call: RestCall): Device[] {
  const all = /^(true|1)$/i.test(call.query.get("all") ?? "");
  return call.server.store.devices
    .filter((device) => canSeeDevice(device, call.viewer) && (all || device.health !== "Retired"))
    .sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
}

function deviceOf(call: RestCall): Device {
  const device = visibleDevices(call).find(({ hostname }) => hostname === call.ids[0]);
  if (device === undefined) throw new ReplyWith(notFound());
  return device;
}

/** As the administrators wrote it, or with its template; the sandbox knows only the beginning of what LAVA's templates say. */
export function dictionaryOf(device: Device, rendered: boolean): string {
  return rendered
    ? `\n\nconstants:\n\n  # POSIX os (not AOSP)\n  posix:\n    lava_test_sh_cmd: /bin/sh\n`
    : device.dictionary;
}

function setHealth(call: RestCall): Reply {
  if (!call.server.generation.setsDeviceHealth) return notFoundPage();
  if (!needsLogin(call).superuser) throw notPermitted();
  const device = deviceOf(call);
  const wanted = bodyFields(call)["health"] ?? "None";
  if (typeof wanted !== "string") return crash(`'${typeof wanted}' object has no attribute 'upper'`);
  const health = DEVICE_HEALTHS.find((name) => name.toUpperCase() === wanted.toUpperCase());
  if (health === undefined) return json(400, { message: `Wrong device health ${wanted.toUpperCase()}` });
  call.server.player.setDeviceHealth(device, health);
  return json(202, { message: "OK" });
}

function showType(type: DeviceType): unknown {
  return {
    name: type.name,
    architecture: type.architecture,
    processor: type.processor,
    cpu_model: null,
    aliases: type.aliases,
    bits: type.bits,
    cores: type.cores,
    core_count: type.coreCount,
    description: type.description,
    health_frequency: 24,
    disable_health_check: true,
    health_denominator: "hours",
    display: true,
  };
}

const TYPE_FILTERS: Filters<DeviceType> = {
  ...text("name", (type) => type.name),
  ...text("cpu_model", () => null),
  ...text("description", (type) => type.description),
  ...boolean("display", () => true),
  ...numbers("core_count", (type) => type.coreCount, ["exact", "in"]),
  ...text("architecture__name", (type) => type.architecture),
  ...text("processor__name", (type) => type.processor),
  ...texts("cores__name", (type) => type.cores),
  ...texts("alias__name", (type) => type.aliases),
  ...numbers("bits__width", (type) => type.bits, ["exact", "in"]),
};

/** An online worker pings every few seconds. */
export function lastPing(worker: Worker): number {
  return worker.state === "Online" ? now() - 3_000_000 : worker.lastPing;
}

function showWorker(worker: Worker, viewer: Viewer): unknown {
  return {
    hostname: worker.hostname,
    health: worker.health,
    state: worker.state,
    description: worker.description,
    last_ping: isoZ(lastPing(worker)),
    job_limit: 0,
    version: worker.version,
    ...(viewer?.superuser === true ? { token: worker.token } : {}),
  };
}

const workerFilters = (generation: Generation): Filters<Worker> => ({
  ...text("hostname", (worker) => worker.hostname),
  ...text("description", (worker) => worker.description),
  ...names(generation, "state", (worker) => worker.state, WORKER_STATES),
  ...names(generation, "health", (worker) => worker.health, WORKER_HEALTHS),
  ...times("last_ping", lastPing, ["exact", "lt", "gt"]),
});

export interface Alias {
  readonly name: string;
  readonly device_type: string;
}

/** Aliases of the device types that the viewer may see. */
export function aliasesFor(viewer: Viewer): Alias[] {
  return DEVICE_TYPES.filter((type) => canSeeType(type, viewer)).flatMap((type) =>
    type.aliases.map((name) => ({ name, device_type: type.name })),
  );
}

interface Right {
  readonly group: string;
  readonly permission: string;
  readonly on: string;
}

/** Who may see something restricted may submit to it too. */
function rightsOf(groups: readonly string[], on: string, kind: string): Right[] {
  return groups.flatMap((group) => ["view", "submit_to"].map((verb) => ({ group, permission: `${verb}_${kind}`, on })));
}

function numbered(rights: readonly Right[], kind: string): (right: Right) => unknown {
  return (right) => ({
    id: rights.indexOf(right) + 1,
    group: right.group,
    permission: right.permission,
    [kind]: right.on,
  });
}

function one<T>(item: T | undefined, show: (item: T) => unknown): Reply {
  return item === undefined ? notFound() : json(200, show(item));
}

export const labRoutes: Routes = {
  "GET devices/": (call) =>
    list(call, {
      items: visibleDevices(call),
      filters: deviceFilters(call.server.generation),
      orderings: {
        hostname: (device) => device.hostname,
        device_type: (device) => device.deviceType,
        state: (device) => DEVICE_STATES.indexOf(device.state),
        health: (device) => DEVICE_HEALTHS.indexOf(device.health),
        worker_host: (device) => device.worker,
      },
      show: showDevice,
    }),
  "GET devices/ID/": (call) => json(200, showDevice(deviceOf(call))),
  "GET devices/ID/dictionary/": (call) => ({
    status: 200,
    headers: { "content-type": "text/plain" },
    body: dictionaryOf(deviceOf(call), (call.query.get("render") ?? "") !== ""),
  }),
  "POST devices/ID/set_health/": setHealth,
  "GET devicetypes/": (call) =>
    list(call, {
      items: DEVICE_TYPES.filter((type) => canSeeType(type, call.viewer)),
      filters: TYPE_FILTERS,
      orderings: {
        name: (type) => type.name,
        core_count: (type) => type.coreCount,
        description: (type) => type.description,
      },
      show: showType,
    }),
  "GET devicetypes/ID/": (call) =>
    one(
      DEVICE_TYPES.find((type) => type.name === call.ids[0] && canSeeType(type, call.viewer)),
      showType,
    ),
  "GET workers/": (call) =>
    list(call, {
      items: call.server.store.workers,
      filters: workerFilters(call.server.generation),
      orderings: {
        hostname: (worker) => worker.hostname,
        state: (worker) => WORKER_STATES.indexOf(worker.state),
        health: (worker) => WORKER_HEALTHS.indexOf(worker.health),
        last_ping: lastPing,
      },
      show: (worker) => showWorker(worker, call.viewer),
    }),
  "GET workers/ID/": (call) =>
    one(call.server.store.worker(call.ids[0] ?? ""), (worker) => showWorker(worker, call.viewer)),
  "GET tags/": (call) => {
    needsLogin(call);
    return list(call, {
      items: TAGS,
      filters: {
        ...numbers("id", (tag: Tag) => tag.id, ["exact", "in"]),
        ...text("name", (tag: Tag) => tag.name),
        ...text("description", (tag: Tag) => tag.description),
      },
      orderings: { id: (tag: Tag) => tag.id, name: (tag: Tag) => tag.name },
      show: (tag) => tag,
    });
  },
  "GET tags/ID/": (call) => {
    needsLogin(call);
    return one(
      TAGS.find(({ id }) => String(id) === call.ids[0]),
      (tag) => tag,
    );
  },
  "GET permissions/devices/": (call) => {
    needsSuperuser(call);
    const rights = call.server.store.devices.flatMap((device) =>
      rightsOf(device.restrictedTo, device.hostname, "device"),
    );
    return list(call, { items: rights, filters: {}, orderings: {}, show: numbered(rights, "device") });
  },
  "GET permissions/devicetypes/": (call) => {
    needsSuperuser(call);
    const rights = DEVICE_TYPES.flatMap((type) => rightsOf(type.restrictedTo, type.name, "devicetype"));
    return list(call, { items: rights, filters: {}, orderings: {}, show: numbered(rights, "devicetype") });
  },
  "GET aliases/": (call) => {
    const viewer = needsLogin(call);
    return list(call, {
      items: aliasesFor(viewer),
      filters: text("name", (alias: Alias) => alias.name),
      orderings: { name: (alias: Alias) => alias.name },
      show: (alias) => alias,
    });
  },
};
