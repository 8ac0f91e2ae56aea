// The prices: every field that asks a server has one, and what is reckoned for an operation is what it then takes.

import "reflect-metadata";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { getOperationAST, getVariableValues, isInterfaceType, isObjectType, parse } from "graphql";
import type { GraphQLSchema } from "graphql";
import { getMetadataStorage } from "type-graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { toSubgraph } from "../../../src/federation.js";
import { costsOf, createSchema } from "../../../src/schema.js";
import { estimateCost } from "../../../src/server/limits/cost.js";
import { DEFAULT_CLIENT_LIMITS } from "../../../src/server/limits/limits.js";
import { asUser, startGateway } from "../../support/gateway.js";

const COSTS = costsOf();

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = toSubgraph(await createSchema());
});

interface Setting {
  readonly viewerKnown?: boolean;
  readonly lava?: number;
  readonly cuirass?: number;
}

function estimate(query: string, variables: Record<string, unknown> = {}, setting: Setting = {}) {
  const { viewerKnown = false, lava = 1, cuirass = 1 } = setting;
  const document = parse(query);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error("name one operation");
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const environment = { servers: { lava, cuirass }, viewerKnown };
  return estimateCost(COSTS, { schema, document, operation, variables: coerced, environment });
}
const calls = (query: string, setting: Setting = {}) => estimate(query, {}, setting).calls;

describe("the tables", () => {
  test("have a line for each field with a method, free ones included, so that none is forgotten", () => {
    const { fieldResolvers, queries, mutations, subscriptions } = getMetadataStorage();
    const typeNames = new Map(
      [...getMetadataStorage().objectTypes, ...getMetadataStorage().interfaceTypes].map(({ target, name }) => [
        target as unknown,
        name,
      ]),
    );
    // Methods of the type's own class hold what they need: only those of resolvers, and with a context, can ask.
    const resolved = fieldResolvers
      .filter(({ kind }) => kind === "external")
      .map(({ getObjectType, schemaName }) => `${typeNames.get(getObjectType?.()) ?? "?"}.${schemaName}`);
    const roots = [
      ...queries.map(({ schemaName }) => `Query.${schemaName}`),
      ...mutations.map(({ schemaName }) => `Mutation.${schemaName}`),
      ...subscriptions.map(({ schemaName }) => `Subscription.${schemaName}`),
    ];
    expect(resolved.length).toBeGreaterThan(80);
    expect([...resolved, ...roots].filter((field) => COSTS[field] === undefined)).toEqual([]);
  });

  test("name only fields that there are", () => {
    const unknown = Object.keys(COSTS).filter((field) => {
      const [typeName = "", name = ""] = field.split(".");
      const type = schema.getType(typeName);
      return !(isObjectType(type) || isInterfaceType(type)) || type.getFields()[name] === undefined;
    });
    expect(unknown).toEqual([]);
  });
});

const SCREEN = `{ testJobs(first: 50) { nodes { jobId state health device { hostname deviceType { name } }
  suites { name cases(first: 50) { nodes { name result measurement unit } } } } } }`;

describe("an estimate", () => {
  test("of the standard screen is 53 requests for anonymous, and 7 for a user, as many as it may take", () => {
    expect(calls(SCREEN)).toBe(53);
    expect(calls(SCREEN, { viewerKnown: true })).toBe(7);
  });

  test.each([
    ["{ __schema { types { name } } }", 0],
    ["{ servers { name url } }", 0],
    [`{ testJob(jobId: "5") { state } }`, 1],
    [`{ a: testJob(jobId: "5") { state } b: testJob(jobId: "6") { state } }`, 1],
    ["{ testJobs { totalCount } }", 1],
    ["{ deviceTypes(first: 50) { nodes { queue { testJobs { nodes { jobId } } } } } }", 5],
    ['{ deviceType(name: "a") { queue { testJobs { nodes { jobId } } } } }', 2],
    ["{ deviceTypes(first: 50) { nodes { queue { testJobs(last: 3) { nodes { jobId } } } } } }", 55],
    ['{ testJobs(filter: { text: "x" }) { totalCount } }', 1],
    ['{ testJobs(filter: { metadata: [{ key: "a", value: "b" }] }) { totalCount } }', 4],
    ["{ testJobs(first: 0) { nodes { suites { name } } } }", 1],
    ["{ testJobs { nodes { log { lines { nodes { text } } } } } }", 41],
    ["{ testJobs(last: 5) { edges { node { resultCounts { pass } suites { name } failure { kind } } } } }", 6],
    ["{ testJobs(first: 30) { nodes { device { lastJobs(first: 10) { nodes { jobId } } } } } }", 32],
    ["{ builds(first: 30) { nodes { evaluation { evaluationId } } } }", 33],
    ["{ evaluation(evaluationId: 3) { jobs(first: 200) { nodes { build { job } } } } }", 202],
    ["query { testJob(jobId: 5) { suites @skip(if: true) { name } log @include(if: false) { lineCount } } }", 1],
    ["mutation { cancelTestJobs(testJobs: [{ jobId: 1 }, { jobId: 2 }, { jobId: 3 }]) { __typename } }", 3],
    ["subscription { testJobUpdates { testJob { resultCounts { pass } } } }", 2],
  ])("of %s is %i", (query, cost) => {
    expect(calls(query)).toBe(cost);
  });

  test("multiplies by the servers that a list is merged from, unless one is named", () => {
    expect(calls("{ testJobs { totalCount } }", { lava: 3 })).toBe(3);
    expect(calls(`{ testJobs(server: "a") { totalCount } }`, { lava: 3 })).toBe(1);
    expect(calls("{ servers { ... on LavaServer { tags { name } } } }", { lava: 3, cuirass: 2 })).toBe(5);
  });

  test("follows fragments, variables and their defaults", () => {
    const query = `query ($n: Int = 7) { testJobs(first: $n) { nodes { ...Job } } } fragment Job on TestJob { suites { name } }`;
    expect(estimate(query).calls).toBe(8);
    expect(estimate(query, { n: 70 }).calls).toBe(71);
  });

  test("multiplies lists in lists without an end, and does not hang on fragments that double", () => {
    const nested = (depth: number): string =>
      depth === 0 ? "jobId" : `device { lastJobs(first: 100) { nodes { ${nested(depth - 1)} } } }`;
    expect(calls(`{ testJobs(first: 100) { nodes { ${nested(6)} } } }`)).toBeGreaterThan(100_000_000);

    const fragments = Array.from(
      { length: 60 },
      (_, at) =>
        `fragment F${at} on TestJob { server { a: name } device { currentJob { ...F${at + 1} } lastHealthCheck { ...F${at + 1} } } }`,
    );
    const doubling = `{ testJob(jobId: 1) { ...F0 } } ${fragments.join(" ")} fragment F60 on TestJob { jobId }`;
    expect(estimate(doubling).complete).toBe(false);
  });

  test("names the largest page", () => {
    const { pageSize } = estimate("{ testJobs(first: 20) { nodes { cases(last: 900) { totalCount } } } }");
    expect(pageSize).toEqual({ asked: 900, field: "TestJob.cases", max: 1_000 });
    expect(estimate("{ testJobs { totalCount } }").pageSize).toBeNull();
  });
});

