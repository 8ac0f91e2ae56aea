// A Cuirass build in the graph. From `/build/N`, `/api/latestbuilds` and `/api/queue`.

import type { OperationScope } from "../../cache/operation-scope.js";
import { GraphQLSafeInt } from "graphql-scalars";
import { Field, Int, ObjectType } from "type-graphql";
import { connectionOf } from "../../ci/graph/connection.type.js";
import { fromUnixSeconds } from "../../ci/graph/date-time.scalar.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { Run } from "../../ci/graph/run.type.js";
import { RunOutcome, RunPhase } from "../../ci/enums.js";
import { BuildStatus, toPhase, Weather, toBuildStatus, toWeather } from "../protocol/enums.js";
import { toBuildId } from "../protocol/ids.js";
import type { CuirassBuildId } from "../protocol/ids.js";
import type { WireBuild } from "../protocol/wire.js";
import { withOddFields } from "../../ci/odd-fields.js";

@ObjectType({ description: "What a build puts, or is to put, into the store." })
export class BuildOutput {
  @Field(() => String, { description: "Its name; the main one is `out`." })
  readonly name!: string;

  @Field(() => String, { description: "Its store path, known before the build: it says nothing about success." })
  readonly path!: string;
}

@ObjectType({ description: "A file of a build that can be downloaded, such as a disk image." })
export class BuildProduct {
  @Field(() => Int, { description: "Cuirass' own number, unique on its server." })
  readonly productId!: number;

  @Field(() => String, { description: "What it is, in the specification's words, e.g. `iso9660`." })
  readonly type!: string;

  @Field(() => String, { description: "Its path in the store." })
  readonly path!: string;

  @Field(() => GraphQLSafeInt, { description: "Its size in bytes, which may be beyond 2 GiB." })
  readonly sizeBytes!: number;

  @Field(() => String, { description: "Where to download it. The server may have removed the file meanwhile." })
  readonly url!: string;
}

@ObjectType({ implements: [Node, Run], description: "A build that Cuirass does, did or will do." })
export class Build extends Run {
  readonly wire!: WireBuild;
  /** The integer behind `buildId`, branded. */
  readonly nativeId!: CuirassBuildId;

  @Field(() => Int, { description: "Cuirass' own number, unique on its server; kept when the build is restarted." })
  readonly buildId!: number;

  @Field(() => BuildStatus, { description: "Where it is, or how it ended." })
  readonly status!: BuildStatus;

  @Field(() => Int, { description: "Cuirass' code behind `status`." })
  readonly statusCode!: number;

  @Field(() => Weather, { description: "Compared with the build before it of the same job." })
  readonly weather!: Weather;

  @Field(() => Int, { description: "0 to 99; the lower ones are built first." })
  readonly priority!: number;

  @Field(() => String, { description: "Name of its job, by convention `NAME.SYSTEM`." })
  readonly job!: string;

  @Field(() => String, { description: "What it is built for, e.g. `x86_64-linux`." })
  readonly system!: string;

  @Field(() => String, { description: "Name and version of what is built, e.g. `hello-2.12.1`." })
  readonly nixName!: string;

  @Field(() => String, { description: "Store path of its derivation." })
  readonly derivation!: string;

  @Field(() => [BuildOutput], { description: "What it puts into the store, by name." })
  readonly outputs!: readonly BuildOutput[];

  @Field(() => [BuildProduct], { description: "Files to download; empty for most builds." })
  readonly products!: readonly BuildProduct[];

  @Field(() => Int, { description: "Number of the evaluation that first asked for it." })
  readonly evaluationId!: number;

  @Field(() => String, { description: "Name of the specification it is of." })
  readonly specificationName!: string;

  /** Null also for a build that was canceled while it ran: Cuirass does not note when. */
  override durationSeconds(scope: OperationScope): number | null {
    return this.phase === RunPhase.FINISHED && this.finishedAt === null ? null : super.durationSeconds(scope);
  }
}
export const Builds = connectionOf("Build", () => Build, "builds");

/** @param serverUrl the server's address without a closing slash. */
export function toBuild(serverName: string, serverUrl: string, wire: WireBuild): Build {
  const { id, buildstatus: code } = wire;
  const status = toBuildStatus(code);
  const finished = code >= 0;
  // A build back in the queue may keep its old start; one whose dependency failed gets start = end without running.
  const started = (finished && status !== BuildStatus.FAILED_DEPENDENCY) || status === BuildStatus.STARTED;
  const build = make(Build, {
    id: encodeGlobalId("Build", serverName, id),
    serverName,
    wire,
    nativeId: toBuildId(id),
    name: wire.job,
    phase: toPhase(code),
    outcome: finished ? (OUTCOMES.get(status) ?? RunOutcome.UNRECOGNIZED) : RunOutcome.PENDING,
    // A finished build's `timestamp` is its end: Cuirass no longer tells when it was registered.
    createdAt: finished ? null : fromUnixSeconds(wire.timestamp),
    startedAt: started ? fromUnixSeconds(wire.starttime) : null,
    finishedAt: finished ? fromUnixSeconds(wire.stoptime) : null,
    url: `${serverUrl}/build/${id}/details`,
    buildId: id,
    status,
    statusCode: code,
    weather: toWeather(wire.weather, code),
    priority: wire.priority,
    job: wire.job,
    system: wire.system,
    nixName: wire.nixname,
    derivation: wire.derivation,
    outputs: Object.entries(wire.buildoutputs)
      .map(([name, { path }]) => make(BuildOutput, { name, path }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    products: wire.buildproducts.map((product) =>
      make(BuildProduct, {
        productId: product.id,
        type: product.type,
        path: product.path,
        sizeBytes: product["file-size"],
        url: `${serverUrl}/download/${product.id}`,
      }),
    ),
    evaluationId: wire.evaluation,
    specificationName: wire.jobset,
  });
  return withOddFields(build, wire, FIELDS, { server: serverName, what: `build ${id}` });
}

/** By the field on the wire that they come from, where a row may be read without it. */
const FIELDS = {
  jobset: ["specificationName"],
  job: ["job", "name"],
  derivation: ["derivation"],
  buildoutputs: ["outputs"],
  system: ["system"],
  nixname: ["nixName"],
  weather: ["weather"],
  buildproducts: ["products"],
  evaluation: ["evaluationId"],
  buildstatus: ["status", "statusCode", "phase", "outcome", "createdAt", "startedAt", "finishedAt"],
  timestamp: ["createdAt"],
  starttime: ["startedAt"],
  stoptime: ["finishedAt"],
  priority: ["priority"],
} as const satisfies Readonly<Record<string, readonly (keyof Build)[]>>;

const OUTCOMES: ReadonlyMap<BuildStatus, RunOutcome> = new Map([
  [BuildStatus.SUCCEEDED, RunOutcome.SUCCEEDED],
  [BuildStatus.FAILED, RunOutcome.FAILED],
  [BuildStatus.FAILED_DEPENDENCY, RunOutcome.FAILED],
  [BuildStatus.FAILED_OTHER, RunOutcome.FAILED],
  [BuildStatus.CANCELED, RunOutcome.CANCELED],
]);
