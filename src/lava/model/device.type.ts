// The lab: devices, their types, and the workers that they hang on. From REST `devices/`, `devicetypes/`, `workers/`.

import { Field, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../ci/graph/connection.type.js";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { DeviceHealth, DeviceState, WorkerHealth, WorkerState, toEnum } from "../protocol/enums.js";
import { withOddFields, withOddRow } from "../../ci/odd-fields.js";
import type { OddFields } from "../../ci/odd-fields.js";
import type { WireDevice, WireDeviceType, WireWorker } from "../protocol/wire.js";

@ObjectType({ implements: Node, description: "A board, or a virtual machine, that test jobs run on." })
export class Device extends Node {
  readonly serverName!: string;
  readonly wire!: WireDevice;

  @Field(() => String, { description: "Its name, unique on its server." })
  readonly hostname!: string;

  @Field(() => DeviceState, { description: "What it is doing." })
  readonly state!: DeviceState;

  @Field(() => DeviceHealth, { description: "Whether it can be used." })
  readonly health!: DeviceHealth;

  @Field(() => String, { nullable: true, description: "What the administrators wrote about it." })
  readonly description!: string | null;

  @Field(() => String, { nullable: true, description: "Revision of the hardware, as the administrators wrote it." })
  readonly deviceVersion!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether its entry is kept in step with its dictionary's file; null where LAVA does not say.",
  })
  readonly synced!: boolean | null;
}
export const Devices = connectionOf("Device", () => Device, "devices");

@ObjectType({ implements: Node, description: "A kind of device; test jobs ask for one of these." })
export class DeviceType extends Node {
  readonly serverName!: string;
  readonly wire!: WireDeviceType;

  @Field(() => String, { description: "Its name, unique on its server, e.g. `beaglebone-black`." })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: "What the administrators wrote about it." })
  readonly description!: string | null;

  @Field(() => String, { nullable: true, description: "Architecture, e.g. `ARMv7`." })
  readonly architecture!: string | null;

  @Field(() => String, { nullable: true, description: "Processor, e.g. `AM335X`." })
  readonly processor!: string | null;

  @Field(() => String, { nullable: true, description: "Model of the CPU." })
  readonly cpuModel!: string | null;

  @Field(() => Int, { nullable: true, description: "Width of a register in bits." })
  readonly bits!: number | null;

  @Field(() => [String], { description: "Kinds of cores, e.g. `Cortex-A8`." })
  readonly cores!: readonly string[];

  @Field(() => Int, { nullable: true, description: "How many cores it has." })
  readonly coreCount!: number | null;

  @Field(() => [String], { description: "Other names that it goes by, such as a device tree's." })
  readonly aliases!: readonly string[];
}
export const DeviceTypes = connectionOf("DeviceType", () => DeviceType, "device types");

@ObjectType({ implements: Node, description: "A host that drives devices on behalf of the server." })
export class Worker extends Node {
  readonly serverName!: string;

  @Field(() => String, { description: "Its name, unique on its server." })
  readonly hostname!: string;

  @Field(() => WorkerState, { description: "Whether it is heard of." })
  readonly state!: WorkerState;

  @Field(() => WorkerHealth, { description: "Whether it can be used." })
  readonly health!: WorkerHealth;

  @Field(() => String, { nullable: true, description: "What the administrators wrote about it." })
  readonly description!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was last heard of; null when never." })
  readonly lastPing!: string | null;

  @Field(() => Int, { description: "Test jobs that it runs at once at most; 0 is no limit." })
  readonly jobLimit!: number;

  @Field(() => String, { nullable: true, description: "Version of its dispatcher; null before it first connected." })
  readonly version!: string | null;
}
export const Workers = connectionOf("Worker", () => Worker, "workers");

/** Which fields come from which one of LAVA's, in devices, types and workers. */
const DEVICE_FIELDS: OddFields<Device> = {
  state: ["state"],
  health: ["health"],
  description: ["description"],
  device_version: ["deviceVersion"],
  is_synced: ["synced"],
};
const TYPE_FIELDS: OddFields<DeviceType> = {
  description: ["description"],
  architecture: ["architecture"],
  processor: ["processor"],
  cpu_model: ["cpuModel"],
  bits: ["bits"],
  cores: ["cores"],
  core_count: ["coreCount"],
  aliases: ["aliases"],
};
const WORKER_FIELDS: OddFields<Worker> = {
  state: ["state"],
  health: ["health"],
  description: ["description"],
  last_ping: ["lastPing"],
  job_limit: ["jobLimit"],
  version: ["version"],
};

export function toDevice(serverName: string, wire: WireDevice): Device {
  const origin = { server: serverName, what: `device ${wire.hostname}` };
  const device = make(Device, {
    id: encodeGlobalId("Device", serverName, wire.hostname),
    serverName,
    wire: withOddRow(wire, origin),
    hostname: wire.hostname,
    state: toEnum(DeviceState, wire.state),
    health: toEnum(DeviceHealth, wire.health),
    description: wire.description,
    deviceVersion: wire.device_version,
    synced: wire.is_synced,
  });
  return withOddFields(device, wire, DEVICE_FIELDS, origin);
}

export function toDeviceType(serverName: string, wire: WireDeviceType): DeviceType {
  const origin = { server: serverName, what: `device type ${wire.name}` };
  const type = make(DeviceType, {
    id: encodeGlobalId("DeviceType", serverName, wire.name),
    serverName,
    wire: withOddRow(wire, origin),
    name: wire.name,
    description: wire.description,
    architecture: wire.architecture,
    processor: wire.processor,
    cpuModel: wire.cpu_model,
    bits: wire.bits,
    cores: wire.cores,
    coreCount: wire.core_count,
    aliases: wire.aliases,
  });
  return withOddFields(type, wire, TYPE_FIELDS, origin);
}

/** A type of which nothing but the name is wanted. */
export function toNamedDeviceType(serverName: string, name: string): DeviceType {
  return toDeviceType(serverName, { ...UNREAD, name });
}

/** Stands in the fields that nobody reads. */
const UNREAD: Omit<WireDeviceType, "name"> = {
  architecture: null,
  processor: null,
  cpu_model: null,
  aliases: [],
  bits: null,
  cores: [],
  core_count: null,
  description: null,
  health_frequency: 0,
  health_denominator: "",
  disable_health_check: false,
  display: true,
};

export function toWorker(serverName: string, wire: WireWorker): Worker {
  const worker = make(Worker, {
    id: encodeGlobalId("Worker", serverName, wire.hostname),
    serverName,
    hostname: wire.hostname,
    state: toEnum(WorkerState, wire.state),
    health: toEnum(WorkerHealth, wire.health),
    description: wire.description,
    lastPing: wire.last_ping,
    jobLimit: wire.job_limit,
    version: wire.version,
  });
  return withOddFields(worker, wire, WORKER_FIELDS, { server: serverName, what: `worker ${wire.hostname}` });
}
