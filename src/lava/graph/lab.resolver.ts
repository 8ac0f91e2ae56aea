// Fields of devices and device types that need another call: batched over the answer wherever LAVA has a bulk form.

import yaml from "js-yaml";
import { Arg, Args, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { ConnectionArgs } from "../../ci/graph/connection.type.js";
import { make } from "../../ci/graph/make.js";
import { readPageArgs } from "../../ci/page.js";
import { InputRefused } from "../../errors.js";
import { Device, DeviceType } from "../model/device.type.js";
import {
  DeviceCounts,
  DeviceTypeQueue,
  HealthCheckPolicy,
  countDevices,
  toHealthCheckPolicy,
} from "../model/lab.type.js";
import type { LavaSession } from "../session.js";
import { NEWEST_FIRST, searchOf } from "../protocol/job-search.js";
import { TestJobs } from "../model/test-job.type.js";
import { isMapping } from "../../codec/mapping.js";

const CONTEXT_MAX_CHARACTERS = 10_000;

@Resolver(() => Device)
export class DeviceLabResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Its device dictionary: what LAVA knows of how to drive it. Null when it has none, or when you may not see it.",
  })
  async dictionary(
    @Ctx("lava") lava: LavaSession,
    @Root() device: Device,
    @Arg("rendered", () => Boolean, {
      defaultValue: true,
      description: "True: YAML, with the device type's template. False: the Jinja text as the administrators wrote it.",
    })
    rendered: boolean,
    @Arg("context", () => String, {
      nullable: true,
      description: "A test job's `context` block, YAML, to render it with; e.g. `arch: arm64`.",
    })
    context?: string | null,
  ): Promise<string | null> {
    const checked = context == null ? null : readContext(context);
    return lava
      .view(device.serverName)
      .lab.dictionaries.load({ hostname: device.hostname, rendered, context: checked });
  }

  @FieldResolver(() => TestJobs.Connection, {
    nullable: true,
    description: "Test jobs that ran on it, newest first, with the one that runs. One request for each device.",
  })
  async lastJobs(
    @Ctx("lava") lava: LavaSession,
    @Root() device: Device,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    // LAVA can list the jobs of many devices at once, but not so many of each.
    const search = searchOf({ actual_device__hostname: device.hostname });
    return TestJobs.of(await lava.view(device.serverName).testJobs(search, NEWEST_FIRST, readPageArgs(args)));
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: "Whether there is a health check for it; null where LAVA does not say.",
  })
  async hasHealthCheck(@Ctx("lava") lava: LavaSession, @Root() device: Device): Promise<boolean | null> {
    return (await lava.view(device.serverName).deviceShow(device.hostname))?.health_job ?? null;
  }
}

@Resolver(() => DeviceType)
export class DeviceTypeLabResolver {
  @FieldResolver(() => DeviceCounts, {
    nullable: true,
    description: "How many devices of it there are, and how they are.",
  })
  async deviceCounts(@Ctx("lava") lava: LavaSession, @Root() type: DeviceType): Promise<DeviceCounts> {
    return countDevices(await lava.view(type.serverName).lab.devicesByType.load(type.name));
  }

  @FieldResolver(() => DeviceTypeQueue, { description: "Test jobs that wait for a device of it." })
  queue(@Root() type: DeviceType): DeviceTypeQueue {
    return make(DeviceTypeQueue, { serverName: type.serverName, deviceType: type.name });
  }

  @FieldResolver(() => HealthCheckPolicy, { description: "When its devices are checked." })
  healthCheck(@Root() type: DeviceType): HealthCheckPolicy {
    return toHealthCheckPolicy(type.wire);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The test job that checks the health of its devices, YAML; null when there is none.",
  })
  async healthCheckDefinition(@Ctx("lava") lava: LavaSession, @Root() type: DeviceType): Promise<string | null> {
    return lava.view(type.serverName).lab.healthChecks.load(type.name);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The template that its device dictionaries extend, Jinja; null when the server has none of this name.",
  })
  async template(@Ctx("lava") lava: LavaSession, @Root() type: DeviceType): Promise<string | null> {
    return lava.view(type.serverName).lab.templates.load(type.name);
  }
}

@Resolver(() => DeviceTypeQueue)
export class DeviceTypeQueueResolver {
  @FieldResolver(() => Int, {
    nullable: true,
    description: "How many there are that you may see. One request for all device types of an answer.",
  })
  async length(@Ctx("lava") lava: LavaSession, @Root() queue: DeviceTypeQueue): Promise<number> {
    return lava.view(queue.serverName).lab.queueLengths.load(queue.deviceType);
  }

  @FieldResolver(() => TestJobs.Connection, {
    nullable: true,
    description:
      "The jobs, oldest first. LAVA takes those of a higher `priority` before them. One request for the first pages of all device types of an answer, a second where long queues hide others; one for each type with `after` or `last`.",
  })
  async testJobs(
    @Ctx("lava") lava: LavaSession,
    @Root() queue: DeviceTypeQueue,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    return TestJobs.of(await lava.view(queue.serverName).queue(queue.deviceType, readPageArgs(args)));
  }
}

/** LAVA breaks on a context that is no mapping. */
function readContext(text: string): string {
  if (text.length > CONTEXT_MAX_CHARACTERS) {
    throw new InputRefused("context", `has ${text.length} characters; allowed are ${CONTEXT_MAX_CHARACTERS}`);
  }
  let value: unknown;
  try {
    value = yaml.load(text, { schema: yaml.FAILSAFE_SCHEMA });
  } catch {
    throw new InputRefused("context", "is no YAML");
  }
  if (!isMapping(value)) {
    throw new InputRefused("context", "is no YAML mapping; write it like `arch: arm64`");
  }
  return text;
}
