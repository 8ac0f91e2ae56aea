// Carries GraphiQL's operations to the gateway: queries and mutations over HTTP, subscriptions over graphql-transport-ws.
import type { GraphiQL } from "graphiql";
import { getOperationAST, GraphQLError, OperationTypeNode, parse, type ExecutionResult } from "graphql";
import { createClient } from "graphql-ws";
import type { ComponentProps } from "react";

type Fetcher = ComponentProps<typeof GraphiQL>["fetcher"];
type Observable = Extract<ReturnType<Fetcher>, { subscribe: unknown }>;

interface Operation {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
}

/** Of the overloads of `Observable.subscribe`, the one that GraphiQL calls. */
interface Observer {
  next(value: unknown): void;
  error(problem: unknown): void;
  complete(): void;
}

/** The header names that the gateway also takes in `connection_init`, since a browser's websocket sends no headers. */
const CREDENTIALS = ["Authorization", "X-Etna-Token"];

/**
 * A fetcher for the endpoint `url` (http or https; the websocket is at the same place).
 * Each subscription has its own connection, so what the headers pane says when it starts is what the gateway gets.
 */
export function createFetcher(url: URL): Fetcher {
  const socketUrl = new URL(url);
  socketUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return (params, options) => {
    const headers = new Headers(options?.headers);
    const { operation, isSubscription } = selectOperation(params);
    return isSubscription ? subscribe(socketUrl, operation, headers) : post(url, operation, headers);
  };
}

/**
 * Decides by the text alone: GraphiQL learns which operation a tab holds a moment after the tab was opened, and until
 * then asks for the one of the tab before.
 */
function selectOperation(asked: Operation): { readonly operation: Operation; readonly isSubscription: boolean } {
  try {
    const document = parse(asked.query);
    const found = getOperationAST(document, asked.operationName) ?? getOperationAST(document);
    return {
      operation: found ? { ...asked, operationName: found.name?.value ?? null } : asked,
      isSubscription: found?.operation === OperationTypeNode.SUBSCRIPTION,
    };
  } catch {
    return { operation: asked, isSubscription: false }; // The gateway explains what is wrong with it.
  }
}

async function post(
  url: URL,
  operation: Operation,
  headers: Headers,
): Promise<ExecutionResult<Record<string, unknown>>> {
  headers.set("content-type", "application/json");
  headers.set("accept", "application/graphql-response+json, application/json;q=0.9");
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(operation) });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult<Record<string, unknown>>;
  } catch {
    // A proxy's page, or the gateway's own refusal of a body that it did not read.
    return { errors: [new GraphQLError(`HTTP ${response.status} ${response.statusText}: ${text.slice(0, 1000)}`)] };
  }
}

/** An observable, because stopping an async generator waits for the event that is under way, which may never come. */
function subscribe(url: URL, operation: Operation, headers: Headers): Observable {
  return {
    subscribe(observer: Observer) {
      const client = createClient({
        url: url.href,
        connectionParams: credentials(headers),
        // Here a lost connection is something to be seen, not to be hidden by another attempt.
        retryAttempts: 0,
      });
      const unsubscribe = client.subscribe(operation, {
        next: (result) => observer.next(result),
        error: (problem) => observer.error(problem instanceof CloseEvent ? closed(problem) : problem),
        complete: () => observer.complete(),
      });
      return { unsubscribe };
    },
  } as Observable;
}

function credentials(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    CREDENTIALS.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function closed(event: CloseEvent): { message: string } {
  return { message: `The subscription's connection was closed (${event.code} ${event.reason || "without a reason"}).` };
}
