// Where only trusted documents run, what a request over HTTP names is put in its place before Apollo sees it.

import type { HTTPGraphQLRequest } from "@apollo/server";
import { GraphQLError } from "graphql";
import type { Documents } from "./documents.js";

/** The request with its document's text; as it came where any document may run; or why none does. */
export function resolveHttpDocument(
  documents: Documents,
  request: HTTPGraphQLRequest,
): HTTPGraphQLRequest | GraphQLError {
  const { body } = request;
  // Apollo refuses a list by itself: batching is off.
  if (!documents.trusted || Array.isArray(body)) return request;
  if (request.method === "GET") return resolveSearch(documents, request);
  if (typeof body !== "object" || body === null) return request;
  const { documentId, query, extensions, ...rest } = body as Record<string, unknown>;
  const text = documents.resolve({ query, documentId, extensions });
  return text instanceof GraphQLError ? text : { ...request, body: { ...rest, query: text } };
}

function resolveSearch(documents: Documents, request: HTTPGraphQLRequest): HTTPGraphQLRequest | GraphQLError {
  const params = new URLSearchParams(request.search);
  let extensions: unknown;
  try {
    extensions = JSON.parse(params.get("extensions") ?? "{}");
  } catch {
    // Apollo says what is wrong with it.
    return request;
  }
  const [query, documentId] = [params.get("query"), params.get("documentId") ?? undefined];
  const text = documents.resolve({ query, documentId, extensions });
  if (text instanceof GraphQLError) return text;
  params.set("query", text);
  params.delete("documentId");
  params.delete("extensions");
  return { ...request, search: `?${params.toString()}` };
}
