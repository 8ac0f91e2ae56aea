// How many items each list that a client sends may have: one number for the check, before anything is done with an item,
// and for the schema's description.

import { getNullableType, isInputObjectType, isInterfaceType, isListType, isObjectType } from "graphql";
import type { GraphQLArgument, GraphQLInputField, GraphQLSchema } from "graphql";

/** Of every list that has no limit of its own. */
export const LIST_ITEMS_MAX = 100;

/** By coordinate: `NotifyInput.callbacks` of an input type, `Query.nodes(ids:)` of a field's argument. */
export type ListLimits = Readonly<Record<string, number>>;

/** An argument of a field, or a field of an input type. */
export type InputPlace = GraphQLArgument | GraphQLInputField;

const EXTENSION = "maxItems";

/** Gives each list of the schema its limit, and says so in its description. Throws for a coordinate that is no list. */
export function limitLists(schema: GraphQLSchema, limits: ListLimits): GraphQLSchema {
  const unknown = new Set(Object.keys(limits));
  for (const { coordinate, place } of listPlaces(schema)) {
    const max = limits[coordinate] ?? LIST_ITEMS_MAX;
    unknown.delete(coordinate);
    place.extensions = { ...place.extensions, ...listLimit(max) };
    place.description = `${place.description ?? ""} At most ${max} items.`.trimStart();
  }
  if (unknown.size > 0) throw new Error(`no lists of the schema: ${[...unknown].join(", ")}`);
  return schema;
}

/** The limit as an argument's `extensions`, for one that is made without type-graphql. */
export function listLimit(max: number): Readonly<Record<string, number>> {
  return { [EXTENSION]: max };
}

/** Null for what is no list. */
export function itemsMaxOf({ type, extensions }: InputPlace): number | null {
  if (!isListType(getNullableType(type))) return null;
  const max = extensions[EXTENSION];
  return typeof max === "number" ? max : LIST_ITEMS_MAX;
}

/** Every list that a client can send, by its coordinate. */
export function listPlaces(
  schema: GraphQLSchema,
): readonly { readonly coordinate: string; readonly place: InputPlace }[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) => {
      if (isInputObjectType(type))
        return Object.values(type.getFields()).map((place) => ({ coordinate: `${type.name}.${place.name}`, place }));
      if (!isObjectType(type) && !isInterfaceType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) =>
        field.args.map((place) => ({ coordinate: `${type.name}.${field.name}(${place.name}:)`, place })),
      );
    })
    .filter(({ place }) => isListType(getNullableType(place.type)));
}
