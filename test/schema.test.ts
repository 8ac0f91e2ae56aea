// The schema as our API: what is committed is what is served, and every part of it says what it is.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  print,
  validateSchema,
} from "graphql";
import type { GraphQLField, GraphQLOutputType, GraphQLSchema } from "graphql";
import { describe, expect, it } from "vitest";
import { costsOf, createSchema } from "../src/schema.js";
import { printSdl } from "../src/sdl.js";

const COMMITTED = readFileSync(join(import.meta.dirname, "../schema.graphql"), "utf8");

/** Lists at the root that need no pages, since something else bounds them. */
const BOUNDED_ROOT_LISTS: Readonly<Record<string, string>> = {
  "Mutation.cancelTestJobs": "as many as `testJobs`, at most 100",
  "Query.events": "as many as `last`, at most 1000",
  "Query.jobHistory": "as many as `nr`, at most 100",
  "Query.nodes": "as many as the ids that are given, at most 100",
  "Query.search": "as many as `first`, at most 50",
  "Query.servers": "as many as are configured",
  "Query.specifications": "as many as a Cuirass' administrator has written; Cuirass itself gives them all at once",
};

/** Names that look like a secret's, and are none that anybody is shown. */
const NO_SECRETS: Readonly<Record<string, string>> = {
  "NotifyCallback.hasToken": "says whether there is one",
  "NotifyCallbackInput.token": "goes into the definition that is submitted; nothing of Etna's gives it back",
};

interface Part {
  /** `Type`, `Type.field` or `Type.field(argument)`. */
  readonly path: string;
  readonly name: string;
  readonly description: string | null | undefined;
}

interface OutputField {
  readonly path: string;
  readonly field: GraphQLField<unknown, unknown>;
}

function outputFields(schema: GraphQLSchema): OutputField[] {
  return ownTypes(schema).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, field }))
      : [],
  );
}

function ownTypes(schema: GraphQLSchema) {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
}

function parts(schema: GraphQLSchema): Part[] {
  const part = (path: string, { name, description }: Omit<Part, "path">): Part => ({ path, name, description });
  const types = ownTypes(schema).flatMap((type) => {
    const values = isEnumType(type) ? type.getValues() : [];
    const fields = isInputObjectType(type) ? Object.values(type.getFields()) : [];
    return [part(type.name, type), ...[...values, ...fields].map((one) => part(`${type.name}.${one.name}`, one))];
  });
  const fields = outputFields(schema).flatMap(({ path, field }) => [
    part(path, field),
    ...field.args.map((argument) => part(`${path}(${argument.name})`, argument)),
  ]);
  const directives = schema
    .getDirectives()
    .filter((directive) => !isSpecifiedDirective(directive))
    .map((directive) => part(`@${directive.name}`, directive));
  return [...types, ...fields, ...directives];
}

function undescribed(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].map(
    (type) => type?.name,
  );
  return parts(schema)
    .filter(({ path, description }) => !roots.includes(path) && (description ?? "").trim() === "")
    .map(({ path }) => path);
}

function unpagedRootLists(schema: GraphQLSchema): string[] {
  return outputFields(schema)
    .filter(({ path, field }) => /^(Query|Mutation|Subscription)\./.test(path) && isList(field.type))
    .map(({ path }) => path);
}

/** Fields that give a connection, but cannot be told which page of it. */
function unpageable(schema: GraphQLSchema): string[] {
  return outputFields(schema)
    .filter(({ field }) => getNamedType(field.type).name.endsWith("Connection"))
    .filter(({ field }) => !["first", "after"].every((name) => field.args.some((argument) => argument.name === name)))
    .map(({ path }) => path);
}

function secrets(schema: GraphQLSchema): string[] {
  return parts(schema)
    .filter(({ name }) => /token|secret|passw|credential|api_?key/i.test(name))
    .map(({ path }) => path);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}

