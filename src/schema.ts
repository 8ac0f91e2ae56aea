// The one schema, the same whatever is configured: a system that is not configured answers with an error, its types stay.

import type { GraphQLSchema } from "graphql";
import { isInputObjectType } from "graphql";
import { buildSchema } from "type-graphql";
import type { PubSub } from "type-graphql";
import type { CostTable } from "./ci/cost.js";
import { ciCosts, nodeCosts } from "./ci/graph/costs.js";
import { LogResolver } from "./ci/graph/log.resolver.js";
import { LogSubscriptionResolver } from "./ci/graph/log.subscription.js";
import { CiQueryResolver } from "./ci/graph/query.resolver.js";
import { RunSubscriptionResolver } from "./ci/graph/run.subscription.js";
import { ServerSubscriptionResolver } from "./ci/graph/server.subscription.js";
import { SearchResolver } from "./ci/graph/search.resolver.js";
import { limitLists } from "./ci/list-limits.js";
import type { ListLimits } from "./ci/list-limits.js";
import type { CiSystem } from "./ci/system.js";
import { LINK_COSTS, linkResolvers } from "./links/index.js";
import { SYSTEMS } from "./systems.js";

/** What the schema is made of, besides what all systems share. */
type Systems = readonly CiSystem[];

/** What its fields cost the servers, and those of the subgraph that is served. */
export function costsOf(systems: Systems = SYSTEMS): CostTable {
  const bulkTypes = systems.flatMap((system) => [...(system.bulkTypes ?? [])]);
  return Object.assign(
    { ...ciCosts(systems), ...nodeCosts(new Set(bulkTypes)), ...LINK_COSTS },
    ...systems.map((system) => system.costs),
  ) as CostTable;
}

const schemas = new Map<Systems, Promise<GraphQLSchema>>();

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

/** Built once for each list of systems. */
export function createSchema(systems: Systems = SYSTEMS): Promise<GraphQLSchema> {
  let schema = schemas.get(systems);
  if (schema === undefined) {
    schema = build(systems);
    schemas.set(systems, schema);
  }
  return schema;
}

async function build(systems: Systems): Promise<GraphQLSchema> {
  const built = await buildSchema({
    resolvers: [
      CiQueryResolver,
      SearchResolver,
      LogResolver,
      LogSubscriptionResolver,
      RunSubscriptionResolver,
      ServerSubscriptionResolver,
      ...systems.flatMap((system) => system.resolvers),
      ...linkResolvers,
    ],
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  const listLimits = Object.assign({}, ...systems.map((system) => system.listLimits ?? {})) as ListLimits;
  return limitLists(markOneOf(describeRoots(built)), listLimits);
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

/** type-graphql can't say `@oneOf`: exactly one field of such an input type is given, and is not null. */
function markOneOf(built: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(built.getTypeMap())) {
    if (isInputObjectType(type) && type.extensions.oneOf === true) type.isOneOf = true;
  }
  return built;
}
