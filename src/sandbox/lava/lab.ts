// The lab itself: users, groups, workers, device types and devices. Hosts, types and rights follow the test server of lava.md section 1.
import type { Device, DeviceHealth, DeviceType, Group, Job, Tag, User, Worker } from "./model.js";
import { now } from "./text.js";

export const GROUPS: readonly Group[] = [
  { id: 2, name: "kernel-team" },
  { id: 3, name: "secret-team" },
  { id: 4, name: "empty-team" },
];

export const USERS: readonly User[] = [
  { id: 1, name: "lava-health", token: undefined, groups: [], superuser: false },
  { id: 2, name: "admin", token: "admin-sandbox-token", groups: [], superuser: true },
  { id: 3, name: "alice", token: "alice-sandbox-token", groups: ["kernel-team"], superuser: false },
  { id: 4, name: "bob", token: "bob-sandbox-token", groups: ["secret-team"], superuser: false },
];

export const TAGS: readonly Tag[] = [
  { id: 1, name: "virtual", description: "no hardware" },
  { id: 2, name: "usb-eth", description: "USB Ethernet dongle" },
  { id: 3, name: "hdmi", description: "monitor attached" },
  { id: 4, name: "8gb", description: null },
  { id: 5, name: "played", description: "results come from a script" },
];

type TypeRow = [string, string, string | null, number, string[], number | null, string, string[], string[]];
const TYPE_ROWS: readonly TypeRow[] = [
  ["beaglebone-black", "ARMv7", "AM335X", 32, ["Cortex-A8"], 1, "BeagleBone Black", ["am335x-boneblack"], []],
  ["docker", "amd64", null, 64, [], null, "played boards", [], []],
  ["juno", "ARMv8", "Juno", 64, ["Cortex-A53", "Cortex-A57"], 6, "Arm Juno", [], []],
  ["qemu", "amd64", null, 64, [], null, "QEMU system emulation", ["qemu-x86_64"], []],
  ["bcm2711-rpi-4-b", "ARMv8", "BCM2711", 64, ["Cortex-A72"], 4, "Raspberry Pi 4 Model B", ["rpi4"], []],
  ["hi6220-hikey-r2", "ARMv8", "HI6220", 64, ["Cortex-A53"], 8, "HiKey", [], []],
  ["fvp", "ARMv8", null, 64, [], null, "visible to secret-team only", [], ["secret-team"]],
];

export const DEVICE_TYPES: readonly DeviceType[] = TYPE_ROWS.map(
  ([name, architecture, processor, bits, cores, coreCount, description, aliases, restrictedTo]) => ({
    name,
    architecture,
    processor,
    bits,
    cores,
    coreCount,
    description,
    aliases,
    restrictedTo,
  }),
);

type DeviceRow = [string, string, string, DeviceHealth, string[], string | null, string[]];
const DEVICE_ROWS: readonly DeviceRow[] = [
  ["qemu-01", "qemu", "worker-01", "Good", ["virtual"], "runs real jobs", []],
  ["qemu-02", "qemu", "worker-01", "Good", ["virtual"], "runs real jobs", []],
  ["qemu-03", "qemu", "worker-02", "Unknown", ["virtual"], "runs real jobs", []],
  ["bbb-01", "beaglebone-black", "worker-lab", "Good", ["usb-eth", "hdmi"], null, []],
  ["bbb-02", "beaglebone-black", "worker-lab", "Bad", ["usb-eth"], "flaky power supply", []],
  ["rpi4-01", "bcm2711-rpi-4-b", "worker-boards", "Good", ["8gb", "hdmi"], null, []],
  ["rpi4-02", "bcm2711-rpi-4-b", "worker-boards", "Good", ["8gb"], null, []],
  ["juno-01", "juno", "worker-boards", "Good", [], null, []],
  ["juno-02", "juno", "worker-boards", "Maintenance", [], "waits for a new power supply", []],
  ["hikey-01", "hi6220-hikey-r2", "worker-lab", "Looping", [], null, []],
  ["hikey-02", "hi6220-hikey-r2", "worker-lab", "Retired", [], "broken", []],
  ["fvp-01", "fvp", "worker-boards", "Good", [], "of a restricted device type", []],
  ["fvp-02", "docker", "worker-lab", "Good", [], "a restricted device of an open type", ["secret-team"]],
  ["board-01", "docker", "worker-play", "Good", ["played"], "jobs run by script", []],
  ["board-02", "docker", "worker-play", "Good", ["played"], "jobs run by script", []],
];