describe("the schema", () => {
  it("is the one that is committed as schema.graphql", async () => {
    expect(await printSdl()).toBe(COMMITTED);
  });

  it("is valid, and built once", async () => {
    const schema = await createSchema();
    expect(validateSchema(schema)).toEqual([]);
    expect(await createSchema()).toBe(schema);
  });

  it("describes every type, field, argument and enum value", async () => {
    const schema = await createSchema();
    expect(parts(schema).length).toBeGreaterThan(300);
    expect(undescribed(schema)).toEqual([]);
  });

  it("has no list at the root that could grow without pages", async () => {
    expect(unpagedRootLists(await createSchema()).sort()).toEqual(Object.keys(BOUNDED_ROOT_LISTS).sort());
  });

  it("lets every connection be paged", async () => {
    expect(unpageable(await createSchema())).toEqual([]);
  });

  it("says of each `first` and `last` how many there are when left out and at most, as its price counts", async () => {
    const costs = costsOf();
    const pages = outputFields(await createSchema())
      .filter(({ field }) => getNamedType(field.type).name.endsWith("Connection"))
      .flatMap(({ path, field: { args } }) => args.map(({ name, description }) => ({ path, name, description })))
      .filter(({ name }) => name === "first" || name === "last");
    expect(pages.length).toBeGreaterThan(40);
    for (const { path, name, description } of pages) {
      const { limits } = costs[path] ?? {};
      expect(limits, path).toBeDefined();
      const left = name === "first" ? `${limits?.default} when left out, ` : "";
      expect(description, path).toContain(`; ${left}at most ${limits?.max}.`);
    }
  });

  it("is printed with Etna's prices", () => {
    const printed = buildSchema(COMMITTED);
    const fields = new Map(outputFields(printed).map(({ path, field }) => [path, field]));
    const pricesOf = (path: string) => fields.get(path)?.astNode?.directives?.map((one) => print(one));
    expect(pricesOf("Query.testJobs")).toEqual([
      '@cost(weight: "1")',
      '@listSize(assumedSize: 20, requireOneSlicingArgument: false, sizedFields: ["edges", "nodes"], slicingArguments: ["first", "last"])',
    ]);
    expect(pricesOf("TestJob.suites")).toEqual(['@cost(weight: "1")', "@listSize(assumedSize: 10)"]);
    expect(pricesOf("TestJob.name")).toEqual([]);
    const priced = Object.entries(costsOf()).filter(([path, { limits }]) => limits !== undefined && fields.has(path));
    for (const [path] of priced) expect(pricesOf(path)?.at(-1), path).toContain("@listSize");
  });

  it("takes exactly one field of each key", async () => {
    const keys = ownTypes(await createSchema()).filter((type) => isInputObjectType(type) && type.isOneOf);
    expect(keys.map(({ name }) => name).sort()).toEqual([
      "BuildKey",
      "DeviceKey",
      "EvaluationKey",
      "SpecificationKey",
      "TestJobKey",
      "WorkerKey",
    ]);
    for (const { name } of keys) expect(COMMITTED).toContain(`input ${name} @oneOf {`);
  });

  it("has no place for a secret", async () => {
    expect(secrets(await createSchema()).sort()).toEqual(Object.keys(NO_SECRETS).sort());
  });
});

describe("the checks", () => {
  const bad = buildSchema(`
    type Query {
      "Described."
      things("Described." first: Int, nr: Int): [Thing!]
      "Described."
      pages(first: Int): ThingConnection
      silent: String
    }
    "Described."
    type Thing { "Described." token: String }
    type ThingConnection { "Described." nodes: [Thing] }
    enum Kind { "Described." A B }
    "Described."
    input Login { "Described." password: String, name: String }
  `);

  it("find what has no description", () => {
    expect(undescribed(bad).sort()).toEqual([
      "Kind",
      "Kind.B",
      "Login.name",
      "Query.pages(first)",
      "Query.silent",
      "Query.things(nr)",
      "ThingConnection",
    ]);
  });

  it("find lists without pages, and pages that can't be asked for", () => {
    expect(unpagedRootLists(bad)).toEqual(["Query.things"]);
    expect(unpageable(bad)).toEqual(["Query.pages"]);
  });

  it("find secrets", () => {
    expect(secrets(bad).sort()).toEqual(["Login.password", "Thing.token"]);
  });
});
