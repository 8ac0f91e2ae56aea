// What a LAVA server tells of itself and of its whole lab. Each field is a call of its own, made only when it is asked.

import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { ConnectionArgs } from "../../ci/graph/connection.type.js";
import { make } from "../../ci/graph/make.js";
import { inRange, readPageArgs } from "../../ci/page.js";
import { QueryConditionInput, QueryEntity, QueryHit, toConditions } from "../model/custom-query.js";
import { Device, DeviceType } from "../model/device.type.js";
import { toJobId } from "../protocol/ids.js";
import { anyOf } from "../model/input.js";
import {
  DeviceTag,
  DeviceTypeAlias,
  LabPermission,
  MasterConfig,
  XmlRpcMethod,
  toMasterConfig,
  toXmlRpcMethod,
} from "../model/lab.type.js";
import { LavaServer } from "../model/lava-server.type.js";
import type { LavaSession } from "../session.js";
import { OLDEST_FIRST, QUEUED, searchOf } from "../protocol/job-search.js";
import { TestJobs } from "../model/test-job.type.js";

/** LAVA's own default. Each row is a whole test job with its definition on the wire. */
const QUERY_MAX = 200;

@ArgsType()
class QueueArgs extends ConnectionArgs {
  @Field(() => [String], { nullable: true, description: "Only of these device types." })
  deviceTypes?: string[] | null;
}

@Resolver(() => LavaServer)
export class LavaLabResolver {
  @FieldResolver(() => TestJobs.Connection, {
    nullable: true,
    description:
      "Test jobs that wait for a device, oldest first. LAVA takes those of a higher `priority` before them, health checks first of all.",
  })
  async queue(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer, @Args(() => QueueArgs) args: QueueArgs) {
    const search = searchOf({
      ...QUEUED,
      ...anyOf("requested_device_type__name", "deviceTypes", args.deviceTypes),
    });
    return TestJobs.of(await lava.view(server.name).testJobs(search, OLDEST_FIRST, readPageArgs(args)));
  }

  @FieldResolver(() => [XmlRpcMethod], {
    nullable: true,
    description:
      "The methods of its XML-RPC interface, with LAVA's help. Asked once in the life of the gateway; Etna uses but a few of them.",
  })
  async methods(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<XmlRpcMethod[]> {
    const { client, ask } = lava.view(server.name);
    return (await client.lab.methods(ask)).map(toXmlRpcMethod);
  }

  @FieldResolver(() => MasterConfig, { nullable: true, description: "Settings that it shows to everybody." })
  async masterConfig(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<MasterConfig> {
    const { client, ask } = lava.view(server.name);
    return toMasterConfig(await client.lab.settings(ask));
  }

  @FieldResolver(() => [DeviceTag], {
    nullable: true,
    description: "All device tags. Only for users: anonymous viewers get UPSTREAM_DENIED.",
  })
  async tags(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<DeviceTag[]> {
    const { client, ask } = lava.view(server.name);
    return (await client.lab.tags(ask)).map((tag) => make(DeviceTag, tag));
  }

  @FieldResolver(() => [DeviceTypeAlias], {
    nullable: true,
    description: "Other names of device types. Only for users: anonymous viewers get UPSTREAM_DENIED.",
  })
  async aliases(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<DeviceTypeAlias[]> {
    const { client, ask } = lava.view(server.name);
    return (await client.lab.aliases(ask)).map(({ name, device_type }) =>
      make(DeviceTypeAlias, { serverName: server.name, typeName: device_type, name }),
    );
  }

  @FieldResolver(() => [LabPermission], {
    nullable: true,
    description:
      "Which group has which right on which device or device type. Only for superusers: UPSTREAM_DENIED else.",
  })
  async permissions(@Ctx("lava") lava: LavaSession, @Root() server: LavaServer): Promise<LabPermission[]> {
    const { client, ask } = lava.view(server.name);
    return (await client.lab.permissions(ask)).map(({ group, permission, device, deviceType }) =>
      make(LabPermission, { serverName: server.name, group, permission, hostname: device, typeName: deviceType }),
    );
  }

  @FieldResolver(() => [QueryHit], {
    nullable: true,
    description:
      "What LAVA's own query finds, newest first: conditions on test jobs by their suites and cases, which `testJobs` does not have. Slow on large servers. Only for users: anonymous viewers get UPSTREAM_DENIED.",
  })
  async customQuery(
    @Ctx("lava") lava: LavaSession,
    @Root() server: LavaServer,
    @Arg("entity", () => QueryEntity, { description: "What to look for." }) entity: QueryEntity,
    @Arg("conditions", () => [QueryConditionInput], { description: "One condition or more; all must hold." })
    conditions: QueryConditionInput[],
    @Arg("first", () => Int, { defaultValue: 20, description: "How many at most, up to 200." }) first: number,
  ): Promise<QueryHit[]> {
    const view = lava.view(server.name);
    const text = toConditions(conditions);
    const limit = inRange("first", first, QUERY_MAX);
    if (limit === 0) return [];
    const table = entity === QueryEntity.TESTJOB ? "testjob" : "testsuite";
    const rows = await view.client.lab.customQuery(table, text, limit, view.ask);
    // The jobs themselves come the usual way, so that nothing of LAVA's rows but their ids is believed.
    const jobs = await Promise.all(rows.map(({ jobId }) => view.testJob(toJobId(jobId))));
    return rows.flatMap(({ suiteName }, at) => {
      const testJob = jobs[at] ?? null;
      return testJob === null ? [] : [make(QueryHit, { testJob, suiteName })];
    });
  }
}

@Resolver(() => DeviceTypeAlias)
export class DeviceTypeAliasResolver {
  @FieldResolver(() => DeviceType, { nullable: true, description: "The device type." })
  async deviceType(@Ctx("lava") lava: LavaSession, @Root() alias: DeviceTypeAlias): Promise<DeviceType | null> {
    return lava.view(alias.serverName).deviceType(alias.typeName);
  }
}

@Resolver(() => LabPermission)
export class LabPermissionResolver {
  @FieldResolver(() => Device, {
    nullable: true,
    description: "The device it is on; null when it is on a device type.",
  })
  async device(@Ctx("lava") lava: LavaSession, @Root() permission: LabPermission): Promise<Device | null> {
    return permission.hostname === null ? null : lava.view(permission.serverName).device(permission.hostname);
  }

  @FieldResolver(() => DeviceType, {
    nullable: true,
    description: "The device type it is on; null when it is on a device.",
  })
  async deviceType(@Ctx("lava") lava: LavaSession, @Root() permission: LabPermission): Promise<DeviceType | null> {
    return permission.typeName === null ? null : lava.view(permission.serverName).deviceType(permission.typeName);
  }
}
