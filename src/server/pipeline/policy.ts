// What a gateway grants its clients, put together once for all transports.

import type { GraphQLSchema } from "graphql";
import { createCors } from "../limits/cors.js";
import type { Cors } from "../limits/cors.js";
import { createDocuments } from "./documents.js";
import type { Documents } from "./documents.js";
import { createAddresses } from "../limits/addresses.js";
import type { Addresses } from "../limits/addresses.js";
import { createGuard } from "../limits/guard.js";
import type { CostOptions, OperationGuard } from "../limits/guard.js";
import { withDefaults } from "../limits/limits.js";
import type { ClientLimits, ClientLimitsGiven } from "../limits/limits.js";

/** Everything has a default that suits a small lab: all is shown, no other page may call. */
export interface ClientsOptions {
  readonly limits?: ClientLimitsGiven;
  readonly origins?: readonly string[];
  /** Whether pages of every server on this machine may call, too. */
  readonly loopbackOrigins?: boolean;
  readonly introspection?: boolean;
  readonly graphiql?: boolean;
  readonly suggestions?: boolean;
  readonly trustedDocuments?: ReadonlyMap<string, string> | null;
}

export interface Policy {
  readonly limits: ClientLimits;
  readonly guard: OperationGuard;
  readonly addresses: Addresses;
  readonly documents: Documents;
  readonly cors: Cors;
  /** Whether errors may say which name was perhaps meant. */
  readonly suggestions: boolean;
  readonly graphiql: boolean;
}

const NO_COSTS: CostOptions = { table: {}, environmentOf: () => ({ servers: {}, viewerKnown: false }) };

export function createPolicy(schema: GraphQLSchema, clients: ClientsOptions = {}, costs = NO_COSTS): Policy {
  const limits = withDefaults(clients.limits);
  const { introspection = true, suggestions = false, graphiql = true, origins = [], trustedDocuments = null } = clients;
  const { loopbackOrigins = false } = clients;
  return {
    limits,
    guard: createGuard({ schema, limits: limits.query, costs, introspection }),
    addresses: createAddresses(limits),
    documents: createDocuments(trustedDocuments, limits.query.tokens),
    cors: createCors(origins, loopbackOrigins),
    suggestions,
    graphiql,
  };
}
