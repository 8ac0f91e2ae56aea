// GraphQL over HTTP: a request becomes an operation, and its outcome one of three forms of an answer: a result, an event
// stream, or parts.

import { GraphQLError } from "graphql";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "../../ci/session.js";
import { credentialsOf } from "../pipeline/credentials.js";
import { requestIdOf } from "../pipeline/observer.js";
import type { OperationRequest } from "../pipeline/operation.js";
import type { Arrival, Outcome, Pipeline } from "../pipeline/pipeline.js";
import type { Policy } from "../pipeline/policy.js";
import { DocumentRefusal } from "../pipeline/refusal.js";
import { agreeOnForm, formOfRefusal } from "./answer-form.js";
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
    response.setHeader("x-request-id", requestId);
    const left = new AbortController();
    response.once("close", () => left.abort());
    let form: Form | null = null;
    const arrival: Arrival = {
      transport: endpoint === "stream" ? "sse" : "http",
      request,
      requestId,
      left: left.signal,
      traced: request.headers["x-etna-trace"] === "1",
      takePlace: () => {
        const place = addresses.takeOperation(addresses.of(request));
        if (place instanceof GraphQLError) return place;
        response.once("close", place);
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
    if (form === null) throw new Error("the form of the answer was not agreed");
    await write(request, response, form, outcome);
  };

  const write = async (request: IncomingMessage, response: ServerResponse, form: Form, outcome: Outcome) => {
    if (form.kind === "stream") await streams.write(response, form.framing, resultsOf(outcome));
    else if (outcome.kind === "refused") writeRefusal(request, response, form.mediaType, outcome.refusal);
    else if (outcome.kind === "answered")
      writeResult(request, response, form.mediaType, outcome.answer, outcome.isPublic);
  };

  return { handle, size: streams.size, stop: streams.stop };
}

async function readRequest(
  request: IncomingMessage,
  endpoint: Endpoint,
  { bodyBytes, jsonValues }: Policy["limits"],
): Promise<OperationRequest> {
  checkHead(request, endpoint);
  // Of a GET, too: what nobody reads would stay on the connection.
  const body = await readBody(request, bodyBytes);
  // The address of a GET is shorter than any body that would have to be counted.
  return request.method === "GET" ? readSearch(request) : readJson(request, body, jsonValues);
}
