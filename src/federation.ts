// Etna as a subgraph of a supergraph (Apollo Federation 2): each thing with a global id is an entity by that id.
// Follows the federation subgraph specification. The plain schema stays as it is; this one is served.

import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  Kind,
  isInterfaceType,
  lexicographicSortSchema,
  printSchema,
  valueFromASTUntyped,
} from "graphql";
import { decodeGlobalId } from "./ci/global-id.js";
import type { Node } from "./ci/graph/node.type.js";
import { listLimit } from "./ci/list-limits.js";
import { inRange } from "./ci/page.js";
import { loadNode } from "./ci/graph/query.resolver.js";
import type { RequestContext } from "./ci/session.js";
import { InputRefused } from "./errors.js";
import { fieldsOf } from "./codec/mapping.js";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;
/** A router asks for all entities of a list at once; this is what our own lists have at most. */
const REPRESENTATIONS_MAX = 1_000;
/** Root fields that every Relay schema has; a router could not tell whose they are, and asks for entities instead. */
const LEFT_OUT = ["node", "nodes"];

const Any = new GraphQLScalarType<unknown, unknown>({
  name: "_Any",
  description: "Representation of an entity: `{ __typename, id }`.",
  parseValue: (value) => value,
  parseLiteral: (node, variables) => (node.kind === Kind.OBJECT ? valueFromASTUntyped(node, variables) : null),
});

const Service = new GraphQLObjectType({
  name: "_Service",
  description: "What a supergraph is composed from.",
  fields: {
    sdl: {
      type: new GraphQLNonNull(GraphQLString),
      description: "This subgraph's schema with its keys. Without `node` and `nodes`, which any subgraph may have.",
    },
  },
});

/** The schema with what a federation router asks for: `_service` and `_entities`. */
export function toSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const { query, types, ...config } = schema.toConfig();
  if (query == null) throw new Error("a schema without queries is no subgraph");
  const sdl = printSubgraphSdl(schema);
  const Entity = new GraphQLUnionType({
    name: "_Entity",
    description: "Everything with a global id.",
    types: entitiesOf(schema),
    resolveType: (node: Node) => decodeGlobalId(node.id).typeName,
  });
  const { fields, ...queryConfig } = query.toConfig();
  const Query = new GraphQLObjectType<unknown, RequestContext>({
    ...queryConfig,
    fields: {
      ...fields,
      _service: {
        type: new GraphQLNonNull(Service),
        description: "For composing a supergraph (Apollo Federation 2).",
        resolve: () => ({ sdl }),
      },
      _entities: {
        type: new GraphQLNonNull(new GraphQLList(Entity)),
        description: "For a supergraph's router: the entities, in the same order; null for what you may not see.",
        args: {
          representations: {
            type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Any))),
            description: `Each \`{ __typename, id }\`. At most ${REPRESENTATIONS_MAX} items.`,
            extensions: listLimit(REPRESENTATIONS_MAX),
          },
        },
        resolve: (_root, { representations }, context) => {
          const list = representations as readonly unknown[];
          inRange("representations", list.length, REPRESENTATIONS_MAX);
          // Each on its own, so that one server's fault is one entity's; the loaders ask for all of them at once.
          return list.map((representation) => loadEntity(context, representation));
        },
      },
    },
  });
  return new GraphQLSchema({ ...config, query: Query, types: [...types.filter((type) => type !== query), Entity] });
}

async function loadEntity(context: RequestContext, representation: unknown): Promise<Node | null> {
  const { __typename, id } = fieldsOf(representation);
  if (typeof id !== "string" || typeof __typename !== "string") {
    throw new InputRefused("representations", "is not `{ __typename, id }`");
  }
  if (decodeGlobalId(id).typeName !== __typename) {
    throw new InputRefused("representations", `the id is not of a ${__typename.slice(0, 60)}`);
  }
  return loadNode(context, id);
}

function entitiesOf(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const node = schema.getType("Node");
  return isInterfaceType(node) ? schema.getPossibleTypes(node) : [];
}

/** The schema as a subgraph's SDL: with keys, and without what no two subgraphs can have. */
export function printSubgraphSdl(schema: GraphQLSchema): string {
  const { query, types, ...config } = schema.toConfig();
  if (query == null) throw new Error("a schema without queries is no subgraph");
  const { fields, ...queryConfig } = query.toConfig();
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !LEFT_OUT.includes(name)));
  const plain = new GraphQLSchema({
    ...config,
    query: new GraphQLObjectType({ ...queryConfig, fields: kept }),
    types: types.filter((type) => type !== query),
  });
  const entities = new Set(entitiesOf(schema).map(({ name }) => name));
  // graphql-js prints no directives but `@oneOf`; a type's head is alone on its line.
  const sdl = printSchema(lexicographicSortSchema(plain))
    .replace(/^type (\w+)(?: implements [\w &]+)? \{$/gm, (head, name: string) =>
      entities.has(name)
        ? `${head.slice(0, -1)}@key(fields: "id") {`
        : name === "PageInfo"
          ? `${head.slice(0, -1)}@shareable {`
          : head,
    )
    // Federation does not know it: a router lets such a value through, and it is checked here.
    .replace(/^(input \w+) @oneOf \{$/gm, "$1 {");
  return `${LINK}\n\n${sdl}\n`;
}
