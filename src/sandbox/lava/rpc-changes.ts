// XML-RPC calls that change devices and workers, and who may: lava_scheduler_app/api/devices.py and workers.py.
import { GROUPS } from "./lab.js";
import { type Device, DEVICE_HEALTHS, WORKER_HEALTHS } from "./model.js";
import { Fault, type Methods, needsUser, type Params, required, type RpcContext, viewerName } from "./rpc-call.js";

function wordOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : "?";
}

function canChange(device: Device, { server, viewer }: RpcContext): boolean {
  if (viewer === undefined) return false;
  const groups = server.store.deviceChangers.get(device.hostname) ?? [];
  return viewer.superuser || viewer.groups.some((group) => groups.includes(group));
}

function updateDevice(context: RpcContext, params: Params): null {
  const hostname = String(required(params, 0, "hostname", "SchedulerDevicesAPI.update"));
  const device = context.server.store.device(hostname);
  if (device === undefined) throw new Fault(404, `Device '${hostname}' was not found.`);
  if (!canChange(device, context)) {
    throw new Fault(403, `User '${viewerName(context)}' needs admin permission on device ${hostname}.`);
  }
  const wanted = wordOf(params[5]);
  const health = DEVICE_HEALTHS.find((name) => name.toUpperCase() === wanted);
  if (wanted !== null && health === undefined) throw new Fault(400, `Health '${wanted}' is invalid`);
  if (health !== undefined) context.server.player.setDeviceHealth(device, health);
  return null;
}

function updateWorker(context: RpcContext, params: Params): null {
  const user = needsUser(context);
  if (!user.superuser) {
    throw new Fault(403, `User '${user.name}' is missing permission lava_scheduler_app.change_worker .`);
  }
  const hostname = String(required(params, 0, "hostname", "SchedulerWorkersAPI.update"));
  const worker = context.server.store.worker(hostname);
  if (worker === undefined) throw new Fault(404, `Worker '${hostname}' was not found.`);
  const wanted = wordOf(params[2]);
  const health = WORKER_HEALTHS.find((name) => name.toUpperCase() === wanted);
  if (wanted !== null && health === undefined) throw new Fault(400, `Invalid health: ${wanted}`);
  if (health !== undefined) worker.health = health;
  return null;
}

function assignDevice(context: RpcContext, params: Params): null {
  if (!needsUser(context).superuser) throw new Fault(403, "Permission denied.");
  const [permission, hostname, group] = ["perm", "device", "group"].map((name, at) =>
    String(required(params, at, name, "SystemAPI.assign_perm_device")),
  );
  if (!GROUPS.some(({ name }) => name === group)) throw new Fault(400, "please use existing group name");
  const { deviceChangers } = context.server.store;
  if (permission === "change_device" && hostname !== undefined && group !== undefined) {
    deviceChangers.set(hostname, [...(deviceChangers.get(hostname) ?? []), group]);
  }
  return null;
}

function revokeDevice(context: RpcContext, params: Params): null {
  if (!needsUser(context).superuser) throw new Fault(403, "Permission denied.");
  const { deviceChangers } = context.server.store;
  const hostname = String(params[1]);
  deviceChangers.set(
    hostname,
    (deviceChangers.get(hostname) ?? []).filter((group) => group !== params[2]),
  );
  return null;
}

export const changeMethods: Methods = {
  "scheduler.devices.update": updateDevice,
  "scheduler.workers.update": updateWorker,
  "system.assign_perm_device": assignDevice,
  "system.revoke_perm_device": revokeDevice,
};
