// An operation that was within the limits need not be checked again, unless what its price depends on has changed.

import { GraphQLInt, GraphQLObjectType, GraphQLSchema } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StatusFeed } from "../../../src/ci/live/status-news.js";
import type { RequestContext } from "../../../src/ci/session.js";
import { createHttpServer } from "../../../src/server/http/http-server.js";
import type { HttpServer } from "../../../src/server/http/http-server.js";

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { runs: { type: GraphQLInt, resolve: () => (runs += 1) } } }),
});

let runs = 0;
let reckoned = 0;
let isKnown = true;
let server: HttpServer;
beforeAll(async () => {
  server = await createHttpServer<RequestContext>({
    ...{ host: "127.0.0.1", port: 0, servers: () => [], graphiql: "none", page: "none", schema },
    clients: { limits: { query: { cost: 10 } } },
    costs: {
      table: {
        "Query.runs": {
          requests: ({ environment }) => {
            reckoned += 1;
            return environment.viewerKnown ? 1 : 1_000;
          },
        },
      },
      environmentOf: () => ({ servers: {}, viewerKnown: isKnown }),
    },
    createContext: (credentials, report, scope) => ({
      ...{ credentials, report, scope, sessions: [], statuses: new StatusFeed(), gatewayUrl: null },
      price: () => ({ estimated: 0, limit: 0 }),
    }),
    onFault: (error) => {
      throw error;
    },
  });
});
afterAll(() => server.close());

async function ask(): Promise<unknown> {
  const reply = await fetch(`${server.origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ runs }" }),
  });
  const { data, errors } = (await reply.json()) as any;
  return data?.runs ?? errors[0].extensions.code;
}

test("is reckoned once for each price, and each time that it is refused", async () => {
  expect([await ask(), await ask(), await ask()]).toEqual([1, 2, 3]);
  const once = reckoned;
  expect(await ask()).toBe(4);
  expect(reckoned).toBe(once);
  isKnown = false;
  expect([await ask(), await ask()]).toEqual(["LIMIT_EXCEEDED", "LIMIT_EXCEEDED"]);
  expect(reckoned).toBe(3 * once);
  isKnown = true;
  expect(await ask()).toBe(5);
  expect(reckoned).toBe(3 * once);
});
