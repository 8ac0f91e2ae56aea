// What graphql-cop, a scanner of GraphQL servers, asks a gateway, check by check, and what it takes for a weakness.

import { afterEach, describe, expect, test } from "vitest";
import { readConfig } from "../../../src/config/config.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

interface Reply {
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly json: any;
}

interface Check {
  readonly name: string;
  readonly ask: (url: string) => Promise<Reply>;
  /** Whether the scanner reports a weakness. */
  readonly isWeak: (reply: Reply) => boolean;
}

async function read(reply: Response): Promise<Reply> {
  const text = await reply.text();
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return { text, json: undefined };
  }
}

const post = (query: string, times?: number) => async (url: string) => {
  const one = { query, ...(times === undefined ? { operationName: "cop" } : {}) };
  const body = JSON.stringify(times === undefined ? one : Array.from({ length: times }, () => one));
  return read(await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body }));
};
const get = (query: string) => async (url: string) => read(await fetch(`${url}?query=${encodeURIComponent(query)}`));
const repeated = (count: number, what: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => what(at)).join("");

const CHECKS: readonly Check[] = [
  {
    name: "101 aliases",
    ask: post(`query cop { ${repeated(101, (at) => `alias${at}:__typename \n`)} }`),
    isWeak: ({ json }) => json?.data?.alias100 !== undefined,
  },
  {
    name: "ten operations in one request",
    ask: post("query cop { __typename }", 10),
    isWeak: ({ json }) => Array.isArray(json) && json.length >= 10,
  },
  {
    name: "introspection in circles",
    ask: post(
      "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }",
    ),
    isWeak: ({ json }) => json?.data?.__schema?.types?.length > 25,
  },
  {
    name: "ten directives, an error for each",
    ask: post(`query cop { __typename ${repeated(10, () => "@aa")} }`),
    isWeak: ({ json }) => json?.errors?.length === 10,
  },
  {
    name: "one field 500 times",
    ask: post(`query cop { ${repeated(500, () => "__typename \n")}} `),
    isWeak: ({ json }) => json?.data?.__typename !== undefined,
  },
  {
    name: "a guess at a name",
    ask: post("query cop { __schema { directive } }"),
    isWeak: ({ json }) => String(json?.errors?.[0]?.message).includes("Did you mean"),
  },
  {
    name: "a mutation by GET",
    ask: get("mutation cop {__typename}"),
    isWeak: ({ json }) => json?.data?.__typename !== undefined,
  },
  {
    name: "a query by GET",
    ask: get("query cop {__typename}"),
    isWeak: ({ json }) => json?.data?.__typename !== undefined,
  },
  {
    name: "GraphiQL",
    ask: async (url) => read(await fetch(url, { headers: { accept: "text/html" } })),
    isWeak: ({ text }) => /graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/.test(text),
  },
  {
    name: "introspection",
    ask: post("query cop { __schema { types { name fields { name } } } }"),
    isWeak: ({ json }) => json?.data?.__schema?.types !== undefined,
  },
  {
    name: "a query as a form",
    ask: async (url) =>
      read(await fetch(url, { method: "POST", body: new URLSearchParams({ query: "query cop { __typename }" }) })),
    isWeak: ({ json }) => json?.data?.__typename !== undefined,
  },
  {
    name: "tracing",
    ask: post("query cop { __typename }"),
    isWeak: ({ text }) => text.includes("tracing"),
  },
  {
    name: "an exception in an error",
    ask: post("qwerty cop { abc }"),
    isWeak: ({ json, text }) => json?.errors?.[0]?.extensions?.exception !== undefined || text.includes('"exception"'),
  },
];

let gateway: TestGateway | undefined;
afterEach(() => gateway?.close());

describe.each([
  // Both are meant: see SECURITY.md.
  ["in production", true, ["a query by GET"]],
  ["by default", false, ["a query by GET", "introspection"]],
])("a gateway %s", (_, production, known) => {
  test("is found weak in nothing but what is meant", async () => {
    const { clients } = readConfig({ lava: ["http://127.0.0.1:1"], production }, {});
    gateway = await startGateway({ ...(clients === undefined ? {} : { clients }) });
    const weak: string[] = [];
    for (const { name, ask, isWeak } of CHECKS) if (isWeak(await ask(`${gateway.origin}/graphql`))) weak.push(name);
    expect(CHECKS).toHaveLength(13);
    expect(weak.sort()).toEqual([...known].sort());
  });
});
