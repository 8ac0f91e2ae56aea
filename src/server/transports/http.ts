// GraphQL over HTTP: a request becomes an operation, and its outcome one of three forms of an answer: a result, an event
// stream, or parts.

import { GraphQLError } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../../ci/session.js";
import { credentialsOf } from "../pipeline/credentials.js";
import { requestIdOf } from "../pipeline/observer.js";
import type { Arrival, Pipeline } from "../pipeline/pipeline.js";
import type { Policy } from "../pipeline/policy.js";
import { DocumentRefusal } from "../pipeline/refusal.js";
import type { AskedOperation } from "../pipeline/recognized.js";
import { agreeOnForm, formOfRefusal, isRead } from "./answer-form.js";
import type { Endpoint, Form } from "./answer-form.js";
import { readBody } from "./http-body.js";
import { checkHead, readJson, readSearch } from "./http-request.js";
import { writeRefusal, writeResult } from "./http-result.js";
import { createStreams } from "./http-stream.js";
import { resultsOf } from "./written.js";

export interface HttpTransport {
  readonly handle: (request: IncomingMessage, response: ServerResponse, endpoint: Endpoint) => Promise<void>;
  /** Open streams. */
  readonly size: () => number;
  /** Ends every stream. */
  readonly stop: () => void;
}

export function createHttpTransport<TContext extends RequestContext>(
  { limits, addresses }: Policy,
  pipeline: Pipeline<TContext>,
): HttpTransport {
  const streams = createStreams();

  const handle: HttpTransport["handle"] = async (request, response, endpoint) => {
    const requestId = requestIdOf(request);
    const leaving = createLeaving(response);
    let form: Form | null = null;
    const arrival: Arrival = {
      transport: endpoint === "stream" ? "sse" : "http",
      request,
      requestId,
      get left() {
        return leaving.signal();
      },
      traced: request.headers["x-etna-trace"] === "1",
      takePlace: () => {
        const place = addresses.takeOperation(addresses.of(request));
        if (place instanceof GraphQLError) return place;
        leaving.release = place;
        return null;
      },
      readRequest: () => readRequest(request, endpoint, limits),
      readCredentials: () => credentialsOf(request),
      agree: (type) => {
        form = agreeOnForm(request, endpoint, type);
        return form.transport;
      },
    };
    const outcome = await pipeline.serve(arrival);
    if (outcome.kind === "refused") form = formOfRefusal(request, endpoint, outcome.refusal instanceof DocumentRefusal);
    leaving.isStream = outcome.kind === "stream";
    if (form === null) throw new Error("the form of the answer was not agreed");
    if (outcome.kind === "answered" && form.kind === "result") {
      writeResult(request, response, { mediaType: form.mediaType, requestId }, outcome);
      return;
    }
    response.setHeader("x-request-id", requestId);
    if (form.kind === "stream") await streams.write(response, form.framing, resultsOf(outcome));
    else if (outcome.kind === "refused") writeRefusal(request, response, form.mediaType, outcome.refusal);
  };

  return { handle, size: streams.size, stop: streams.stop };
}

/** The end of a request, however it comes about. */
interface Leaving {
  /** Aborts when it ends before its whole answer was written, and when a stream ends. */
  readonly signal: () => AbortSignal;
  /** Called at its end. */
  release: () => void;
  isStream: boolean;
}

/** The signal is made when it is first wanted: for a kept answer it would take longer than all the rest. */
function createLeaving(response: ServerResponse): Leaving {
  let controller: AbortController | null = null;
  const isOver = () => response.destroyed && (leaving.isStream || !response.writableFinished);
  const leaving: Leaving = {
    release: () => undefined,
    isStream: false,
    signal: () => {
      controller ??= new AbortController();
      if (isOver()) controller.abort();
      return controller.signal;
    },
  };
  response.on("close", () => {
    leaving.release();
    // Nobody waits for what is finished, and to abort makes an error with its stack.
    if (isOver()) controller?.abort();
  });
  return leaving;
}

async function readRequest(
  request: IncomingMessage,
  endpoint: Endpoint,
  { bodyBytes, jsonValues }: Policy["limits"],
): Promise<AskedOperation> {
  checkHead(request, endpoint);
  // Of a GET, too: what nobody reads would stay on the connection.
  const body = await readBody(request, bodyBytes);
  return isRead(request) ? readSearch(request, jsonValues) : readJson(request, body, jsonValues);
}
