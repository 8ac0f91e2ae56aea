// The client: operations over HTTP, subscriptions over a WebSocket or an event stream.

import { endpointOf } from "./address.js";
import type { Credentials } from "./address.js";
import { answerError, EtnaError } from "./errors.js";
import { post } from "./http.js";
import { textOf } from "./operation.js";
import type { Answer, Operation, Payload } from "./operation.js";
import { follow, resumeByCursor } from "./resume.js";
import type { Open, RetryOptions } from "./resume.js";
import { openEventStream } from "./sse.js";
import { waitForTestJob } from "./wait.js";
import type { TestJobProgress, WaitOptions } from "./wait.js";
import { createSocketTransport } from "./websocket.js";

export interface EtnaClientOptions {
  /** The gateway's address, with or without `/graphql`, e.g. `https://etna.example.org`. */
  readonly url: string | URL;
  /** LAVA token, or what gives it; asked for each request and connection. Anonymous where absent or null. */
  readonly token?: string | null | (() => string | null | Promise<string | null>);
  /** The LAVA server that the token is for; needed where the gateway has several. */
  readonly server?: string | null;
  /** Lets the token travel over plain http to a host that is not loopback. Default false. */
  readonly insecure?: boolean;
  /** Of every HTTP request, besides the client's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How subscriptions come. Default: a WebSocket where there is one (browsers, Node 22), else an event stream. */
  readonly transport?: "websocket" | "sse";
  /** In place of the global `WebSocket`, e.g. that of the package `ws` on Node 20. */
  readonly webSocket?: unknown;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** After a break of the connection. */
  readonly retry?: RetryOptions;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Which operation, where the document has several. */
  readonly operationName?: string;
}

export interface SubscribeOptions<TResult = unknown, TVariables = Record<string, unknown>> extends RequestOptions {
  /**
   * Variables with which the subscription goes on behind a result, after a break. Default: `after` is the last update's
   * `cursor`, where the operation has a variable `$after` and selects `cursor`; others begin with the present state again.
   */
  readonly resume?: (data: TResult, variables: TVariables) => TVariables;
}

export interface EtnaClient {
  /**
   * One query or mutation, sent once. Throws `EtnaError` where the answer has errors; its `data` holds what came in spite of
   * them.
   */
  readonly request: <TResult, TVariables extends object = Record<string, unknown>>(
    operation: Operation<TResult, TVariables>,
    variables?: TVariables,
    options?: RequestOptions,
  ) => Promise<TResult>;
  /** The same, with the answer's errors beside its data in place of an exception. Throws where no gateway answers. */
  readonly requestAnswer: <TResult, TVariables extends object = Record<string, unknown>>(
    operation: Operation<TResult, TVariables>,
    variables?: TVariables,
    options?: RequestOptions,
  ) => Promise<Answer<TResult>>;
  /**
   * Results of a subscription until it completes, over breaks of the connection. Leaving the loop ends it. Throws `EtnaError`
   * for a result with errors.
   */
  readonly subscribe: <TResult, TVariables extends object = Record<string, unknown>>(
    operation: Operation<TResult, TVariables>,
    variables?: TVariables,
    options?: SubscribeOptions<TResult, TVariables>,
  ) => AsyncGenerator<TResult, void, undefined>;
  /**
   * The same, which goes on behind a result with errors: `runUpdates` over several servers has such a one for each that fails,
   * and goes on with the others. Throws where the gateway refuses the subscription, or does not answer.
   */
  readonly subscribeAnswers: <TResult, TVariables extends object = Record<string, unknown>>(
    operation: Operation<TResult, TVariables>,
    variables?: TVariables,
    options?: SubscribeOptions<TResult, TVariables>,
  ) => AsyncGenerator<Answer<TResult>, void, undefined>;
  /** See `WaitOptions`; throws `EtnaError`. */
  readonly waitForTestJob: (jobId: string | number, options?: WaitOptions) => Promise<TestJobProgress>;
  /** Ends its subscriptions and its socket. Harmless when repeated. */
  readonly close: () => void;
}

/** Connects to nothing before it is asked. Throws `TypeError` for an address that is none, or no http. */
export function createEtnaClient(options: EtnaClientOptions): EtnaClient {
  const endpoint = endpointOf(options.url);
  if (!/^https?:$/.test(endpoint.protocol)) throw new TypeError(`url: "${endpoint.protocol}" is not http or https`);
  const { token = null } = options;
  const credentials: Credentials = {
    token: typeof token === "function" ? token : () => token,
    server: options.server ?? null,
    insecure: options.insecure ?? false,
  };
  const http = { endpoint, credentials, headers: options.headers ?? {}, fetch: options.fetch ?? fetch };
  const { open, closeSocket } = openerOf(options, endpoint, credentials, (payload, signal) =>
    openEventStream(http, payload, signal),
  );
  const closed = new AbortController();
  const client: EtnaClient = {
    request: async (operation, variables, requested) => {
      const { data, errors = [] } = await client.requestAnswer(operation, variables, requested);
      if (errors.length > 0) throw answerError(errors, data);
      if (data == null) throw new EtnaError("the gateway answered without data", { code: "NOT_A_GATEWAY" });
      return data;
    },
    requestAnswer: (operation, variables, { signal, operationName } = {}) =>
      post(http, toPayload(operation, variables, operationName), signal),
    subscribe: async function* (operation, variables, subscribed) {
      for await (const { data, errors = [] } of client.subscribeAnswers(operation, variables, subscribed)) {
        if (errors.length > 0) throw answerError(errors, data);
        if (data != null) yield data;
      }
    },
    subscribeAnswers: <TResult, TVariables extends object>(
      operation: Operation<TResult, TVariables>,
      variables?: TVariables,
      { signal, resume, operationName }: SubscribeOptions<TResult, TVariables> = {},
    ) => {
      const payload = toPayload(operation, variables, operationName);
      const answers = follow(open, payload, {
        retry: options.retry ?? {},
        signal: signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal]),
        resume: (resume as ReturnType<typeof resumeByCursor> | undefined) ?? resumeByCursor(payload.query),
      });
      // The gateway answers with what the operation asks for.
      return answers as AsyncGenerator<Answer<TResult>, void, undefined>;
    },
    waitForTestJob: (jobId, wait) => waitForTestJob(client, jobId, wait),
    close: () => {
      closed.abort(new EtnaError("the client was closed", { code: "CLOSED" }));
      closeSocket();
    },
  };
  return client;
}

/** Throws `TypeError` for a document without its text. */
function toPayload<TResult, TVariables>(
  operation: Operation<TResult, TVariables>,
  variables: TVariables | undefined,
  operationName: string | undefined,
): Payload {
  const payload = { query: textOf(operation), variables: { ...variables } };
  return operationName === undefined ? payload : { ...payload, operationName };
}

/** By the wanted transport, or the one that there is. Throws `TypeError` where a WebSocket is wanted and there is none. */
function openerOf(
  { transport, webSocket }: EtnaClientOptions,
  endpoint: URL,
  credentials: Credentials,
  openStream: Open,
): { readonly open: Open; readonly closeSocket: () => void } {
  const implementation = webSocket ?? ("WebSocket" in globalThis ? globalThis.WebSocket : undefined);
  if (transport === "sse" || (transport === undefined && implementation === undefined)) {
    return { open: openStream, closeSocket: () => undefined };
  }
  if (implementation === undefined) {
    throw new TypeError('transport: there is no WebSocket here; give one as webSocket, or take transport: "sse"');
  }
  const socket = createSocketTransport(endpoint, credentials, implementation);
  return { open: socket.open, closeSocket: socket.close };
}
