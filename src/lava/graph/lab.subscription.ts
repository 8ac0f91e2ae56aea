// Live devices and workers: from `StateWatch` to the subscriber.

import { Arg, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { AFTER, CURSOR, CURSOR_EXPIRED } from "../../ci/cursor.js";
import { make } from "../../ci/graph/make.js";
import { UpdateSource } from "../../ci/enums.js";
import { InputRefused } from "../../errors.js";
import { encodeCursor, positionAfter } from "../../events/ring.js";
import { startWith } from "../../events/stream.js";
import { Device, Worker, toDevice, toWorker } from "../model/device.type.js";
import type { LavaSession } from "../session.js";
import { readHostname } from "../protocol/ids.js";
import type { StateUpdate, StateWatch } from "../live/state-watch.js";
import type { WireDevice, WireWorker } from "../protocol/wire.js";

@ObjectType({ description: "A device as of one change of its state or health." })
class DeviceUpdate {
  @Field(() => Device, { description: "The device as it is with this change." })
  readonly device!: Device;

  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;

  /** Makes the text: work for a cipher, done only for whoever asks. */
  readonly seal!: () => string;

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.seal();
  }

  @Field(() => Boolean, { description: CURSOR_EXPIRED })
  readonly cursorExpired!: boolean;
}

@ObjectType({ description: "A worker as of one change of its state or health." })
class WorkerUpdate {
  @Field(() => Worker, { description: "The worker as it is with this change." })
  readonly worker!: Worker;

  @Field(() => UpdateSource, { description: "How Etna learned of it." })
  readonly source!: UpdateSource;

  /** Makes the text: work for a cipher, done only for whoever asks. */
  readonly seal!: () => string;

  @Field(() => String, { description: CURSOR })
  get cursor(): string {
    return this.seal();
  }

  @Field(() => Boolean, { description: CURSOR_EXPIRED })
  readonly cursorExpired!: boolean;
}

interface FollowArgs {
  readonly hostname?: string | null;
  readonly server?: string | null;
  readonly after?: string | null;
}

interface Context {
  readonly lava: LavaSession;
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
    @Root() update: StateUpdate<WireDevice>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): DeviceUpdate {
    lava.renew();
    const { name } = lava.view(server);
    return make(DeviceUpdate, { device: toDevice(name, update.value), ...placeOf(name, update) });
  }

  @Subscription(() => WorkerUpdate, {
    subscribe: ({ args, context }) =>
      follow((context as Context).lava, args as FollowArgs, (view) => view.server.workers),
    description:
      "Workers as they are now, then each change of a worker's state or health once and in order, until you leave.",
  })
  workerUpdates(
    @Root() update: StateUpdate<WireWorker>,
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, HOSTNAME) _hostname?: string | null,
    @Arg("server", () => String, SERVER) server?: string | null,
    @Arg("after", () => String, AFTER) _after?: string | null,
  ): WorkerUpdate {
    lava.renew();
    const { name } = lava.view(server);
    return make(WorkerUpdate, { worker: toWorker(name, update.value), ...placeOf(name, update) });
  }
}

function placeOf<V>(server: string, { source, position, expired }: StateUpdate<V>) {
  return { source, seal: () => encodeCursor(server, position), cursorExpired: expired };
}

async function follow<V>(
  lava: LavaSession,
  { hostname, server, after: cursor }: FollowArgs,
  watchOf: (view: ReturnType<LavaSession["view"]>) => StateWatch<V>,
): Promise<AsyncIterableIterator<StateUpdate<V>, undefined>> {
  const view = lava.view(server);
  const names = hostname == null ? null : [readHostname("hostname", hostname)];
  const after = positionAfter(view.name, cursor);
  const updates = watchOf(view).follow(names, view.ask, after);
  // Of everything, what was missed may be nothing: there is no first update to wait for.
  if (names === null && after !== null) return updates;
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
