// What an operation selects, as resolvers see it: through fragments, named and inline, and at any depth.

import { GraphQLInt, GraphQLObjectType, GraphQLSchema, graphql } from "graphql";
import { expect, test } from "vitest";
import { selectsAny, selectsOnly } from "../../../src/ci/graph/selection.js";

const NAMES = new Set(["a", "b"]);
const seen: { only?: boolean; any?: boolean } = {};
const Thing: GraphQLObjectType = new GraphQLObjectType({
  name: "Thing",
  fields: () => ({ a: { type: GraphQLInt }, b: { type: GraphQLInt }, c: { type: GraphQLInt }, inner: { type: Thing } }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      thing: {
        type: Thing,
        resolve: (_root, _args, _context, info) => {
          seen.only = selectsOnly(info, NAMES);
          seen.any = selectsAny(info, NAMES);
          return {};
        },
      },
    },
  }),
});

test.each([
  ["{ thing { a b } }", true, true],
  ["{ thing { __typename a } }", true, true],
  ["{ thing { a c } }", false, true],
  ["{ thing { c } }", false, false],
  ["{ thing { named: a } }", true, true],
  ["{ thing { a: c } }", false, false],
  ["{ thing { ... { a } } }", true, true],
  ["{ thing { ... on Thing { a ... { c } } } }", false, true],
  ["{ thing { ...F } } fragment F on Thing { b ...G } fragment G on Thing { c }", false, true],
  ["{ thing { ...F } } fragment F on Thing { c inner { c } }", false, false],
  ["{ thing { c inner { inner { a } } } }", false, true],
  ["{ thing { a } thing { c } }", false, true],
])("%s", async (source, only, any) => {
  const { errors } = await graphql({ schema, source });
  expect(errors).toBeUndefined();
  expect(seen).toEqual({ only, any });
});
