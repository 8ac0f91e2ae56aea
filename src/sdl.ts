// The schema as `schema.graphql` holds it and `/schema.graphql` serves it: sorted, with descriptions, and with Etna's
// prices as the directives of the GraphQL Cost Directives specification (IBM). graphql-js prints no directives by itself.

import { isInterfaceType, isObjectType, lexicographicSortSchema, printSchema } from "graphql";
import type { GraphQLSchema } from "graphql";
import type { CostEnvironment, CostTable, Count, FieldCost } from "./ci/cost.js";
import type { CiSystem } from "./ci/system.js";
import { costsOf, createSchema } from "./schema.js";
import { SYSTEMS } from "./systems.js";

const DIRECTIVES = `"""
Requests that Etna reckons for the field, of each object that it is asked of, with one server of each kind; none where it is absent. Many objects share some of them, so that an operation's own estimate is often lower: see \`operationCost\`.
"""
directive @cost(
  """A whole number."""
  weight: String!
) on FIELD_DEFINITION

"""How many items a list is reckoned with."""
directive @listSize(
  """Where none of the arguments says."""
  assumedSize: Int

  """Any of them may be left out."""
  requireOneSlicingArgument: Boolean = true

  """Where in a connection the items are."""
  sizedFields: [String!]

  """Arguments that say how many items are wanted."""
  slicingArguments: [String!]
) on FIELD_DEFINITION
`;

/** What is printed behind a field; empty for one without a price. */
function directivesOf(schema: GraphQLSchema, path: string, cost: FieldCost, environment: CostEnvironment): string {
  const amount = (count: Count) => (typeof count === "number" ? count : count({ args: {}, environment }));
  const weight = amount(cost.requests ?? 0) + (cost.batch?.requests(1, environment) ?? 0);
  const priced = weight === 0 ? "" : ` @cost(weight: "${weight}")`;
  if (cost.items === undefined) return priced;
  const [typeName = "", name = ""] = path.split(".");
  const type = schema.getType(typeName);
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
  const slicing = (field?.args ?? []).filter((argument) => argument.name === "first" || argument.name === "last");
  const sized = [
    ...(cost.limits === undefined
      ? typeof cost.items === "number"
        ? [`assumedSize: ${cost.items}`]
        : []
      : [`assumedSize: ${cost.limits.default}`]),
    ...(slicing.length === 0 ? [] : ["requireOneSlicingArgument: false"]),
    ...(cost.limits === undefined ? [] : [`sizedFields: ["edges", "nodes"]`]),
    ...(slicing.length === 0 ? [] : [`slicingArguments: [${slicing.map((one) => `"${one.name}"`).join(", ")}]`]),
  ];
  return sized.length === 0 ? priced : `${priced} @listSize(${sized.join(", ")})`;
}

/** A field is a line of its own, or ends with the line after its arguments. */
function withPrices(sdl: string, directives: (path: string) => string): string {
  let [type, field, isText] = ["", "", false];
  const lines = sdl.split("\n").map((line) => {
    const marks = line.split('"""').length - 1;
    if (marks > 0 || isText) {
      if (marks % 2 === 1) isText = !isText;
      return line;
    }
    type = /^(?:type|interface) (\w+)/.exec(line)?.[1] ?? (line === "}" ? "" : type);
    if (type === "") return line;
    const [, name = "", rest = ""] = /^ {2}(\w+)([(:])/.exec(line) ?? [];
    if (name !== "") field = name;
    return rest === ":" || line.startsWith("  )") ? line + directives(`${type}.${field}`) : line;
  });
  return lines.join("\n");
}

/** The schema as text, of one server of each kind. */
export async function printSdl(systems: readonly CiSystem[] = SYSTEMS): Promise<string> {
  const schema = lexicographicSortSchema(await createSchema(systems));
  const costs: CostTable = costsOf(systems);
  const servers = Object.fromEntries(systems.map(({ kind }) => [kind, 1]));
  const environment = { servers, viewerKnown: true };
  const directives = (path: string) => directivesOf(schema, path, costs[path] ?? {}, environment);
  return `${DIRECTIVES}\n${withPrices(printSchema(schema), directives)}\n`;
}
