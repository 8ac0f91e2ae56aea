// Apollo Server, which executes queries and mutations for all transports. It is given operations that the pipeline has
// already found valid; it has no subscriptions (see shared-execution.ts).

import { ApolloServer } from "@apollo/server";
import type { ApolloServerOptions } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import type { FormattedExecutionResult } from "graphql";
import type { RequestContext } from "../../ci/session.js";
import { showError } from "./errors.js";
import type { Checks, KnownOperation } from "./operation.js";
import { validDocumentsOf } from "./valid-documents.js";
import type { ValidDocuments } from "./valid-documents.js";

export interface Executed {
  /** Over HTTP. */
  readonly status: number;
  /** With its errors as clients are shown them. */
  readonly result: FormattedExecutionResult;
}

export interface Executor<TContext extends RequestContext> {
  readonly execute: (operation: KnownOperation, context: TContext) => Promise<Executed>;
  readonly stop: () => Promise<void>;
}

export interface ExecutorOptions extends Checks {
  /** An internal error, for the log. */
  readonly onFault: (error: unknown) => void;
}

/** Starts Apollo Server. */
export async function createExecutor<TContext extends RequestContext>({
  schema,
  policy,
  onFault,
}: ExecutorOptions): Promise<Executor<TContext>> {
  const apollo = new ApolloServer<TContext>({
    schema,
    // The guard's rules see to it, and to what else tells the schema.
    introspection: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxLexicalTokens: policy.guard.maxTokens },
    validationRules: [...policy.guard.rules],
    documentStore: documentStoreOf(validDocumentsOf(policy.guard)),
    // The pipeline has resolved them.
    persistedQueries: false,
    formatError: (formatted, error) => showError(formatted, error, onFault, policy.suggestions),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // Apollo would switch it on for any subgraph, and say so on stdout.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
    ],
  });
  await apollo.start();
  return {
    execute: async ({ text: query, operationName, variables }, contextValue) => {
      const named = operationName === null ? {} : { operationName };
      const { body, http } = await apollo.executeOperation({ query, variables, ...named }, { contextValue });
      // Only incremental delivery has several parts, and this version of GraphQL has none.
      const result = body.kind === "single" ? body.singleResult : body.initialResult;
      return { status: http.status ?? 200, result };
    },
    stop: () => apollo.stop(),
  };
}

/** What the pipeline has found valid, so that Apollo does not parse and validate it again. */
function documentStoreOf(valid: ValidDocuments): NonNullable<ApolloServerOptions<RequestContext>["documentStore"]> {
  return {
    // Apollo puts a word before each hash.
    get: (key) => Promise.resolve(valid.getByHash(key.slice(key.lastIndexOf(":") + 1))?.document),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
}
