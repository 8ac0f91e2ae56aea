// The one schema, the same whatever is configured: a system that is not configured answers with an error, its types stay.

import type { GraphQLSchema } from "graphql";
import { lexicographicSortSchema, printSchema } from "graphql";
import { buildSchema } from "type-graphql";
import type { PubSub } from "type-graphql";
import type { CostTable } from "./ci/cost.js";
import { CI_COSTS, nodeCosts } from "./ci/graph/costs.js";
import { LogResolver } from "./ci/graph/log.resolver.js";
import { LogSubscriptionResolver } from "./ci/graph/log.subscription.js";
import { CiQueryResolver } from "./ci/graph/query.resolver.js";
import { RunSubscriptionResolver } from "./ci/graph/run.subscription.js";
import { SearchResolver } from "./ci/graph/search.resolver.js";
import { limitLists } from "./ci/list-limits.js";
import { CUIRASS_COSTS, cuirassResolvers } from "./cuirass/index.js";
import { LAVA_BULK_TYPES, LAVA_COSTS, LAVA_LIST_LIMITS, lavaResolvers } from "./lava/index.js";
import { LINK_COSTS, linkResolvers } from "./links/index.js";

/** What its fields cost the servers, and those of the subgraph that is served. */
export const COSTS: CostTable = {
  ...CI_COSTS,
  ...nodeCosts(LAVA_BULK_TYPES),
  ...LAVA_COSTS,
  ...CUIRASS_COSTS,
  ...LINK_COSTS,
};

let schema: Promise<GraphQLSchema> | undefined;

/**
 * type-graphql wants one although every subscription here brings its own iterable. Its own would end the process when
 * a subscriber falls behind; `events/hub.ts` ends the subscriber.
 */
const NO_PUB_SUB: PubSub = {
  publish: () => refusePubSub(),
  subscribe: () => refusePubSub(),
};

function refusePubSub(): never {
  throw new Error("subscriptions here bring their own `subscribe`");
}

/** Built once for the process. */
export function createSchema(): Promise<GraphQLSchema> {
  const resolvers = [
    CiQueryResolver,
    SearchResolver,
    LogResolver,
    LogSubscriptionResolver,
    RunSubscriptionResolver,
    ...lavaResolvers,
    ...cuirassResolvers,
    ...linkResolvers,
  ] as const;
  schema ??= buildSchema({
    resolvers: resolvers,
    validate: false,
    pubSub: NO_PUB_SUB,
  }).then((built) => limitLists(describeRoots(built), LAVA_LIST_LIMITS));
  return schema;
}

/** type-graphql makes the root types itself, and has no place for what they are. */
function describeRoots(built: GraphQLSchema): GraphQLSchema {
  for (const [type, description] of [
    [built.getQueryType(), "What can be asked. Lists without `server` are merged from all servers."],
    [built.getMutationType(), "What can be changed, with the viewer's own rights."],
    [built.getSubscriptionType(), "What can be followed: first the state as it is, then each change once."],
  ] as const) {
    if (type != null) type.description = description;
  }
  return built;
}

/** The SDL as `schema.graphql` holds it: sorted, with descriptions. */
export async function printSdl(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await createSchema()))}\n`;
}
