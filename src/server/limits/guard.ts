// Whether an operation may run at all: one guard for all transports, asked after the document is valid and before
// anything of it runs.

import { getVariableValues } from "graphql";
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, ValidationRule } from "graphql";
import type { CostEnvironment, CostTable } from "../../ci/cost.js";
import type { Credentials } from "../../ci/viewer.js";
import { estimateCost } from "./cost.js";
import { limitError } from "./limits.js";
import type { QueryLimits } from "./limits.js";
import { createListCheck } from "./lists.js";
import { NO_INTROSPECTION, limitRules } from "./rules.js";

/** What operations cost, where they cost anything. */
export interface CostOptions {
  readonly table: CostTable;
  readonly environmentOf: (credentials: Credentials) => CostEnvironment;
}

export interface GuardOptions {
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  readonly costs: CostOptions;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
}

export interface Candidate {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they came. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** For whom it would run. */
  readonly environment: CostEnvironment;
}

export interface OperationGuard {
  readonly maxTokens: number;
  /** To be checked with GraphQL's own. */
  readonly rules: readonly ValidationRule[];
  /** What the price of an operation depends on besides itself. Throws `InputRefused`. */
  readonly environmentOf: (credentials: Credentials) => CostEnvironment;
  /** The reason why it may not run; null when it may. It depends on nothing but the candidate. */
  readonly refuse: (candidate: Candidate) => GraphQLError | null;
}

export function createGuard({ schema, limits, costs, introspection }: GuardOptions): OperationGuard {
  const refuseLists = createListCheck(schema);
  return {
    maxTokens: limits.tokens,
    rules: [...limitRules(limits), ...(introspection ? [] : NO_INTROSPECTION)],
    environmentOf: costs.environmentOf,
    refuse: ({ document, operation, variables, environment }) => {
      const tooLong = refuseLists({ document, operation, variables });
      if (tooLong !== null) return tooLong;
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
      // It will be refused for them, before anything is asked.
      if (coerced === undefined) return null;
      const estimate = estimateCost(costs.table, { schema, document, operation, variables: coerced, environment });
      if (estimate.pageSize !== null && estimate.pageSize.asked > limits.pageSize) {
        const { asked, field, max } = estimate.pageSize;
        const allowed = Math.min(max, limits.pageSize);
        return limitError({
          limit: "query.pageSize",
          asked,
          allowed,
          message: `${field} is asked for ${asked} at a time, allowed are ${allowed}; take the next page with \`after\``,
        });
      }
      if (estimate.complete && estimate.calls <= limits.cost) return null;
      const asked = estimate.complete ? estimate.calls : Math.max(estimate.calls, limits.cost + 1);
      return limitError({
        limit: "query.cost",
        asked,
        allowed: limits.cost,
        message: `this operation may take ${estimate.complete ? "" : "more than "}${asked} requests to the servers, allowed are ${limits.cost}; ask for fewer items (\`first\`), or for fewer fields that cost a request each`,
      });
    },
  };
}
