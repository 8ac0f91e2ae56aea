// What is too much for one operation, over every transport: just below each limit is answered; above it is refused with
// an error that names the limit, and nothing is asked of a server.

import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { WAYS } from "../three-ways.js";

const LIMITS = { tokens: 400, depth: 10, aliases: 5, repeats: 3, directives: 4, rootFields: 6, cost: 12, pageSize: 25 };

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 3 });
  lava = await createLavaSandbox({ jobs: 40, events: false, builds: () => cuirass.builds() });
  gateway = await startGateway({
    lava: [{ url: lava.url, events: "poll" }],
    cuirass: [{ url: cuirass.url }],
    clients: { limits: { query: LIMITS } },
  });
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  await cuirass.close();
});

const many = (count: number, what: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => what(at)).join(" ");
const ROOTS = ["viewer", "servers", "node(id: 1)", "testJobs", "devices", "builds", "workers"].map(
  (field) => `${field} { __typename }`,
);
const withFragments = (fields: string) =>
  `{ servers { ${many(43, (at) => `...F${at}`)} ${fields} } } ${many(43, (at) => `fragment F${at} on Server { url }`)}`;
/** Just below, just above, and what is asked then. */
const CASES: Readonly<Record<keyof typeof LIMITS, readonly [below: string, above: string, asked: number]>> = {
  // Nine for each fragment, five around them, eight for the fields.
  tokens: [
    withFragments("name url id reachable __typename a: name"),
    withFragments("name url id reachable __typename a: name version"),
    401,
  ],
  depth: [
    `{ testJobs(first: 1) { nodes { suites { testJob { suites { testJob { suites { testJob { ...F } } } } } } } } } fragment F on TestJob { server { name } }`,
    `{ testJobs(first: 1) { nodes { suites { testJob { suites { testJob { suites { testJob { ...F } } } } } } } } } fragment F on TestJob { device { deviceType { name } } }`,
    11,
  ],
  aliases: [
    `{ servers { ...F ...G } } fragment F on Server { a: name b: name c: name } fragment G on Server { d: url e: url }`,
    `{ servers { ...F ...G } } fragment F on Server { a: name b: name c: name } fragment G on Server { d: url e: url f: url }`,
    6,
  ],
  directives: [
    `{ servers { ${many(4, (at) => `a${at}: name @include(if: true)`)} } }`,
    `{ servers { ${many(4, (at) => `a${at}: name @include(if: true)`)} ...F } } fragment F on Server { url @skip(if: false) }`,
    5,
  ],
  repeats: [
    "{ servers { name name ... { name } } }",
    "{ servers { name name ... on Server { name ... { name } } } }",
    4,
  ],
  rootFields: [`{ ${ROOTS.slice(0, 6).join(" ")} }`, `{ ...F } fragment F on Query { ${ROOTS.join(" ")} }`, 7],
  cost: [
    "{ testJobs(first: 11) { nodes { suites { name } } } }",
    "query ($n: Int = 12) { testJobs(first: $n) { nodes { suites { name } } } }",
    13,
  ],
  pageSize: ["{ devices(first: 25) { nodes { hostname } } }", "{ devices(last: 26) { nodes { hostname } } }", 26],
};

test("comments count as tokens, wherever they stand, and what stands in a text is none", async () => {
  const [way] = WAYS;
  const ask = async (query: string) => (await way?.ask(gateway.origin, { query }))?.errors?.[0]?.extensions?.limit;
  const comments = (count: number) => many(count, () => '# a "comment" # of one line\n');
  expect(await ask(`{ __typename ${comments(400)} }`)).toBeUndefined();
  expect(await ask(`{ __typename ${comments(401)} }`)).toBe("query.tokens");
  expect(await ask(`${comments(200)} { __typename ${many(201, () => "#\r")} }`)).toBe("query.tokens");
  const texts = [`"${"# ".repeat(500)}\\" #"`, `"""\n${"# a\n".repeat(500)}\\""" # """`, '""'];
  for (const text of texts) expect(await ask(`{ node(id: ${text}) { id } ${comments(390)} }`)).toBeUndefined();
});

for (const way of WAYS) {
  describe(`over ${way.name}`, () => {
    test.each(Object.keys(CASES) as (keyof typeof LIMITS)[])("%s", async (name) => {
      const [below, above, asked] = CASES[name];
      const passed = await way.ask(gateway.origin, { query: below });
      expect(passed.errors?.filter(({ extensions }) => extensions?.code === "LIMIT_EXCEEDED") ?? []).toEqual([]);
      expect(passed.data).toBeTypeOf("object");

      lava.requests.reset();
      cuirass.requests.reset();
      const { data, errors = [] } = await way.ask(gateway.origin, { query: above });
      expect(data ?? null).toBeNull();
      expect(errors).toHaveLength(1);
      expect(errors[0]?.extensions).toEqual({
        code: "LIMIT_EXCEEDED",
        limit: `query.${name}`,
        asked,
        allowed: LIMITS[name],
      });
      expect(errors[0]?.message).toMatch(new RegExp(`^query\\.${name}: .*\\b${LIMITS[name]}\\b`));
      expect([lava.requests.total(), cuirass.requests.total()]).toEqual([0, 0]);
    });

    test("a price follows the viewer: what LAVA gives users in bulk costs them less", async () => {
      const query = "{ testJobs(first: 20) { nodes { suites { name } } } }";
      const anonymous = await way.ask(gateway.origin, { query });
      expect(anonymous.errors?.[0]?.extensions).toMatchObject({ limit: "query.cost", asked: 21, allowed: 12 });
      const { errors, data } = await way.ask(gateway.origin, { query }, asUser(lava.users.alice.token));
      expect(errors).toBeUndefined();
      expect(data.testJobs.nodes).toHaveLength(20);
    });

    test("each operation of a document is priced by itself, and only the one that runs", async () => {
      const query =
        "query Small { servers { name } } query Large { testJobs(first: 20) { nodes { suites { name } } } }";
      expect((await way.ask(gateway.origin, { query, operationName: "Small" })).errors).toBeUndefined();
      const { errors } = await way.ask(gateway.origin, { query, operationName: "Large" });
      expect(errors?.[0]?.extensions).toMatchObject({ limit: "query.cost" });
    });
  });
}

test.each(WAYS)("GraphiQL's question for the schema is within the defaults over $name", async (way) => {
  const usual = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
  try {
    const { data, errors } = await way.ask(usual.origin, {
      query: getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true }),
    });
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(100);
  } finally {
    await usual.close();
  }
});

test.each(WAYS.filter(({ name }) => name !== "HTTP"))("a subscription is priced, too: $name", async (way) => {
  lava.requests.reset();
  const query =
    "subscription { testJobUpdates { testJob { device { lastJobs(first: 20) { nodes { suites { name } } } } } } }";
  const { errors } = await way.ask(gateway.origin, { query });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "LIMIT_EXCEEDED", limit: "query.cost" });
  expect(lava.requests.total()).toBe(0);
});
