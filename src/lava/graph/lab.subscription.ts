// Live devices and workers: from the engine to the subscriber.

import { Arg, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import type { SubscribeResolverData } from "type-graphql";
import { AFTER, ALL_SERVERS } from "../../ci/cursor.js";
import { LiveUpdate, makeUpdate, readTold } from "../../ci/graph/update.type.js";
import type { Told } from "../../ci/graph/update.type.js";
import type { Engine } from "../../ci/live/engine.js";
import { followAll } from "../../ci/live/merged-updates.js";
import { InputRefused } from "../../errors.js";
import { startWith } from "../../events/stream.js";
import { Device, Worker, toDevice, toWorker } from "../model/device.type.js";
import type { LavaContext, LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { DeviceHealth, DeviceState, WorkerHealth, WorkerState } from "../protocol/enums.js";
import { readHostname } from "../protocol/ids.js";
import type { LabScope } from "../live/lab.js";
import { labPart } from "./parts.js";
import type { LavaEvent } from "../protocol/event.js";
import type { WireDevice, WireWorker } from "../protocol/wire.js";

@ObjectType({ implements: LiveUpdate, description: "A device as of one change of its state or health." })
class DeviceUpdate extends LiveUpdate {
  @Field(() => Device, { description: "The device as it is with this change." })
  readonly device!: Device;

  @Field(() => DeviceState, { description: "Its state with this change." })
  readonly state!: DeviceState;

  @Field(() => DeviceHealth, { description: "Its health with this change." })
  readonly health!: DeviceHealth;
}

@ObjectType({ implements: LiveUpdate, description: "A worker as of one change of its state or health." })
class WorkerUpdate extends LiveUpdate {
  @Field(() => Worker, { description: "The worker as it is with this change." })
  readonly worker!: Worker;

  @Field(() => WorkerState, { description: "Its state with this change." })
  readonly state!: WorkerState;

  @Field(() => WorkerHealth, { description: "Its health with this change." })
  readonly health!: WorkerHealth;
}

interface FollowArgs {
  readonly hostname?: string | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

const HOSTNAME = { nullable: true, description: "Only this one; all that you may see when left out." } as const;
const SERVER = {
  nullable: true,
  description: "Only of this server; needed with `hostname` where there are several LAVA servers.",
} as const;

@Resolver()
export class LabSubscriptionResolver {
  @Subscription(() => DeviceUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, LavaContext>) =>
      follow(context.lava, args, (view) => view.server.devices),
    description:
      "Devices as they are now, then each change of a device's state or health once and in order, until you leave. " +
      ALL_SERVERS,
  })
  deviceUpdates(
    @Root() told: Told<WireDevice>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): DeviceUpdate {
    lava.renew();
    const update = readTold(told, () => lava.view(server).name);
    const { name, server: of } = lava.view(update.server);
    const device = toDevice(name, update.value);
    return makeUpdate(DeviceUpdate, of.feed.cursors, update, { device, state: device.state, health: device.health });
  }

  @Subscription(() => WorkerUpdate, {
    subscribe: ({ args, context }: SubscribeResolverData<unknown, FollowArgs, LavaContext>) =>
      follow(context.lava, args, (view) => view.server.workers),
    description:
      "Workers as they are now, then each change of a worker's state or health once and in order, until you leave. " +
      ALL_SERVERS,
  })
  workerUpdates(
    @Root() told: Told<WireWorker>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): WorkerUpdate {
    lava.renew();
    const update = readTold(told, () => lava.view(server).name);
    const { name, server: of } = lava.view(update.server);
    const worker = toWorker(name, update.value);
    return makeUpdate(WorkerUpdate, of.feed.cursors, update, { worker, state: worker.state, health: worker.health });
  }
}

async function follow<V>(
  lava: LavaSession,
  { hostname, server, after: cursor }: FollowArgs,
  engineOf: (view: LavaView) => Engine<string, V, LabScope, LavaEvent>,
): Promise<AsyncIterableIterator<Told<V>, undefined>> {
  const views = lava.views(server);
  if (hostname == null && views.length > 1) {
    const parts = views.map((view) => labPart(view, engineOf(view)));
    return followAll(parts, cursor);
  }
  const view = lava.view(server);
  const wanted = hostname == null ? { scope: { all: true as const } } : { keys: [readHostname("hostname", hostname)] };
  const after = view.server.feed.cursors.open(cursor);
  const updates = engineOf(view).follow(wanted, view.ask, { after });
  // Of everything, what was missed may be nothing: there is no first update to wait for.
  if (hostname == null && after !== null) return updates;
  // The first update is fetched here, so that a refusal answers the operation instead of breaking its stream.
  const first = await updates.next();
  if (first.done === true) {
    throw new InputRefused(
      "hostname",
      hostname == null ? "there is nothing that you may see" : `there is no ${hostname} that you may see`,
    );
  }
  return startWith(first.value, updates);
}
