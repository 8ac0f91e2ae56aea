// The page's graph: one cache of entities, one socket. Each operation asks for `id`, so that an update of a board, a job
// or a build changes every panel that shows it.

import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { credentials, tokenHeaders } from "./credentials.js";
import { Live } from "./live.js";

export interface Graph {
  readonly client: Client;
  readonly live: Live;
  readonly url: URL;
}

/** @param base the gateway's folder, with a slash at its end. */
export function createGraph(base: URL): Graph {
  const url = new URL("graphql", base);
  const socketUrl = new URL(url);
  socketUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const live = new Live(socketUrl, () => tokenHeaders());
  const client = new Client({
    url: url.href,
    // What one viewer has seen is gone with the next: the whole graph is made anew when tokens change.
    exchanges: [
      cacheExchange({}),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: live.follow(query, (variables ?? {}) as Record<string, unknown>, {
              next: (update) => sink.next(update as Parameters<typeof sink.next>[0]),
              error: (problem) => sink.error(problem),
              complete: () => sink.complete(),
            }),
          }),
        }),
      }),
    ],
    requestPolicy: "cache-and-network",
    preferGetMethod: false,
    // The gateway answers a GET only with a header that no form of another page can send.
    fetchOptions: () => ({ headers: { ...tokenHeaders(), "apollo-require-preflight": "1" }, credentials: "omit" }),
  });
  return { client, live, url };
}

/** Calls back when the viewer is somebody else. */
export function onViewerChange(listener: () => void): () => void {
  return credentials.subscribe(listener);
}
