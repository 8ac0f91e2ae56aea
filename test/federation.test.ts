// Etna in a supergraph: composed with another subgraph, and asked as a router asks.

import { composeServices } from "@apollo/composition";
import { buildSchema, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printSubgraphSdl, toSubgraph } from "../src/federation.js";
import { createSchema } from "../src/schema.js";
import { createScene } from "./links/scene.js";
import type { Scene } from "./links/scene.js";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;
/** An organisation's own subgraph: it hangs a field on a test job, points to builds, and is a Relay schema itself. */
const TICKETS = `${LINK}
  interface Node { id: ID! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type Ticket implements Node @key(fields: "id") { id: ID! title: String! build: Build }
  type TestJob @key(fields: "id") { id: ID! tickets: [Ticket!]! }
  type Build @key(fields: "id", resolvable: false) { id: ID! }
  type Query { ticket(id: ID!): Ticket node(id: ID!): Node }`;

function compose(sdl: string) {
  return composeServices([
    { name: "etna", url: "http://etna.test/graphql", typeDefs: parse(sdl) },
    { name: "tickets", url: "http://tickets.test/graphql", typeDefs: parse(TICKETS) },
  ]);
}

describe("the subgraph's SDL", () => {
  test("composes with another subgraph that extends a test job and points to builds", async () => {
    const { errors, supergraphSdl } = compose(printSubgraphSdl(await createSchema()));
    expect(errors).toBeUndefined();
    const [testJob] = /^type TestJob [\s\S]*?^\}/m.exec(supergraphSdl ?? "") ?? [];
    expect(testJob).toContain(`@join__type(graph: ETNA, key: "id")`);
    expect(testJob).toMatch(/tickets: \[Ticket!\]! @join__field\(graph: TICKETS\)/);
  });

  test("has a key on everything with a global id, and on nothing else", async () => {
    const schema = await createSchema();
    const node = schema.getType("Node");
    const sdl = printSubgraphSdl(schema);
    const keyed = [...sdl.matchAll(/^type (\w+) .*@key\(fields: "id"\) \{$/gm)].map(([, name]) => name);
    expect(keyed.sort()).toEqual(
      schema
        .getPossibleTypes(node as never)
        .map(({ name }) => name)
        .sort(),
    );
    expect(keyed).toEqual(expect.arrayContaining(["TestJob", "Build", "Evaluation", "Device", "LavaServer"]));
  });

  test("leaves out `node` and `nodes`, with which no other Relay subgraph would compose", async () => {
    const sdl = printSubgraphSdl(await createSchema());
    const withNode = sdl.replace(/^type Query \{$/m, "type Query {\n  node(id: ID!): Node");
    expect(compose(withNode).errors?.map(({ extensions }) => extensions.code)).toContain("INVALID_FIELD_SHARING");
  });
});

test("a schema whose types have no global id makes no entities by accident", () => {
  expect(() => toSubgraph(buildSchema("type Mutation { a: Int }"))).toThrow("without queries");
});

describe("a router", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene();
  });
  afterAll(() => scene.close());

  const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename ... on TestJob { id jobId device { hostname } } ... on Build { id buildId } ... on Device { id hostname }
  } }`;

  test("gets the SDL over the wire", async () => {
    const { _service } = await scene.query(`{ _service { sdl } }`);
    expect(_service.sdl).toBe(printSubgraphSdl(await createSchema()));
  });

  test("gets entities in its own order, test jobs in one request however many", async () => {
    const { testJobs, builds, devices } = await scene.query(
      `{ testJobs(first: 30) { nodes { __typename id } } builds(first: 2) { nodes { __typename id } } devices(first: 1) { nodes { __typename id } } }`,
    );
    const representations = [...builds.nodes, ...testJobs.nodes, ...devices.nodes, ...testJobs.nodes].reverse();
    scene.lava.requests.reset();
    const { _entities } = await scene.query(ENTITIES, { representations });
    expect(_entities.map(({ __typename, id }: any) => ({ __typename, id }))).toEqual(representations);
    // Jobs, and the devices that were asked for and those of the jobs: one list each, or two for what was asked later.
    expect(scene.lava.requests.total()).toBeLessThanOrEqual(3);
  });

  test("gets null for what is not there, and an error in the place of what makes no sense", async () => {
    const { testJobs } = await scene.query(`{ testJobs(first: 1) { nodes { id } } }`);
    const [{ id }] = testJobs.nodes;
    const missing = Buffer.from("TestJob:lava:999999").toString("base64url");
    const { data, errors } = await scene.gateway.query(ENTITIES, {
      representations: [
        { __typename: "TestJob", id: missing },
        { __typename: "TestJob", id },
        { __typename: "Build", id },
        { __typename: "TestJob" },
        { __typename: "TestJob", id: "nonsense" },
      ],
    });
    expect(data._entities).toMatchObject([null, { id }, null, null, null]);
    expect(errors.map(({ path, extensions }) => [path?.[1], extensions.code])).toEqual([
      [2, "BAD_USER_INPUT"],
      [3, "BAD_USER_INPUT"],
      [4, "BAD_USER_INPUT"],
    ]);
  });

  test("loses only the entities of a server that is down", async () => {
    const { testJobs, builds } = await scene.query(
      `{ testJobs(first: 1) { nodes { __typename id } } builds(first: 1) { nodes { __typename id } } }`,
    );
    scene.lava.fault = () => ({ kind: "reset" });
    const representations = [testJobs.nodes[0], builds.nodes[0]];
    const { data, errors } = await scene.gateway.query(ENTITIES, { representations });
    scene.lava.fault = undefined;
    expect(data._entities).toMatchObject([null, { id: builds.nodes[0].id }]);
    expect(errors).toMatchObject([{ path: ["_entities", 0], extensions: { code: "UPSTREAM_UNREACHABLE" } }]);
  });

  test("may write representations into the document", async () => {
    const { builds } = await scene.query(`{ builds(first: 1) { nodes { id } } }`);
    const { id } = builds.nodes[0];
    const { _entities } = await scene.query(
      `{ _entities(representations: [{ __typename: "Build", id: "${id}" }]) { ... on Build { id } } }`,
    );
    expect(_entities).toEqual([{ id }]);
  });
});
