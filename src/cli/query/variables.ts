// Variables of an operation, from `name=value`: the type that the document gives each says how its value is read.

import { Kind } from "graphql";
import type { OperationDefinitionNode, TypeNode } from "graphql";
import { CommandError, EXIT } from "../exit.js";

/** Throws `CommandError` for what is no variable of the operation, and for a value that its type can't have. */
export function readVariables(operation: OperationDefinitionNode, given: readonly string[]): Record<string, unknown> {
  const types = new Map((operation.variableDefinitions ?? []).map(({ variable, type }) => [variable.name.value, type]));
  const variables: Record<string, unknown> = {};
  for (const text of given) {
    const at = text.indexOf("=");
    const name = at === -1 ? text : text.slice(0, at);
    const type = types.get(name);
    if (at === -1) throw refuse(name, "write its value behind it, e.g. -v jobId=1234");
    if (type === undefined)
      throw refuse(name, `the operation has no such variable; it has ${[...types.keys()].join(", ") || "none"}`);
    variables[name] = readValue(name, text.slice(at + 1), type);
  }
  return variables;
}

function readValue(name: string, text: string, type: TypeNode): unknown {
  if (type.kind === Kind.NON_NULL_TYPE) return readValue(name, text, type.type);
  if (type.kind === Kind.LIST_TYPE) return parseJson(text) ?? text;
  switch (type.name.value) {
    // Text as it is: a job's number is an ID, and no JSON number.
    case "String":
    case "ID":
    case "DateTime":
      return text;
    case "Int":
    case "Float":
    case "SafeInt": {
      const number = Number(text);
      if (text.trim() === "" || Number.isNaN(number)) throw refuse(name, `"${text}" is not a number`);
      return number;
    }
    case "Boolean":
      if (text !== "true" && text !== "false") throw refuse(name, `"${text}" is not true or false`);
      return text === "true";
    // Input objects are JSON; names of enums are no JSON, and stay what they are.
    default:
      return parseJson(text) ?? text;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(name: string, fault: string): CommandError {
  return new CommandError(`-v ${name}: ${fault}`, EXIT.usage);
}
