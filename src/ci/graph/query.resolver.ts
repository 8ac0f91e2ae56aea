// The root fields that belong to no single CI system.

import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, ObjectType, Query, Resolver } from "type-graphql";
import { InputRefused, errorOf } from "../../errors.js";
import { ForwardArgs } from "./connection.type.js";
import { DateTime } from "./date-time.scalar.js";
import { decodeGlobalId } from "../global-id.js";
import { make } from "./make.js";
import { LIST_ITEMS_MAX } from "../list-limits.js";
import { Node } from "./node.type.js";
import { inRange, mergePages, readPageArgs } from "../page.js";
import { serverNames } from "../pick-server.js";
import { Report } from "./report.js";
import type { ReportFault } from "./report.js";
import { Runs, runTime } from "./run.type.js";
import { RunKind, RunOutcome, RunPhase } from "../enums.js";
import { Server } from "./server.type.js";
import type { OperationPrice, RequestContext, RunFilter } from "../session.js";
import { VERSION } from "../../version.js";

@InputType("RunFilter", { description: "Which runs; all that are given must hold." })
class RunFilterInput {
  @Field(() => [RunKind], { nullable: true, description: "Only test jobs, or only builds." })
  kinds?: RunKind[] | null;

  @Field(() => [RunPhase], { nullable: true, description: "In one of these phases." })
  phases?: RunPhase[] | null;

  @Field(() => [RunOutcome], { nullable: true, description: "With one of these outcomes." })
  outcomes?: RunOutcome[] | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "Created later than this. Of a build that has ended, Cuirass tells no more when it was created: its start counts, or else its end. Leaves out builds without any time, such as canceled ones.",
  })
  createdAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Created earlier than this; see `createdAfter`." })
  createdBefore?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "With this text in the name, upper and lower case alike. Cuirass can't look for it: Etna reads some thousand builds for a page, and where they hold too few, the page is short, or empty, with `hasNextPage`. Go on after `pageInfo.endCursor`.",
  })
  text?: string | null;
}

@ArgsType()
class RunsArgs extends ForwardArgs {
  @Field(() => RunFilterInput, { nullable: true, description: "Which ones; all when left out." })
  filter?: RunFilterInput | null;

  @Field(() => String, { nullable: true, description: "Only of this server." })
  server?: string | null;
}

@ObjectType({ description: "What an operation may cost the servers, in requests to all of them together." })
class OperationCost implements OperationPrice {
  @Field(() => Int, { description: "The estimate; most operations take fewer, since Etna keeps what it has read." })
  readonly estimated!: number;

  @Field(() => Int, { description: "An operation with a higher estimate is refused with LIMIT_EXCEEDED." })
  readonly limit!: number;
}

@Resolver()
export class CiQueryResolver {
  @Query(() => Node, {
    nullable: true,
    description: "The thing with this id; null when there is none that you may see.",
  })
  async node(
    @Ctx() context: RequestContext,
    @Arg("id", () => ID, { description: "From a field `id`." }) id: string,
  ): Promise<Node | null> {
    return loadNode(context, id);
  }

  @Query(() => [Node], {
    nullable: "items",
    description:
      "The things with these ids, in the same order; null for each that does not exist or that you may not see.",
  })
  async nodes(
    @Ctx() context: RequestContext,
    @Arg("ids", () => [ID], { description: "From fields `id`." }) ids: string[],
  ): Promise<(Node | Error | null)[]> {
    inRange("ids", ids.length, LIST_ITEMS_MAX);
    // One that fails is an error in its own place.
    return Promise.all(ids.map((id) => loadNode(context, id).catch(errorOf)));
  }

  @Query(() => String, { description: "Version of this gateway, e.g. `0.1.0`." })
  version(): string {
    return VERSION;
  }

  @Query(() => [Server], { description: "The servers that this gateway is configured for." })
  servers(@Ctx("sessions") sessions: RequestContext["sessions"]): Server[] {
    return sessions.flatMap((session) => session.servers);
  }

  @Query(() => OperationCost, {
    description: "What Etna has reckoned for this operation before it ran, as `limits.query.cost` counts.",
  })
  operationCost(@Ctx() context: RequestContext, @Info() info: GraphQLResolveInfo): OperationCost {
    return make(OperationCost, context.price(info));
  }

  @Query(() => Runs.Connection, {
    nullable: true,
    description:
      "Test jobs and builds of all servers, newest first. A server that does not answer is left out and named in `errors`.",
  })
  async runs(@Ctx() context: RequestContext, @Report() report: ReportFault, @Args(() => RunsArgs) args: RunsArgs) {
    const request = readPageArgs(args);
    const { server = null } = args;
    const filter = readRunFilter(args.filter ?? {});
    serverNames(context.sessions, server);
    const sources = context.sessions
      .flatMap((session) => session.runs(filter))
      .filter((source) => server === null || source.server === server);
    return Runs.of(await mergePages(sources, request, runTime, report));
  }
}

function readRunFilter(filter: RunFilterInput): RunFilter {
  const { kinds = null, phases = null, outcomes = null, createdAfter = null, createdBefore = null } = filter;
  const { text = null } = filter;
  for (const [name, value] of Object.entries({ kinds, phases, outcomes, text })) {
    if (value?.length === 0) throw new InputRefused(`filter.${name}`, "is empty; leave it out to see all");
  }
  return { kinds, phases, outcomes, createdAfter, createdBefore, text };
}

/** The thing with this id; null when there is none that the viewer may see. Throws `InputRefused` for other text. */
export async function loadNode(context: RequestContext, id: string): Promise<Node | null> {
  const { typeName, server, key } = decodeGlobalId(id);
  for (const session of context.sessions) {
    const loading = session.node(typeName, server, key);
    if (loading !== undefined) return loading;
  }
  return null;
}
