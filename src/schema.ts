// The one schema, the same whatever is configured: a system that is not configured answers with an error, its types stay.

import type { GraphQLSchema } from "graphql";
import { lexicographicSortSchema, printSchema } from "graphql";
import { buildSchema } from "type-graphql";
import type { PubSub } from "type-graphql";
import { LogResolver } from "./ci/log.resolver.js";
import { LogSubscriptionResolver } from "./ci/log.subscription.js";
import { CiQueryResolver } from "./ci/query.resolver.js";
import { RunSubscriptionResolver } from "./ci/run.subscription.js";
import { SearchResolver } from "./ci/search.resolver.js";
import { cuirassResolvers } from "./cuirass/index.js";
import { lavaResolvers } from "./lava/index.js";
import { linkResolvers } from "./links/index.js";

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
  });
  return schema;
}

/** The SDL as `schema.graphql` holds it: sorted, with descriptions. */
export async function printSdl(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await createSchema()))}\n`;
}
