// A schema of Cuirass' resolvers alone, and queries to it with a session of real clients.

import { Memory } from "../../src/cache/memory.js";
import { NOBODY_LEAVES, OperationScope } from "../../src/cache/operation-scope.js";
import type { ExecutionResult } from "graphql";
import { graphql } from "graphql";
import type { NonEmptyArray } from "type-graphql";
import { buildSchema } from "type-graphql";
import { LogResolver } from "../../src/ci/graph/log.resolver.js";
import { CiQueryResolver } from "../../src/ci/graph/query.resolver.js";
import { ANONYMOUS } from "../../src/ci/viewer.js";
import { createCuirass, cuirass as cuirassSystem } from "../../src/cuirass/index.js";
import type { CuirassServerOptions } from "../../src/cuirass/index.js";
import type { HttpLimits } from "../../src/net/http-limits.js";

const resolvers = [CiQueryResolver, LogResolver, ...cuirassSystem.resolvers] as unknown as NonEmptyArray<
  new () => object
>;
const refuse = () => {
  throw new Error("subscriptions bring their own `subscribe`");
};
export const schema = await buildSchema({
  resolvers,
  validate: false,
  pubSub: { publish: refuse, subscribe: refuse },
});

export interface Answer {
  /** Data as JSON would hold it, so that a wrong path in a test is undefined and not a type error. */
  readonly data: any;
  readonly errors: readonly string[];
  /** Faults that were reported although the field has a value. */
  readonly reported: readonly string[];
}

export interface Graph {
  query(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

/** @param servers addresses by name. */
export function createGraph(
  servers: Readonly<Record<string, string>>,
  limits?: Partial<HttpLimits>,
  access: Pick<CuirassServerOptions, "mutations" | "credentials"> = {},
): Graph {
  const cuirass = createCuirass(
    Object.entries(servers).map(([name, url]) => ({ name, url: new URL(url), limits, ...access })),
    { memory: new Memory(0) },
  );
  return {
    async query(document, variables) {
      const scope = new OperationScope(NOBODY_LEAVES);
      const session = cuirass.createSession(ANONYMOUS, scope);
      const reported: string[] = [];
      const report = (error: unknown) => void reported.push(error instanceof Error ? error.message : String(error));
      const contextValue = {
        credentials: ANONYMOUS,
        sessions: [session],
        cuirass: session,
        report,
        scope,
        gatewayUrl: null,
        price: () => ({ estimated: 0, limit: 0 }),
      };
      const result: ExecutionResult = await graphql({
        schema,
        source: document,
        variableValues: variables,
        contextValue,
      });
      return {
        data: JSON.parse(JSON.stringify(result.data ?? null)) as unknown,
        errors: (result.errors ?? []).map(({ message }) => message),
        reported,
      };
    },
    close: () => cuirass.close(),
  };
}
