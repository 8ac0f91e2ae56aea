// How many values introspection answers with: its lists are as long as the schema is large.

import {
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import type { GraphQLField, GraphQLSchema } from "graphql";
import type { CostTable } from "../../ci/cost.js";

const tables = new WeakMap<GraphQLSchema, CostTable>();

/** `__schema` and `__type`, which no type has among its fields. */
export function introspectionField(name: string): GraphQLField<unknown, unknown> | undefined {
  return [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
}

/** The lengths of introspection's lists. */
export function introspectionTable(schema: GraphQLSchema): CostTable {
  let table = tables.get(schema);
  if (table === undefined) {
    table = tableOf(schema);
    tables.set(schema, table);
  }
  return table;
}

function tableOf(schema: GraphQLSchema): CostTable {
  const types = Object.values(schema.getTypeMap());
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composite.flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length);
  return {
    "__Schema.types": { items: types.length },
    "__Schema.directives": { items: schema.getDirectives().length },
    "__Type.fields": { items: usual(composite.map((type) => Object.keys(type.getFields()).length)) },
    "__Type.inputFields": { items: mean(inputs, types.length) },
    "__Type.enumValues": {
      items: mean(
        types.filter(isEnumType).map((type) => type.getValues().length),
        types.length,
      ),
    },
    "__Type.interfaces": {
      items: mean(
        composite.map((type) => type.getInterfaces().length),
        types.length,
      ),
    },
    // Every other type is NonNull or a list, and says of what.
    "__Type.ofType": { items: 0.5 },
    "__Field.args": {
      items: mean(
        fields.map(({ args }) => args.length),
        fields.length,
      ),
    },
  };
}

/** The mean that counts long lists for more: they are what a client asks for who wants a large answer. */
function usual(counts: readonly number[]): number {
  return sum(counts.map((count) => count ** 2)) / sum(counts);
}

function mean(counts: readonly number[], over: number): number {
  return sum(counts) / over;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
