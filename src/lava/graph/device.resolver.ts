// Devices, device types and workers: the root fields, and the fields that need another call.

import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Info, Query, Resolver, Root } from "type-graphql";
import { ConnectionArgs } from "../../ci/graph/connection.type.js";
import { mergePages, readPageArgs } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { selectsOnly } from "../../ci/graph/selection.js";
import { Report } from "../../ci/graph/report.js";
import type { ReportFault } from "../../ci/graph/report.js";
import { DeviceFilter, devicesWith, readDeviceFilter } from "../model/device-filter.js";
import { Device, DeviceType, DeviceTypes, Devices, Worker, Workers, toNamedDeviceType } from "../model/device.type.js";
import { parseJobId } from "../protocol/ids.js";
import { LavaServer } from "../model/lava-server.type.js";
import type { LavaSession } from "../session.js";
import type { LavaView } from "../view.js";
import { TestJob } from "../model/test-job.type.js";

const SERVER = { nullable: true, description: "Needed with several LAVA servers." } as const;

@ArgsType()
class LavaListArgs extends ConnectionArgs {
  @Field(() => String, { nullable: true, description: "Only of this LAVA server." })
  server?: string | null;
}

@ArgsType()
class DevicesArgs extends LavaListArgs {
  @Field(() => DeviceFilter, { nullable: true, description: "Which ones; all but the retired when left out." })
  filter?: DeviceFilter | null;
}

const NAME_ONLY = new Set(["id", "name"]);

/** Lists of several servers stay in the servers' order: there is no time to merge them by. */
const unordered = () => 0;

function merged<T>(
  report: ReportFault,
  lava: LavaSession,
  args: LavaListArgs,
  page: (view: LavaView, request: PageRequest) => Promise<Page<T>>,
): Promise<Page<T>> {
  const sources = lava.views(args.server).map((view) => ({
    server: view.name,
    page: (request: PageRequest) => page(view, request),
  }));
  return mergePages(sources, readPageArgs(args), unordered, report);
}

@Resolver(() => Device)
export class DeviceResolver {
  @Query(() => Device, { nullable: true, description: "One device; null when there is none that you may see." })
  async device(
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, { description: "Its name." }) hostname: string,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Device | null> {
    return lava.view(server).device(hostname);
  }

  @Query(() => Devices.Connection, { nullable: true, description: "Devices by name, without the retired ones." })
  async devices(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Args(() => DevicesArgs) args: DevicesArgs,
  ) {
    const search = readDeviceFilter(args.filter ?? {});
    return Devices.of(await merged(report, lava, args, (view, request) => view.devices(search, request)));
  }

  @FieldResolver(() => LavaServer, { description: "The server it belongs to." })
  server(@Ctx("lava") lava: LavaSession, @Root() device: Device): LavaServer {
    return lava.view(device.serverName).toServer();
  }

