// The transports over one pipeline, for what clients are granted at present; and those of earlier grants, as long as they
// have open sockets or streams.

import { Memory } from "../../cache/memory.js";
import type { RequestContext } from "../../ci/session.js";
import { countAnswers } from "../limits/answer-size.js";
import type { CostOptions } from "../limits/guard.js";
import type { OperationOptions } from "../pipeline/context.js";
import { createExecutor } from "../pipeline/executor.js";
import type { Observer } from "../pipeline/observer.js";
import { Pipeline } from "../pipeline/pipeline.js";
import { createPolicy } from "../pipeline/policy.js";
import type { ClientsOptions, Policy } from "../pipeline/policy.js";
import { ResponseCache } from "../pipeline/response-cache.js";
import { createSubscribe } from "../pipeline/shared-execution.js";
import { createHttpTransport } from "../transports/http.js";
import type { HttpTransport } from "../transports/http.js";
import { createWebSocketTransport } from "../transports/websocket.js";
import type { WebSocketTransport } from "../transports/websocket.js";

export interface OperationsOptions<TContext extends RequestContext> extends OperationOptions<TContext> {
  /** What clients are granted; all at its default where absent. */
  readonly clients?: ClientsOptions | undefined;
  /** What operations cost the servers; nothing where absent. */
  readonly costs?: CostOptions | undefined;
  /** For whole answers; nothing is kept where absent. */
  readonly memory?: Memory;
  readonly observer: Observer;
  /** Of the live page, by their SHA-256. */
  readonly pageDocuments?: ReadonlyMap<string, string>;
}

/** What serves operations under one grant. */
export interface Grant {
  readonly policy: Policy;
  readonly http: HttpTransport;
  readonly webSocket: WebSocketTransport;
  /** Of its executor. */
  readonly stop: () => Promise<void>;
}

export interface Operations {
  readonly current: () => Grant;
  /** Of whole answers. */
  readonly responses: ResponseCache;
  /** Serves what comes from now on under another grant. Throws, with nothing done, for a trusted document that is none. */
  readonly grant: (clients: ClientsOptions) => Promise<void>;
  /** Ends every stream, and closes every socket. */
  readonly leave: () => Promise<void>;
  /** When nothing is under way any more. */
  readonly stop: () => Promise<void>;
}

export async function createOperations<TContext extends RequestContext>(
  options: OperationsOptions<TContext>,
): Promise<Operations> {
  countAnswers(options.schema);
  const responses = new ResponseCache(options.memory ?? new Memory(0));
  const subscribe = createSubscribe(options, options.observer);
  const open = async (clients: ClientsOptions | undefined): Promise<Grant> => {
    const policy = createPolicy(options.schema, clients, options.costs, options.pageDocuments);
    const executor = await createExecutor<TContext>({ ...options, policy });
    const pipeline = new Pipeline({ ...options, policy, executor, responses, subscribe });
    return {
      policy,
      http: createHttpTransport(policy, pipeline),
      webSocket: createWebSocketTransport({ ...options, policy, pipeline }),
      stop: executor.stop,
    };
  };
  let current = await open(options.clients);
  let earlier: Grant[] = [];
  return {
    current: () => current,
    responses,
    grant: async (clients) => {
      const next = await open(clients);
      earlier = [...earlier, current].filter(({ webSocket, http }) => webSocket.size() + http.size() > 0);
      current = next;
      responses.forgetAll();
    },
    leave: async () => {
      const all = [current, ...earlier];
      for (const { http } of all) http.stop();
      await Promise.all(all.map(({ webSocket }) => webSocket.stop()));
    },
    stop: async () => {
      await Promise.all([current, ...earlier].map((grant) => grant.stop()));
    },
  };
}
