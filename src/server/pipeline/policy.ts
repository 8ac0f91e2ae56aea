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
  readonly page?: boolean;
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
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  readonly graphiql: boolean;
  /** Whether the live page is served. */
  readonly page: boolean;
}

const NO_COSTS: CostOptions = { table: {}, environmentOf: () => ({ servers: {}, viewerKnown: false }) };

/** @param pageDocuments are trusted besides the given ones, while the live page is served. */
export function createPolicy(
  schema: GraphQLSchema,
  clients: ClientsOptions = {},
  costs = NO_COSTS,
  pageDocuments: ReadonlyMap<string, string> = new Map(),
): Policy {
  const limits = withDefaults(clients.limits);
  const { loopbackOrigins = false } = clients;
  const { introspection = true, suggestions = false, graphiql = true, page = true } = clients;
  const { origins = [], trustedDocuments: given = null } = clients;
  const trustedDocuments = given !== null && page ? new Map([...pageDocuments, ...given]) : given;
  return {
    limits,
    guard: createGuard({ schema, limits: limits.query, costs, introspection }),
    addresses: createAddresses(limits),
    documents: createDocuments(trustedDocuments, limits.query.tokens),
    cors: createCors(origins, loopbackOrigins),
    suggestions,
    // A client that may run trusted documents only can't ask for it either.
    introspection: introspection && trustedDocuments === null,
    graphiql,
    page,
  };
}
