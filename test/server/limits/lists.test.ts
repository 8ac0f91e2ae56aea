// Lists that are too long: refused by their length alone, for each list that the schema lets a client send.

import "reflect-metadata";
import { getNamedType, getNullableType, getOperationAST, isInputObjectType, isObjectType, parse } from "graphql";
import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { afterEach, describe, expect, test } from "vitest";
import { LIST_ITEMS_MAX, itemsMaxOf, listPlaces } from "../../../src/ci/list-limits.js";
import { ANONYMOUS } from "../../../src/ci/viewer.js";
import { toSubgraph } from "../../../src/federation.js";
import { createSchema } from "../../../src/schema.js";
import { createListCheck } from "../../../src/server/limits/lists.js";
import { createPolicy } from "../../../src/server/pipeline/policy.js";
import { checkOperation, readOperation } from "../../../src/server/pipeline/operation.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { WAYS } from "../three-ways.js";

const schema: GraphQLSchema = toSubgraph(await createSchema());
const check = createListCheck(schema);
const places = listPlaces(schema).map(({ coordinate, place }) => ({ coordinate, place, max: itemsMaxOf(place) ?? 0 }));

function refusalOf(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error("name one operation");
  return check({ document, operation, variables });
}

/** A list that fails as soon as anything but its length is read. */
function untouchable(length: number): unknown[] {
  return new Proxy(new Array<unknown>(length), {
    get: (list, key) => {
      if (key === "length") return list.length;
      throw new Error(`item ${String(key)} was read`);
    },
  });
}

/** The arguments that take a list, and by which members of an input object. */
function waysTo(coordinate: string) {
  if (coordinate.endsWith(":)")) {
    const [, type = "", field = "", argument = ""] = /^(\w+)\.(\w+)\((\w+):\)$/.exec(coordinate) ?? [];
    return [{ type, field, argument, members: [] as string[] }];
  }
  const found: { type: string; field: string; argument: string; members: string[] }[] = [];
  const search = (type: unknown, members: readonly string[], found: (members: string[]) => void): void => {
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      if (`${type.name}.${field.name}` === coordinate) found([...members, field.name]);
      else search(getNamedType(field.type), [...members, field.name], found);
    }
  };
  for (const type of Object.values(schema.getTypeMap()).filter((one): one is GraphQLObjectType => isObjectType(one)))
    for (const field of Object.values(type.getFields()))
      for (const { name: argument, type: given } of field.args)
        search(getNamedType(given), [], (members) =>
          found.push({ type: type.name, field: field.name, argument, members }),
        );
  return found;
}

const KEYWORDS: Readonly<Record<string, string>> = { Mutation: "mutation", Subscription: "subscription" };

describe.each(places)("$coordinate", ({ coordinate, place, max }) => {
  const ways = waysTo(coordinate);
  const cases = ways.map(({ type, field, argument, members }) => {
    const root = KEYWORDS[type] ?? "query";
    // What is not a root's own field is reached by a fragment: the check asks for no valid path.
    const enclose = (call: string) =>
      root === "query" && type !== "Query" ? `...F } fragment F on ${type} { ${call}` : call;
    const given = schema.getType(type) as GraphQLObjectType;
    const argumentType = String(given.getFields()[field]?.args.find(({ name }) => name === argument)?.type);
    const nested = (value: string) => members.reduceRight((inner, member) => `{ ${member}: ${inner} }`, value);
    const whole = (value: unknown) => members.reduceRight<unknown>((inner, member) => ({ [member]: inner }), value);
    const path = [argument, ...members].join(".");
    return {
      path,
      asVariable: `${root} ($list: ${String(place.type)}) { ${enclose(`${field}(${argument}: ${nested("$list")}) }`)}`,
      inObject: `${root} ($all: ${argumentType}) { ${enclose(`${field}(${argument}: $all) }`)}`,
      literal: (length: number) =>
        `${root} { ${enclose(`${field}(${argument}: ${nested(`[${"A ".repeat(length)}]`)}) }`)}`,
      whole,
    };
  });
  const message = (path: string, length: number) => `${path}: has ${length} items; allowed are ${max}`;

  test("can be sent, and its description says how long it may be", () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(max).toBeGreaterThan(0);
    expect(place.description).toMatch(new RegExp(` At most ${max} items\\.$`));
    // A list in a list would need a bound of both together.
    expect(String(getNullableType(place.type)).match(/\[/g)).toHaveLength(1);
  });

  test.each(cases)("is refused by its length alone as $path", ({ path, asVariable, inObject, literal, whole }) => {
    const long = untouchable(1_000_000);
    const expected = { message: message(path, 1_000_000), extensions: { code: "BAD_USER_INPUT", argument: path } };
    expect(refusalOf(asVariable, { list: long })).toMatchObject(expected);
    expect(refusalOf(inObject, { all: whole(long) })).toMatchObject(expected);
    expect(refusalOf(literal(max + 1))).toMatchObject({ message: message(path, max + 1) });
    expect(refusalOf(asVariable.replace(")", ` = [${"A ".repeat(max + 1)}])`))).toMatchObject({
      message: message(path, max + 1),
    });

    const most = new Array<string>(max).fill("A");
    expect(refusalOf(asVariable, { list: most })).toBeNull();
    expect(refusalOf(inObject, { all: whole(most) })).toBeNull();
    expect(refusalOf(literal(max))).toBeNull();
  });
});

