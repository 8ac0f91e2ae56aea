// XML-RPC scheduler.* for devices, device types, workers, tags and aliases (lava.md section 6.4).
import { canSeeDevice, canSeeType, DEVICE_TYPES, TAGS } from "./lab.js";
import type { Device, DeviceType } from "./model.js";
import { aliasesFor, dictionaryOf, lastPing } from "./rest-lab.js";
import { Fault, type Methods, type Params, required, type RpcContext, viewerName } from "./rpc-call.js";
import { RpcTime } from "./rpc-codec.js";

function devices(context: RpcContext, all: unknown): Device[] {
  return context.server.store.devices
    .filter((device) => canSeeDevice(device, context.viewer) && (all === true || device.health !== "Retired"))
    .sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
}

function deviceOf(context: RpcContext, params: Params, where: string): Device {
  const hostname = String(required(params, 0, "hostname", where));
  const device = context.server.store.device(hostname);
  if (device === undefined) throw new Fault(404, `Device '${hostname}' was not found.`);
  if (!canSeeDevice(device, context.viewer)) {
    throw new Fault(403, `Device '${hostname}' not available to user '${viewerName(context)}'.`);
  }
  return device;
}

function typeOf(context: RpcContext, params: Params, where: string): DeviceType {
  const name = String(required(params, 0, "name", where));
  const type = DEVICE_TYPES.find((one) => one.name === name && canSeeType(one, context.viewer));
  if (type === undefined) throw new Fault(404, `Device-type '${name}' was not found.`);
  return type;
}

function showType(context: RpcContext, params: Params): unknown {
  const type = typeOf(context, params, "SchedulerDeviceTypesAPI.show");
  const { name } = type;
  return {
    name,
    description: type.description,
    display: true,
    health_disabled: true,
    health_denominator: "hours",
    health_frequency: 24,
    aliases: type.aliases,
    devices: devices(context, true)
      .filter(({ deviceType }) => deviceType === name)
      .map(({ hostname }) => hostname),
    default_template: true,
  };
}

function showWorker(context: RpcContext, params: Params): unknown {
  const hostname = String(required(params, 0, "hostname", "SchedulerWorkersAPI.show"));
  const worker = context.server.store.worker(hostname);
  if (worker === undefined) throw new Fault(404, `Worker '${hostname}' was not found.`);
  return {
    hostname,
    description: worker.description,
    state: worker.state,
    health: worker.health,
    devices: devices(context, true)
      .filter((device) => device.worker === hostname)
      .map((device) => device.hostname),
    last_ping: new RpcTime(lastPing(worker)),
    job_limit: 0,
    version: worker.version,
    default_config: false,
    default_env: false,
    default_env_dut: true,
    ...(context.viewer?.superuser === true ? { token: worker.token } : {}),
  };
}

const byName = <T extends { readonly name: string }>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));

export const labMethods: Methods = {
  "scheduler.devices.list": (context, [all]) =>
    devices(context, all).map((device) => ({
      hostname: device.hostname,
      type: device.deviceType,
      health: device.health,
      state: device.state,
      current_job: device.currentJob,
      pipeline: true,
    })),
  "scheduler.devices.show": (context, params) => {
    const device = deviceOf(context, params, "SchedulerDevicesAPI.show");
    return {
      hostname: device.hostname,
      device_type: device.deviceType,
      health: device.health,
      state: device.state,
      health_job: false,
      description: device.description,
      pipeline: true,
      has_device_dict: true,
      worker: device.worker,
      current_job: device.currentJob,
      tags: device.tags,
    };
  },
  "scheduler.devices.get_dictionary": (context, params) =>
    Buffer.from(dictionaryOf(deviceOf(context, params, "SchedulerDevicesAPI.get_dictionary"), params[1] === true)),
  "scheduler.device_types.get_template": (context, params) => {
    const name = typeOf(context, params, "SchedulerDeviceTypesAPI.get_template").name;
    return Buffer.from(`{# device_type: ${name} #}\n{% extends 'base.jinja2' %}\n`);
  },
  // No device type of the sandbox has a health check, and LAVA says so in these words.
  "scheduler.device_types.get_health_check": (context, params) => {
    const { name } = typeOf(context, params, "SchedulerDeviceTypesAPI.get_health_check");
    throw new Fault(404, `Device-type '${name}' was not found.`);
  },
  "scheduler.pending_jobs_by_device_type": ({ server, viewer }) => {
    const queued = server.store.jobs().filter((job) => job.state === "Submitted" && server.store.visible(job, viewer));
    return Object.fromEntries(
      DEVICE_TYPES.filter((type) => canSeeType(type, viewer)).map(({ name }) => [
        name,
        queued.filter((job) => job.deviceType === name).length,
      ]),
    );
  },
  "scheduler.device_types.list": (context) =>
    byName(DEVICE_TYPES.filter((type) => canSeeType(type, context.viewer))).map(({ name }) => ({
      name,
      devices: context.server.store.devices.filter(({ deviceType }) => deviceType === name).length,
      installed: true,
      template: true,
    })),
  "scheduler.device_types.show": showType,
  "scheduler.workers.list": ({ server }) => server.store.workers.map(({ hostname }) => hostname).sort(),
  "scheduler.workers.show": showWorker,
  "scheduler.tags.list": () => byName(TAGS).map(({ name, description }) => ({ name, description })),
  "scheduler.tags.show": (context, params) => {
    const name = String(required(params, 0, "name", "SchedulerTagsAPI.show"));
    const tag = TAGS.find((one) => one.name === name);
    if (tag === undefined) throw new Fault(404, `Tag '${name}' was not found.`);
    const tagged = devices(context, false).filter((device) => device.tags.includes(name));
    return { name, description: tag.description, devices: tagged.map(({ hostname }) => hostname) };
  },
  "scheduler.aliases.list": ({ viewer }) =>
    aliasesFor(viewer)
      .map(({ name }) => name)
      .sort(),
  "scheduler.get_publisher_event_socket": ({ server }) => server.eventSocket(),
};
