// A stand-in for the gateway: one HTTP server with the built page, a query and a counting subscription.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildSchema, graphql } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { createStaticHandler } from "../../src/server/static.js";
import type { Gateway } from "./graphiql.test.js";

const schema = buildSchema(/* GraphQL */ `
  type Query {
    greeting(name: String!): String!
    "The request's Authorization."
    credentials: String
  }
  type Subscription {
    count: Tick!
  }
  type Tick {
    value: Int!
    "The Authorization of connection_init."
    credentials: String
  }
`);

const rootValue = {
  greeting: ({ name }: { readonly name: string }) => `Hello, ${name}`,
  credentials: (_: unknown, context: { readonly authorization?: string }) => context.authorization ?? null,
  async *count(_: unknown, context: { readonly connectionParams?: { readonly Authorization?: string } }) {
    for (let value = 1; ; value++) {
      yield { count: { value, credentials: context.connectionParams?.Authorization ?? null } };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};

export async function startFakeGateway(): Promise<Gateway> {
  const page = createStaticHandler("dist/graphiql", "/graphiql");
  const server = createServer((request, response) => {
    if (page(request, response)) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { query, variables, operationName } = JSON.parse(Buffer.concat(chunks).toString()) as {
        readonly query: string;
        readonly variables?: Record<string, unknown>;
        readonly operationName?: string;
      };
      const contextValue = { authorization: request.headers.authorization };
      void graphql({
        schema,
        source: query,
        rootValue,
        contextValue,
        variableValues: variables ?? null,
        operationName: operationName ?? null,
      }).then((result) => {
        response.setHeader("content-type", "application/graphql-response+json");
        response.end(JSON.stringify(result));
      });
    });
  });
  const sockets = new WebSocketServer({ server, path: "/graphql" });
  const subscriptions = useServer(
    { schema, roots: { subscription: rootValue }, context: (context) => context },
    sockets,
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    queryTab: "Now",
    subscriptionTab: "Count",
    close: async () => {
      await subscriptions.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