test("every list of the schema is among them", () => {
  expect(places.map(({ coordinate }) => coordinate)).toEqual(
    expect.arrayContaining(["Query.nodes(ids:)", "Query._entities(representations:)", "TestJobFilter.jobIds"]),
  );
  expect(places.length).toBeGreaterThan(30);
});

test("of two places for one list the one that takes less counts", () => {
  const query = "query ($l: [ID!]) { nodes(ids: $l) { id } testJobs(filter: { jobIds: $l }) { totalCount } }";
  expect(refusalOf(query, { l: untouchable(LIST_ITEMS_MAX + 1) })).toMatchObject({
    message: expect.stringMatching(/^ids: has 101 items/),
  });
});

test("a list in a place of any type is refused, too", () => {
  const query = 'query ($l: [ID!]) { _entities(representations: [{ __typename: "TestJob", id: $l }]) { __typename } }';
  expect(refusalOf(query, { l: untouchable(1_000_000) })).toMatchObject({
    message: "$l: has 1000000 items; allowed are 100",
  });
});

test("is checked before anything else is done with variables, on every way to run an operation", () => {
  const policy = createPolicy(schema);
  const query = "query ($l: [ID!]!) { nodes(ids: $l) { id } }";
  const variables = { l: untouchable(1_000_000) };
  const expected = { message: "ids: has 1000000 items; allowed are 100" };
  const checks = { schema, policy };
  const environment = policy.guard.environmentOf(ANONYMOUS);
  const known = readOperation(checks, { query, variables });
  expect(() => checkOperation(checks, known, environment)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining(expected)] }),
  );
  const document = parse(query);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error("there is one operation");
  expect(policy.guard.refuse({ document, operation, variables, environment })).toMatchObject(expected);
});

let gateway: TestGateway | undefined;
afterEach(() => gateway?.close());

describe.each(WAYS)("over $name", (way) => {
  test.each([
    ["nodes", "query ($l: [ID!]!) { nodes(ids: $l) { id } }", "ids", 100],
    [
      "cancelTestJobs",
      "mutation ($l: [TestJobKey!]!) { cancelTestJobs(testJobs: $l) { __typename } }",
      "testJobs",
      100,
    ],
    ["_entities", "query ($l: [_Any!]!) { _entities(representations: $l) { __typename } }", "representations", 1_000],
  ])("%s is refused before it runs, with the list's name and what it may have", async (_, query, argument, max) => {
    gateway = await startGateway({});
    const { data, errors } = await way.ask(gateway.origin, { query, variables: { l: new Array(19_000).fill("x") } });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([
      { message: `${argument}: has 19000 items; allowed are ${max}`, extensions: { code: "BAD_USER_INPUT", argument } },
    ]);
  });
});

describe("an object in a variable", () => {
  const query =
    "query ($filter: TestJobFilter, $first: Int) { testJobs(filter: $filter, first: $first) { totalCount } }";

  test.each([
    [{ filter: { unheard: 1 } }, 'filter: has no field "unheard"'],
    [{ filter: { metadata: [{ key: "a", value: "b", more: 1 }] } }, 'filter.metadata: has no field "more"'],
    [{ filter: { definition: { a: 1 } } }, "filter.definition: is an object, not one value"],
    [{ filter: { definition: ["a"] } }, "filter.definition: is a list, not one value"],
    [{ filter: [] }, null],
    [{ filter: [1] }, 'filter: has no field "0"'],
    [{ first: { a: 1 } }, "first: is an object, not one value"],
    [{ filter: { states: [{ a: 1 }] } }, "filter.states: is an object, not one value"],
    [{ filter: { definition: "a", metadata: [{ key: "a", value: "b" }] } }, null],
  ])("%j: %s", (variables, message) => {
    const refusal = refusalOf(query, variables);
    expect(refusal?.message ?? null).toBe(message);
    if (refusal !== null) expect(refusal.extensions["code"]).toBe("BAD_USER_INPUT");
  });

  test("is what representations of entities are", () => {
    const entities = "query ($all: [_Any!]!) { _entities(representations: $all) { __typename } }";
    expect(refusalOf(entities, { all: [{ __typename: "TestJob", id: "1" }] })).toBeNull();
  });
});