/** Devices in their state at start; each sandbox has its own. */
export function createDevices(): Device[] {
  return DEVICE_ROWS.map(([hostname, deviceType, worker, health, tags, description, restrictedTo], index) => ({
    hostname,
    deviceType,
    version: `1.${index}`,
    owner: index % 3 === 0 ? 2 : null,
    group: index % 3 === 1 ? 2 : null,
    description,
    tags,
    worker,
    restrictedTo,
    dictionary: `{% extends '${deviceType}.jinja2' %}\n{% set mac_addr = '52:54:00:12:34:${(16 + index).toString(16)}' %}\n`,
    state: "Idle",
    health,
    currentJob: null,
    lastHealthReportJob: null,
  }));
}

/** Workers in their state at start; `worker-lab` never connected, so that jobs for its devices wait for ever. */
export function createWorkers(lavaVersion: string): Worker[] {
  const rows: [string, string | null, boolean][] = [
    ["example.com", null, false],
    ["worker-lab", "never connected: its devices queue forever", false],
    ["worker-01", "qemu host", true],
    ["worker-02", "second qemu host", true],
    ["worker-boards", "boards on the shelf", true],
    ["worker-play", "jobs run by script", true],
  ];
  return rows.map(([hostname, description, online]) => ({
    hostname,
    description,
    token: `${hostname}-sandbox-token`,
    version: online ? lavaVersion : null,
    health: "Active",
    state: online ? "Online" : "Offline",
    lastPing: now() - 2_400_000_000,
  }));
}

/** A caller: a user, or undefined for anonymous. */
export type Viewer = User | undefined;

function allows(restrictedTo: readonly string[], viewer: Viewer): boolean {
  if (restrictedTo.length === 0 || viewer?.superuser === true) return true;
  return viewer !== undefined && restrictedTo.some((group) => viewer.groups.includes(group));
}

export function canSeeType(deviceType: DeviceType, viewer: Viewer): boolean {
  return allows(deviceType.restrictedTo, viewer);
}

export function canSeeDevice(device: Device, viewer: Viewer): boolean {
  if (device.restrictedTo.length > 0) return allows(device.restrictedTo, viewer);
  const type = DEVICE_TYPES.find(({ name }) => name === device.deviceType);
  return type === undefined || canSeeType(type, viewer);
}

/**
 * LAVA's `managers.py`: of a public job the device must be visible, or as long as it has none the type that it asks for; group
 * jobs need membership of all groups.
 */
export function canSeeJob(job: Job, device: Device | undefined, viewer: Viewer): boolean {
  if (viewer !== undefined && (viewer.superuser || job.submitter === viewer.name)) return true;
  switch (job.visibility.kind) {
    case "personal":
      return false;
    case "group":
      return viewer !== undefined && job.visibility.groups.every((group) => viewer.groups.includes(group));
    case "public": {
      if (device !== undefined) return canSeeDevice(device, viewer);
      const type = DEVICE_TYPES.find(({ name }) => name === job.deviceType);
      return type === undefined || canSeeType(type, viewer);
    }
  }
}

/** Whether the caller may cancel or annotate the job. */
export function canChangeJob(job: Job, viewer: Viewer): boolean {
  return viewer !== undefined && (viewer.superuser || viewer.name === job.submitter);
}