  @FieldResolver(() => DeviceType, { nullable: true, description: "Its type." })
  async deviceType(
    @Ctx("lava") lava: LavaSession,
    @Root() device: Device,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DeviceType | null> {
    const name = device.wire.device_type;
    // The device itself has told it.
    if (selectsOnly(info, NAME_ONLY)) return toNamedDeviceType(device.serverName, name);
    return lava.view(device.serverName).deviceType(name);
  }

  @FieldResolver(() => Worker, { nullable: true, description: "The worker it hangs on; null when it hangs on none." })
  async worker(@Ctx("lava") lava: LavaSession, @Root() device: Device): Promise<Worker | null> {
    const hostname = device.wire.worker_host;
    return hostname === null ? null : lava.view(device.serverName).worker(hostname);
  }

  @FieldResolver(() => [String], { nullable: true, description: "Its tags, e.g. `usb-eth`." })
  async tags(@Ctx("lava") lava: LavaSession, @Root() device: Device): Promise<readonly string[] | null> {
    // REST has only ids, and their names only for users; XML-RPC has the names, in bulk and for everybody.
    if (device.wire.tags.length === 0) return [];
    return (await lava.view(device.serverName).deviceShow(device.hostname))?.tags ?? null;
  }

  @FieldResolver(() => TestJob, {
    nullable: true,
    description: "The test job it is reserved for or runs; null when idle, or when you may not see the job.",
  })
  async currentJob(@Ctx("lava") lava: LavaSession, @Root() device: Device): Promise<TestJob | null> {
    // Only XML-RPC tells; it has no bulk form but system.multicall, one request for all devices of the answer.
    const view = lava.view(device.serverName);
    const current = (await view.deviceShow(device.hostname))?.current_job ?? null;
    const id = current === null ? null : parseJobId(current);
    return id === null ? null : view.testJob(id);
  }

  @FieldResolver(() => TestJob, {
    nullable: true,
    description: "Its last health check; null when it had none, or when you may not see it.",
  })
  async lastHealthCheck(@Ctx("lava") lava: LavaSession, @Root() device: Device): Promise<TestJob | null> {
    const id = parseJobId(String(device.wire.last_health_report_job ?? ""));
    return id === null ? null : lava.view(device.serverName).testJob(id);
  }
}

@Resolver(() => DeviceType)
export class DeviceTypeResolver {
  @Query(() => DeviceType, {
    nullable: true,
    description: "One device type; null when there is none that you may see.",
  })
  async deviceType(
    @Ctx("lava") lava: LavaSession,
    @Arg("name", () => String, { description: "Its name." }) name: string,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<DeviceType | null> {
    return lava.view(server).deviceType(name);
  }

  @Query(() => DeviceTypes.Connection, { nullable: true, description: "Device types by name." })
  async deviceTypes(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Args(() => LavaListArgs) args: LavaListArgs,
  ) {
    return DeviceTypes.of(await merged(report, lava, args, (view, request) => view.deviceTypes(request)));
  }

  @FieldResolver(() => LavaServer, { description: "The server it belongs to." })
  server(@Ctx("lava") lava: LavaSession, @Root() type: DeviceType): LavaServer {
    return lava.view(type.serverName).toServer();
  }

  @FieldResolver(() => Devices.Connection, {
    nullable: true,
    description: "Its devices by name, without the retired ones.",
  })
  async devices(
    @Ctx("lava") lava: LavaSession,
    @Root() type: DeviceType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    return Devices.of(
      await lava.view(type.serverName).devices(devicesWith({ device_type__name: type.name }), readPageArgs(args)),
    );
  }
}

@Resolver(() => Worker)
export class WorkerResolver {
  @Query(() => Worker, { nullable: true, description: "One worker; null when there is none." })
  async worker(
    @Ctx("lava") lava: LavaSession,
    @Arg("hostname", () => String, { description: "Its name." }) hostname: string,
    @Arg("server", () => String, SERVER) server?: string | null,
  ): Promise<Worker | null> {
    return lava.view(server).worker(hostname);
  }

  @Query(() => Workers.Connection, { nullable: true, description: "Workers by name." })
  async workers(
    @Report() report: ReportFault,
    @Ctx("lava") lava: LavaSession,
    @Args(() => LavaListArgs) args: LavaListArgs,
  ) {
    return Workers.of(await merged(report, lava, args, (view, request) => view.workers(request)));
  }

  @FieldResolver(() => LavaServer, { description: "The server it belongs to." })
  server(@Ctx("lava") lava: LavaSession, @Root() worker: Worker): LavaServer {
    return lava.view(worker.serverName).toServer();
  }

  @FieldResolver(() => Devices.Connection, {
    nullable: true,
    description: "Devices that hang on it, by name, without the retired ones.",
  })
  async devices(
    @Ctx("lava") lava: LavaSession,
    @Root() worker: Worker,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
  ) {
    return Devices.of(
      await lava
        .view(worker.serverName)
        .devices(devicesWith({ worker_host__hostname: worker.hostname }), readPageArgs(args)),
    );
  }
}
