// The length of each list that an operation sends, and whether its objects fit where they go, checked before GraphQL or the
// estimate of its cost handles a single item or member: a body may hold a million of them.

import {
  GraphQLError,
  Kind,
  TypeInfo,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { DocumentNode, GraphQLInputType, GraphQLSchema, OperationDefinitionNode, ValueNode } from "graphql";
import { LIST_ITEMS_MAX, itemsMaxOf } from "../../ci/list-limits.js";

/** Scalars whose values are objects. */
const TAKE_OBJECTS = new Set(["_Any", "JSONObject"]);
/** Of a name that a client has made up. */
const NAME_SHOWN_MAX = 50;

/** Where a value goes: the argument, e.g. `filter.ids`, and how many items it may have if it is a list. */
interface Place {
  readonly argument: string;
  readonly max: number;
}

/** What a document says of its lists, whatever its variables hold. */
interface DocumentLists {
  /** The first that is written out and too long. */
  readonly tooLong: GraphQLError | null;
  /** Where the value of each variable goes; where it goes to several places, the one that takes least. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface ListQuestion {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they came. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Why an operation with a list that is too long may not run; null when all are short enough. */
export function createListCheck(schema: GraphQLSchema): (question: ListQuestion) => GraphQLError | null {
  const known = new WeakMap<DocumentNode, DocumentLists>();
  return ({ document, operation, variables }) => {
    let lists = known.get(document);
    if (lists === undefined) {
      lists = readDocument(schema, document);
      known.set(document, lists);
    }
    if (lists.tooLong !== null) return lists.tooLong;
    for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      const place = lists.places.get(name) ?? { argument: `$${name}`, max: LIST_ITEMS_MAX };
      if (defaultValue?.kind === Kind.LIST && defaultValue.values.length > place.max)
        return refusal(place, defaultValue.values.length);
      const type = typeFromAST(schema, typeNode);
      const refused = isInputType(type) ? checkValue(type, variables[name], place) : null;
      if (refused !== null) return refused;
    }
    return null;
  };
}

function checkValue(given: GraphQLInputType, value: unknown, place: Place): GraphQLError | null {
  const type = getNullableType(given);
  if (isListType(type)) {
    if (!Array.isArray(value)) return checkValue(type.ofType, value, place);
    if (value.length > place.max) return refusal(place, value.length);
    return firstOf(value, (item: unknown) => checkValue(type.ofType, item, place));
  }
  if (typeof value !== "object" || value === null) return null;
  // GraphQL's own messages write such a value out, once for each of its faults.
  if (!isInputObjectType(type) && TAKE_OBJECTS.has(type.name)) return null;
  if (!isInputObjectType(type))
    return misfit(place, `is ${Array.isArray(value) ? "a list" : "an object"}, not one value`);
  const members = value as Readonly<Record<string, unknown>>;
  for (const name in members) {
    if (!Object.hasOwn(type.getFields(), name))
      return misfit(place, `has no field ${JSON.stringify(name.slice(0, NAME_SHOWN_MAX))}`);
  }
  return firstOf(Object.values(type.getFields()), (field) =>
    Object.hasOwn(members, field.name)
      ? checkValue(field.type, members[field.name], {
          argument: `${place.argument}.${field.name}`,
          max: itemsMaxOf(field) ?? LIST_ITEMS_MAX,
        })
      : null,
  );
}

function readDocument(schema: GraphQLSchema, document: DocumentNode): DocumentLists {
  let tooLong: GraphQLError | null = null;
  const places = new Map<string, Place>();
  const note = (node: ValueNode, given: GraphQLInputType, place: Place): void => {
    const type = getNullableType(given);
    if (node.kind === Kind.VARIABLE) {
      const known = places.get(node.name.value);
      if (known === undefined || place.max < known.max) places.set(node.name.value, place);
    } else if (isListType(type)) {
      if (node.kind === Kind.LIST && node.values.length > place.max) tooLong ??= refusal(place, node.values.length);
      for (const item of node.kind === Kind.LIST ? node.values : [node]) note(item, type.ofType, place);
    } else if (isInputObjectType(type) && node.kind === Kind.OBJECT) {
      for (const { name, value } of node.fields) {
        const field = type.getFields()[name.value];
        if (field === undefined) continue;
        const max = itemsMaxOf(field) ?? LIST_ITEMS_MAX;
        note(value, field.type, { argument: `${place.argument}.${field.name}`, max });
      }
    }
  };
  const types = new TypeInfo(schema);
  const readArgument = ({ value }: { readonly value: ValueNode }) => {
    const argument = types.getArgument();
    if (argument != null)
      note(value, argument.type, { argument: argument.name, max: itemsMaxOf(argument) ?? LIST_ITEMS_MAX });
  };
  visit(document, visitWithTypeInfo(types, { Argument: readArgument }));
  return { tooLong, places };
}

function firstOf<T>(items: readonly T[], check: (item: T) => GraphQLError | null): GraphQLError | null {
  for (const item of items) {
    const refused = check(item);
    if (refused !== null) return refused;
  }
  return null;
}

function misfit({ argument }: Place, what: string): GraphQLError {
  return new GraphQLError(`${argument}: ${what}`, { extensions: { code: "BAD_USER_INPUT", argument } });
}

function refusal({ argument, max }: Place, length: number): GraphQLError {
  const message = `${argument}: has ${length} items; allowed are ${max}`;
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", argument } });
}
