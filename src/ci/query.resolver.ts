// The root fields that belong to no single CI system.

import { Arg, Args, ArgsType, Ctx, Field, ID, Query, Resolver } from "type-graphql";
import { ConnectionArgs } from "./connection.type.js";
import { decodeGlobalId } from "./global-id.js";
import { Node } from "./node.type.js";
import { inRange, mergePages, readPageArgs } from "./page.js";
import { unknownServer } from "./pick-server.js";
import { Runs, RunOutcome, RunPhase, runTime } from "./run.type.js";
import { Server } from "./server.type.js";
import type { RequestContext } from "./session.js";

const NODES_MAX = 100;

@ArgsType()
class RunsArgs extends ConnectionArgs {
  @Field(() => RunPhase, { nullable: true, description: "Only runs in this phase." })
  phase?: RunPhase | null;

  @Field(() => RunOutcome, { nullable: true, description: "Only runs that ended so." })
  outcome?: RunOutcome | null;

  @Field(() => String, { nullable: true, description: "Only runs of this server." })
  server?: string | null;
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
    @Arg("ids", () => [ID], { description: "At most 100, from fields `id`." }) ids: string[],
  ): Promise<(Node | null)[]> {
    inRange("ids", ids.length, NODES_MAX);
    return Promise.all(ids.map((id) => loadNode(context, id)));
  }

  @Query(() => [Server], { description: "The servers that this gateway is configured for." })
  servers(@Ctx("sessions") sessions: RequestContext["sessions"]): Server[] {
    return sessions.flatMap((session) => session.servers);
  }

  @Query(() => Runs.Connection, {
    nullable: true,
    description:
      "Test jobs and builds of all servers, newest first. A server that does not answer is left out and named in `errors`.",
  })
  async runs(@Ctx() context: RequestContext, @Args(() => RunsArgs) args: RunsArgs) {
    const request = readPageArgs(args);
    const known = context.sessions.flatMap((session) => session.servers.map((server) => server.name));
    if (args.server != null && !known.includes(args.server)) throw unknownServer(args.server, known);
    const sources = context.sessions
      .flatMap((session) => session.runs({ phase: args.phase ?? null, outcome: args.outcome ?? null }))
      .filter((source) => args.server == null || source.server === args.server);
    return Runs.of(await mergePages(sources, request, runTime, context.report));
  }
}

async function loadNode(context: RequestContext, id: string): Promise<Node | null> {
  const { typeName, server, key } = decodeGlobalId(id);
  for (const session of context.sessions) {
    const loading = session.node(typeName, server, key);
    if (loading !== undefined) return loading;
  }
  return null;
}
