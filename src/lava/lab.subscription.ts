// Live devices and workers: from `StateWatch` to the subscriber.

import { Arg, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { make } from "../ci/make.js";
import { UpdateSource } from "../ci/update-source.js";
import { InputRefused } from "../errors.js";
import { mapStream } from "../events/stream.js";
import { Device, Worker, toDevice, toWorker } from "./device.type.js";
import type { LavaSession } from "./session.js";
import { readHostname } from "./ids.js";
import type { StateUpdate, StateWatch } from "./state-watch.js";
import type { WireDevice, WireWorker } from "./wire.js";

@ObjectType({ description: "A device as of one change of its state or health." })
class DeviceUpdate {
  @Field(() => Device, { description: "The device as it is with this change." })
  readonly device!: Device;

  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;
}

@ObjectType({ description: "A worker as of one change of its state or health." })
class WorkerUpdate {
  @Field(() => Worker, { description: "The worker as it is with this change." })
  readonly worker!: Worker;

  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;
}

interface FollowArgs {
  readonly hostname?: string | null;
  readonly server?: string | null;
}

interface Context {
  readonly lava: LavaSession;
}

interface Followed<V> {
  readonly server: string;
  readonly update: StateUpdate<V>;
}

const HOSTNAME = { nullable: true, description: "Only this one; all that you may see when left out." } as const;
const SERVER = { nullable: true, description: "Needed with several LAVA servers." } as const;

@Resolver()
export class LabSubscriptionResolver {
  @Subscription(() => DeviceUpdate, {
    subscribe: ({ args, context }) =>
      follow((context as Context).lava, args as FollowArgs, (view) => view.server.devices),
    description:
      "Devices as they are now, then each change of a device's state or health once and in order, until you leave.",
  })
  deviceUpdates(
    @Root() { server, update }: Followed<WireDevice>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) _server?: string | null,
  ): DeviceUpdate {
    lava.renew();
    return make(DeviceUpdate, { device: toDevice(server, update.value), source: update.source });
  }

  @Subscription(() => WorkerUpdate, {
    subscribe: ({ args, context }) =>
      follow((context as Context).lava, args as FollowArgs, (view) => view.server.workers),
    description:
      "Workers as they are now, then each change of a worker's state or health once and in order, until you leave.",
  })
  workerUpdates(
    @Root() { server, update }: Followed<WireWorker>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) _server?: string | null,
  ): WorkerUpdate {
    lava.renew();
    return make(WorkerUpdate, { worker: toWorker(server, update.value), source: update.source });
  }
}

async function follow<V>(
  lava: LavaSession,
  { hostname, server }: FollowArgs,
  watchOf: (view: ReturnType<LavaSession["view"]>) => StateWatch<V>,
): Promise<AsyncIterableIterator<Followed<V>, undefined>> {
  const view = lava.view(server);
  const names = hostname == null ? null : [readHostname("hostname", hostname)];
  const updates = watchOf(view).follow(names, view.token);
  // The first update is fetched here, so that a refusal answers the operation instead of breaking its stream.
  const first = await updates.next();
  if (first.done === true) {
    throw new InputRefused(
      "hostname",
      hostname == null ? "there is nothing that you may see" : `there is no ${hostname} that you may see`,
    );
  }
  return mapStream(updates, [first.value], (update) => ({ server: view.name, update }));
}
