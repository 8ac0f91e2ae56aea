// What the lab's devices, types and the server itself have beyond their plain lists.

import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import type { RpcMethod, WireSettings } from "../protocol/lab-wire.js";
import type { WireDevice, WireDeviceType } from "../protocol/wire.js";

@ObjectType({ description: "How many devices there are, without the retired ones, and how they are." })
export class DeviceCounts {
  @Field(() => Int, { description: "All of them." })
  readonly total!: number;

  @Field(() => Int, { description: "Doing nothing." })
  readonly idle!: number;

  @Field(() => Int, { description: "Kept for a test job that has not begun." })
  readonly reserved!: number;

  @Field(() => Int, { description: "Running a test job." })
  readonly running!: number;

  @Field(() => Int, { description: "That passed their last health check." })
  readonly good!: number;

  @Field(() => Int, { description: "Whose health has yet to be checked." })
  readonly unknown!: number;

  @Field(() => Int, { description: "That run health checks over and over." })
  readonly looping!: number;

  @Field(() => Int, { description: "That failed their last health check." })
  readonly bad!: number;

  @Field(() => Int, { description: "Taken out of use by an administrator." })
  readonly maintenance!: number;
}

export function countDevices(devices: readonly WireDevice[]): DeviceCounts {
  const inState = (word: string) => devices.filter(({ state }) => state === word).length;
  const ofHealth = (word: string) => devices.filter(({ health }) => health === word).length;
  return make(DeviceCounts, {
    total: devices.length,
    idle: inState("Idle"),
    reserved: inState("Reserved"),
    running: inState("Running"),
    good: ofHealth("Good"),
    unknown: ofHealth("Unknown"),
    looping: ofHealth("Looping"),
    bad: ofHealth("Bad"),
    maintenance: ofHealth("Maintenance"),
  });
}

export enum HealthCheckUnit {
  HOURS = "HOURS",
  JOBS = "JOBS",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(HealthCheckUnit, {
  name: "HealthCheckUnit",
  description: "What lies between two health checks of a device.",
  valuesConfig: {
    HOURS: { description: "So many hours." },
    JOBS: { description: "So many test jobs." },
    UNRECOGNIZED: { description: "A word that this version of Etna does not know." },
  },
});

@ObjectType({ description: "When the devices of a type are checked." })
export class HealthCheckPolicy {
  @Field(() => Int, { description: "A check after so many hours or test jobs." })
  readonly frequency!: number;

  @Field(() => HealthCheckUnit, { description: "Hours or test jobs." })
  readonly denominator!: HealthCheckUnit;

  @Field(() => Boolean, { description: "Whether none is done, by an administrator's wish." })
  readonly disabled!: boolean;
}

export function toHealthCheckPolicy(wire: WireDeviceType): HealthCheckPolicy {
  const units: Readonly<Record<string, HealthCheckUnit>> = { hours: HealthCheckUnit.HOURS, jobs: HealthCheckUnit.JOBS };
  return make(HealthCheckPolicy, {
    frequency: wire.health_frequency,
    denominator: units[wire.health_denominator] ?? HealthCheckUnit.UNRECOGNIZED,
    disabled: wire.disable_health_check,
  });
}

@ObjectType({ description: "Test jobs that wait for a device of one type." })
export class DeviceTypeQueue {
  readonly serverName!: string;
  readonly deviceType!: string;
}

@ObjectType({ description: "Settings of a LAVA server that it shows to everybody." })
export class MasterConfig {
  @Field(() => String, { description: "What the topics of its events begin with, e.g. `org.lavasoftware`." })
  readonly eventTopic!: string;

  @Field(() => String, { description: "Its publisher's address; `*` stands for the server's own host." })
  readonly eventSocket!: string;

  @Field(() => Boolean, { description: "Whether it sends events at all." })
  readonly eventNotification!: boolean;

  @Field(() => Int, { description: "Logs beyond this many megabytes are not shown on its pages." })
  readonly logSizeLimit!: number;
}

export function toMasterConfig(wire: WireSettings): MasterConfig {
  return make(MasterConfig, {
    eventTopic: wire.EVENT_TOPIC,
    eventSocket: wire.EVENT_SOCKET,
    eventNotification: wire.EVENT_NOTIFICATION,
    logSizeLimit: Math.round(wire.LOG_SIZE_LIMIT),
  });
}

@ObjectType({ description: "A method of a LAVA server's XML-RPC interface." })
export class XmlRpcMethod {
  @Field(() => String, { description: "Its name, e.g. `scheduler.jobs.show`." })
  readonly name!: string;

  @Field(() => [String], {
    nullable: true,
    description: "Types, the answer's first; null where LAVA does not say, as for nearly all.",
  })
  readonly signature!: readonly string[] | null;

  @Field(() => String, { description: "LAVA's own help: what it does, its arguments, its answer." })
  readonly help!: string;
}

export function toXmlRpcMethod(method: RpcMethod): XmlRpcMethod {
  return make(XmlRpcMethod, method);
}

@ObjectType({ description: "A tag of devices, which test jobs can ask for." })
export class DeviceTag {
  @Field(() => String, { description: "Its name, e.g. `usb-eth`." })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: "What the administrators wrote about it." })
  readonly description!: string | null;
}

@ObjectType({ description: "Another name of a device type, such as a device tree's." })
export class DeviceTypeAlias {
  readonly serverName!: string;
  readonly typeName!: string;

  @Field(() => String, { description: "The other name." })
  readonly name!: string;
}

@ObjectType({ description: "A right that a group has on a device or a device type." })
export class LabPermission {
  readonly serverName!: string;
  readonly hostname!: string | null;
  readonly typeName!: string | null;

  @Field(() => String, { description: "The group's name." })
  readonly group!: string;

  @Field(() => String, { description: "The right in LAVA's words, e.g. `view_device`." })
  readonly permission!: string;
}