describe("of each example, by anybody,", () => {
  const ROOT = join(import.meta.dirname, "../../../examples");
  const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".graphql"));
  test.each(files.sort())("%s: the estimate is within the default", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const lava of [1, 2]) {
      const { calls: cost, complete } = estimate(text, {}, { lava });
      expect(complete).toBe(true);
      expect(cost).toBeLessThanOrEqual(DEFAULT_CLIENT_LIMITS.query.cost);
    }
  });
});

describe("at the servers", () => {
  let lava: LavaSandbox;
  let cuirass: CuirassSandbox;
  beforeAll(async () => {
    cuirass = await createCuirassSandbox({ evaluations: 6 });
    lava = await createLavaSandbox({ jobs: 80, events: false, builds: () => cuirass.builds() });
  });
  afterAll(async () => {
    await lava.close();
    await cuirass.close();
  });

  test.each([
    SCREEN,
    "{ testJobs(first: 40) { nodes { tags visibility failure { kind } resultCounts { pass } } } }",
    "{ testJobs(first: 8) { nodes { log { lines(last: 5) { nodes { text result { testCase { name log { lines(first: 1) { nodes { text } } } } } } } } } } }",
    "{ devices(first: 20) { nodes { hostname tags currentJob { jobId } lastHealthCheck { jobId } deviceType { name } worker { hostname } dictionary } } }",
    "{ devices(first: 8) { nodes { lastJobs(first: 5) { nodes { device { hostname worker { hostname } } } } } } }",
    "{ deviceTypes(first: 100) { nodes { deviceCounts { total } queue { length } queue { testJobs { totalCount } } template healthCheckDefinition devices(first: 3) { nodes { hostname } } } } }",
    "{ servers { ... on LavaServer { methods { name } masterConfig { eventSocket } queue(first: 5) { nodes { jobId } } } } }",
    "{ builds(first: 20) { nodes { evaluation { summary { total } } specification { name } log { lineCount } } } }",
    "{ evaluations(first: 5) { nodes { specification { name } builds(first: 3) { nodes { buildId } } jobs(first: 5) { nodes { build { job } } } } } }",
    "{ builds(first: 3) { nodes { testJobs(first: 3) { nodes { jobId resultCounts { pass } } } } } }",
    "{ testJobs(first: 10) { nodes { build { buildId evaluation { evaluationId } } evaluationLinks { matched } } } }",
    "{ runs(first: 20) { nodes { name ... on TestJob { failure { kind } } ... on Build { evaluation { evaluationId } } } } }",
  ])("%s takes no more than was reckoned", async (query) => {
    for (const headers of [{}, asUser(lava.users.alice.token)]) {
      const gateway = await startGateway({
        lava: [{ url: lava.url, events: "poll" }],
        cuirass: [{ url: cuirass.url }],
      });
      try {
        lava.requests.reset();
        cuirass.requests.reset();
        await gateway.query(query, {}, headers);
        // Learned once in the life of a gateway.
        const once = ["GET system/whoami/", "GET system/version/"];
        const asked = Object.entries(lava.requests.counts()).filter(([call]) => !once.includes(call));
        const taken = asked.reduce((sum, [, of]) => sum + of, 0) + cuirass.requests.total();
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThanOrEqual(calls(query, { viewerKnown: "Authorization" in headers }));
      } finally {
        await gateway.close();
      }
    }
  });

  test.each([0, 40, 1_000])("a search by metadata takes no more, with LAVA upgraded behind job %i", async (jobs) => {
    const upgraded = await createLavaSandbox({ jobs: 80, events: false, version: "2026.10", jobsBeforeUpgrade: jobs });
    const gateway = await startGateway({ lava: [{ url: upgraded.url, events: "poll" }] });
    try {
      const query = '{ testJobs(first: 5, filter: { metadata: [{ key: "source", value: "etna" }] }) { totalCount } }';
      await gateway.query(query);
      const taken = upgraded.requests.counts()["GET jobs/"] ?? 0;
      expect(taken).toBeGreaterThan(1);
      expect(taken).toBeLessThanOrEqual(calls(query));
    } finally {
      await gateway.close();
      await upgraded.close();
    }
  });
});
