// Taking devices and workers out of use and back, with the viewer's own token.

import { Arg, Ctx, Field, Mutation, ObjectType, Resolver, createUnionType } from "type-graphql";
import { make } from "../../ci/graph/make.js";
import { NotFound, Refusal } from "../../ci/graph/refusal.type.js";
import { InputRefused, UpstreamError } from "../../errors.js";
import { Device, Worker } from "../model/device.type.js";
import { DeviceHealth, WorkerHealth } from "../protocol/enums.js";
import { DeviceKey, WorkerKey, readHostKey } from "../model/keys.input.js";
import type { LavaSession } from "../session.js";

const SERVER = { nullable: true, description: "Needed with several LAVA servers, where no `id` is given." } as const;
const REASON_MAX = 500;
const REASON = "Why, for LAVA's log of the device or worker; at most 500 characters. See `reasonRecorded`.";
const REASON_RECORDED =
  "Whether LAVA noted your reason. It does not where you may change this one only, not all of them, or where the server is too old: then its log says `xmlrpc api`.";

@ObjectType({ description: "The device's health is what you said." })
class DeviceHealthChanged {
  @Field(() => Device, { nullable: true, description: "The device; null when it could not be read back." })
  readonly device!: Device | null;

  @Field(() => DeviceHealth, { description: "Its health before." })
  readonly previousHealth!: DeviceHealth;

  @Field(() => Boolean, { description: REASON_RECORDED })
  readonly reasonRecorded!: boolean;
}

@ObjectType({ description: "The worker's health is what you said." })
class WorkerHealthChanged {
  @Field(() => Worker, { nullable: true, description: "The worker; null when it could not be read back." })
  readonly worker!: Worker | null;

  @Field(() => WorkerHealth, { description: "Its health before." })
  readonly previousHealth!: WorkerHealth;

  @Field(() => Boolean, { description: REASON_RECORDED })
  readonly reasonRecorded!: boolean;
}

@ObjectType({ implements: Refusal, description: "LAVA refused the change; nothing has changed." })
class HealthRefused extends Refusal {}

const SetDeviceHealthResult = createUnionType({
  name: "SetDeviceHealthResult",
  description: "What became of the change.",
  types: () => [DeviceHealthChanged, HealthRefused, NotFound] as const,
});

const SetWorkerHealthResult = createUnionType({
  name: "SetWorkerHealthResult",
  description: "What became of the change.",
  types: () => [WorkerHealthChanged, HealthRefused, NotFound] as const,
});

@Resolver()
export class LabMutationResolver {
  @Mutation(() => SetDeviceHealthResult, {
    nullable: true,
    description:
      "Says whether a device can be used, e.g. MAINTENANCE before somebody unplugs it. A test job that runs on it goes on.",
  })
  async setDeviceHealth(
    @Ctx("lava") lava: LavaSession,
    @Arg("device", () => DeviceKey, { description: "The device." }) device: DeviceKey,
    @Arg("health", () => DeviceHealth, { description: "The new health; not UNRECOGNIZED." }) health: DeviceHealth,
    @Arg("reason", () => String, { nullable: true, description: REASON }) reason?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<DeviceHealthChanged | HealthRefused | NotFound> {
    const { view, hostname } = readHostKey(lava, device, server, "Device");
    checkHealth(health);
    const why = readReason(reason);
    const before = await view.device(hostname);
    if (before === null) return make(NotFound, { message: `there is no device ${hostname} that you may see` });
    const set = () => view.client.actions.setDeviceHealth(hostname, health, why, view.ask);
    const change = await view.change("setDeviceHealth", { hostname, health }, set, ({ kind }) => ({ outcome: kind }));
    if (change.kind === "refused") return make(HealthRefused, { message: change.reason });
    lava.renew();
    return make(DeviceHealthChanged, {
      device: await readBack(() => lava.view(view.name).device(hostname)),
      previousHealth: before.health,
      reasonRecorded: change.reasonRecorded,
    });
  }

  @Mutation(() => SetWorkerHealthResult, {
    nullable: true,
    description:
      "Says whether a worker can be used. In MAINTENANCE its devices get no test jobs. RETIRED retires its devices too.",
  })
  async setWorkerHealth(
    @Ctx("lava") lava: LavaSession,
    @Arg("worker", () => WorkerKey, { description: "The worker." }) worker: WorkerKey,
    @Arg("health", () => WorkerHealth, { description: "The new health; not UNRECOGNIZED." }) health: WorkerHealth,
    @Arg("reason", () => String, { nullable: true, description: REASON }) reason?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<WorkerHealthChanged | HealthRefused | NotFound> {
    const { view, hostname } = readHostKey(lava, worker, server, "Worker");
    checkHealth(health);
    const why = readReason(reason);
    const before = await view.worker(hostname);
    if (before === null) return make(NotFound, { message: `there is no worker ${hostname}` });
    const set = () => view.client.actions.setWorkerHealth(hostname, health, why, view.ask);
    const change = await view.change("setWorkerHealth", { hostname, health }, set, ({ kind }) => ({ outcome: kind }));
    if (change.kind === "refused") return make(HealthRefused, { message: change.reason });
    lava.renew();
    return make(WorkerHealthChanged, {
      worker: await readBack(() => lava.view(view.name).worker(hostname)),
      previousHealth: before.health,
      reasonRecorded: change.reasonRecorded,
    });
  }
}

function checkHealth(health: string): void {
  if (health === "UNRECOGNIZED") throw new InputRefused("health", "UNRECOGNIZED can't be set");
}

function readReason(reason: string | null | undefined): string | null {
  if (reason == null || reason.trim() === "") return null;
  if (reason.length > REASON_MAX)
    throw new InputRefused("reason", `has ${reason.length} characters; ${REASON_MAX} at most`);
  return reason;
}

/** The change is made whatever comes of this read, so its failure must not look like a failed change. */
async function readBack<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
