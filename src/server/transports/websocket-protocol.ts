// graphql-transport-ws over the pipeline: graphql-ws speaks the protocol, and each of its operations goes through the same
// steps as one over HTTP. Credentials come once, in `connection_init`.

import { GraphQLError, parse } from "graphql";
import { CloseCode, makeServer } from "graphql-ws";
import type { Server } from "graphql-ws";
import type { IncomingMessage } from "node:http";
import { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import type { Credentials } from "../../ci/viewer.js";
import type { Release } from "../limits/addresses.js";
import { createSocketOperations } from "../limits/socket-operations.js";
import type { SocketOperations } from "../limits/socket-operations.js";
import type { OperationOptions } from "../pipeline/context.js";
import { openContext } from "../pipeline/context.js";
import { credentialsOfParams } from "../pipeline/credentials.js";
import { showError, toGraphQLError } from "../pipeline/errors.js";
import { requestIdOf } from "../pipeline/observer.js";
import type { OperationRequest } from "../pipeline/operation.js";
import type { Outcome, Pipeline } from "../pipeline/pipeline.js";
import type { Policy } from "../pipeline/policy.js";
import { deliver } from "./websocket-socket.js";
import type { SocketExtra } from "./websocket-socket.js";
import { resultsOf } from "./written.js";

export interface ProtocolOptions<TContext extends RequestContext> extends OperationOptions<TContext> {
  readonly policy: Policy;
  readonly pipeline: Pipeline<TContext>;
  /** The id that a socket's request was answered with. */
  readonly requestIds: WeakMap<IncomingMessage, string>;
}

export type ProtocolServer = Server<SocketExtra & { connection?: Connection }>;

/** What is known of one socket. */
interface Connection {
  readonly credentials: Credentials;
  readonly operations: SocketOperations;
  /** Aborts when the socket closes. */
  readonly left: AbortSignal;
  /** Of the socket; its operations' own have their number behind it. */
  readonly requestId: string;
  /** Operations so far. */
  count: number;
}

/** An operation that has been through the pipeline. */
interface Served {
  readonly outcome: Outcome;
  readonly release: Release;
}

/** graphql-ws asks for a document to choose between execution and subscription; the pipeline has done either. */
const SERVED = parse("{ __typename }");

export function createProtocol<TContext extends RequestContext>(options: ProtocolOptions<TContext>): ProtocolServer {
  const { schema, onFault, policy } = options;
  return makeServer<Record<string, unknown>, SocketExtra & { connection?: Connection }>({
    onConnect: ({ connectionParams = {}, extra }) => {
      try {
        extra.connection = connect(options, extra, credentialsOfParams(connectionParams));
        return true;
      } catch (error) {
        // The reason travels in the close frame: the protocol has no other place for it before the acknowledgement.
        extra.socket.close(CloseCode.Forbidden, toReason(toGraphQLError(error, onFault).message));
        return false;
      }
    },

    onSubscribe: async ({ extra }, _id, payload) => {
      // It is there: graphql-ws serves nothing before the acknowledgement.
      const served = await serve(options.pipeline, extra.request, extra.connection as Connection, payload);
      const { outcome } = served;
      return outcome.kind === "refused" ? outcome.refusal.errors : { schema, document: SERVED, contextValue: served };
    },
    execute: ({ contextValue }) => contextValue as never,
    onOperation: ({ extra }, id, _payload, { contextValue }) => {
      const { outcome, release } = contextValue as Served;
      return deliver(resultsOf(outcome), id, extra.socket, release);
    },
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => showError(error.toJSON(), error, onFault, policy.suggestions)),
  });
}

const REASON_MAX_BYTES = 123;

/** As much of a message as a close frame has room for, in whole characters: ws throws for a byte more. */
function toReason(message: string): string {
  return new TextDecoder().decode(Buffer.from(message).subarray(0, REASON_MAX_BYTES), { stream: true });
}

/** Throws `InputRefused` for credentials that no operation could be run with. */
function connect<TContext extends RequestContext>(
  options: ProtocolOptions<TContext>,
  { socket, request }: SocketExtra,
  credentials: Credentials,
): Connection {
  const { addresses, limits } = options.policy;
  const left = new AbortController();
  socket.once("close", () => left.abort());
  // Only for its refusals, such as a token for a server that is not configured: once operations run it is too late.
  openContext(options, credentials, new OperationScope(left.signal));
  const operations = createSocketOperations(addresses, addresses.of(request), limits.operationsPerSocket);
  socket.once("close", () => operations.releaseAll());
  const requestId = options.requestIds.get(request) ?? requestIdOf(request);
  return { credentials, operations, left: left.signal, requestId, count: 0 };
}

async function serve<TContext extends RequestContext>(
  pipeline: Pipeline<TContext>,
  request: IncomingMessage,
  connection: Connection,
  payload: OperationRequest,
): Promise<Served> {
  const { credentials, operations, left, requestId } = connection;
  connection.count += 1;
  let release: Release = () => undefined;
  const outcome = await pipeline.serve({
    transport: "websocket",
    request,
    requestId: `${requestId}.${connection.count}`,
    left,
    traced: false,
    takePlace: () => {
      const place = operations.take();
      if (place instanceof GraphQLError) return place;
      release = place;
      return null;
    },
    readRequest: () => ({ text: null, read: () => payload }),
    readCredentials: () => credentials,
    // A socket carries every type.
    agree: () => "websocket",
  });
  if (outcome.kind === "refused") release();
  return { outcome, release };
}
