// Etna's HTTP and WebSocket server over a small schema of the tests' own: fields that fail in every way there is.

import { GraphQLFloat, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { StatusFeed } from "../../src/ci/live/status-news.js";
import type { RequestContext } from "../../src/ci/session.js";
import { InputRefused, Overflow, UpstreamError } from "../../src/errors.js";
import type { UpstreamErrorKind } from "../../src/errors.js";
import { createHttpServer } from "../../src/server/http/http-server.js";
import type { HttpServer } from "../../src/server/http/http-server.js";
import type { ClientsOptions } from "../../src/server/pipeline/policy.js";

export const SECRET_DETAIL = "detail of our own that nobody may see";

const upstream = (kind: UpstreamErrorKind) =>
  new UpstreamError({ kind, server: "lab", operation: "GET jobs/", message: "words", cause: new Error(SECRET_DETAIL) });

/** What the field `fail(how:)` throws. */
export const FAILURES: Readonly<Record<string, () => unknown>> = {
  UpstreamUnreachable: () => upstream("UpstreamUnreachable"),
  UpstreamTimeout: () => upstream("UpstreamTimeout"),
  UpstreamDenied: () => upstream("UpstreamDenied"),
  UpstreamRejected: () => upstream("UpstreamRejected"),
  UpstreamFailed: () => upstream("UpstreamFailed"),
  UpstreamMalformed: () => upstream("UpstreamMalformed"),
  InputRefused: () => new InputRefused("nr", "is wrong"),
  LimitExceeded: () => new Overflow("LIMIT_EXCEEDED", "too much"),
  SubscriptionOverflow: () => new Overflow("SUBSCRIPTION_OVERFLOW", "too slow"),
  Error: () => new Error(SECRET_DETAIL),
  TypeError: () => new TypeError(SECRET_DETAIL),
  text: () => SECRET_DETAIL,
};

const how = { how: { type: new GraphQLNonNull(GraphQLString) } };
const fail = (_: unknown, args: { readonly how: string }): never => {
  throw FAILURES[args.how]?.() as Error;
};

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: "Query",
    fields: {
      hello: { type: GraphQLString, resolve: () => "hello" },
      who: { type: GraphQLString, resolve: (_, __, { credentials }) => credentials.token?.reveal() ?? null },
      nothing: { type: new GraphQLNonNull(GraphQLString), resolve: () => null },
      huge: { type: GraphQLInt, resolve: () => 3_000_000_000 },
      half: {
        type: GraphQLFloat,
        args: { of: { type: GraphQLInt } },
        resolve: (_, args: { of: number }) => args.of / 2,
      },
      // As a server that does not answer: it ends when it is given up.
      slow: {
        type: GraphQLString,
        resolve: (_, __, { scope: { signal } }) => {
          waiting += 1;
          return new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              waiting -= 1;
              reject(upstream("UpstreamTimeout"));
            });
          });
        },
      },
      // Counted, and held until the test opens the gate.
      gated: {
        type: GraphQLInt,
        resolve: async () => {
          const at = (runs += 1);
          await gate.promise;
          return at;
        },
      },
      // Counted.
      text: {
        type: GraphQLString,
        args: { length: { type: new GraphQLNonNull(GraphQLInt) } },
        resolve: (_, args: { readonly length: number }) => {
          runs += 1;
          return "x".repeat(args.length);
        },
      },
      stuck: { type: GraphQLString, resolve: () => new Promise(() => undefined) },
      fail: { type: GraphQLString, args: how, resolve: fail },
      partly: {
        type: GraphQLString,
        args: how,
        resolve: (_, args: { readonly how: string }, { report }) => {
          report(FAILURES[args.how]?.());
          return "the rest";
        },
      },
    },
  }),
  mutation: new GraphQLObjectType<unknown, RequestContext>({
    name: "Mutation",
    fields: {
      // In a later turn, so that identical ones are under way together.
      add: {
        type: GraphQLInt,
        resolve: async () => {
          const at = (runs += 1);
          await new Promise((resolve) => setImmediate(resolve));
          return at;
        },
      },
    },
  }),
  subscription: new GraphQLObjectType<unknown, RequestContext>({
    name: "Subscription",
    fields: {
      count: {
        type: GraphQLInt,
        args: { to: { type: new GraphQLNonNull(GraphQLInt) } },
        subscribe: async function* (_: unknown, args: { readonly to: number }) {
          for (let number = 1; number <= args.to; number += 1) yield await Promise.resolve({ count: number });
        },
      },
      refused: { type: GraphQLInt, args: how, subscribe: fail },
      breaking: {
        type: GraphQLInt,
        args: how,
        subscribe: async function* (_: unknown, args: { readonly how: string }) {
          yield await Promise.resolve({ breaking: 1 });
          fail(_, args);
        },
      },
      forever: {
        type: GraphQLInt,
        subscribe: () => {
          open += 1;
          started += 1;
          let end: (result: IteratorResult<unknown>) => void = () => undefined;
          const ended = new Promise<IteratorResult<unknown>>((resolve) => (end = resolve));
          return {
            next: () => ended,
            return: () => {
              open -= 1;
              end({ done: true, value: undefined });
              return ended;
            },
            [Symbol.asyncIterator]() {
              return this;
            },
          };
        },
      },
    },
  }),
});

let waiting = 0;
let open = 0;
let started = 0;
let runs = 0;
let gate: { readonly promise: Promise<void> };
closeGate();

/** Holds fields `gated` until the function that it gives is called. */
export function closeGate(): () => void {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  gate = { promise };
  return open;
}

export interface OwnServer {
  readonly origin: string;
  /** Faults of ours that were told to the log. */
  readonly faults: unknown[];
  /** Subscriptions to `forever` that have not been ended. */
  readonly open: () => number;
  /** Fields `slow` that have not been given up. */
  readonly waiting: () => number;
  /** Subscriptions to `forever` since this server began. */
  readonly started: () => number;
  /** Fields `gated`, `text` and `add` that have been resolved so far, in all servers of this process. */
  readonly runs: () => number;
  readonly responseStats: HttpServer["responseStats"];
  close(): Promise<void>;
}

export async function startOwnServer(port = 0, clients: ClientsOptions = {}): Promise<OwnServer> {
  const faults: unknown[] = [];
  const before = started;
  const server = await createHttpServer({
    host: "127.0.0.1",
    port,
    schema,
    createContext: (credentials, report, scope): RequestContext => ({
      ...{ credentials, report, scope, statuses: new StatusFeed(), gatewayUrl: null },
      price: () => ({ estimated: 0, limit: 0 }),
      sessions: [],
    }),
    servers: () => [],
    graphiql: "/nonexistent",
    page: "/nonexistent",
    onFault: (error) => faults.push(error),
    clients,
  });
  return {
    origin: server.origin,
    faults,
    open: () => open,
    waiting: () => waiting,
    started: () => started - before,
    runs: () => runs,
    responseStats: () => server.responseStats(),
    close: () => server.close(),
  };
}
