// The JSON Schema of the configuration file, for editors: written from the same checks that read the file.

import { z } from "zod";
import { SYSTEMS } from "../systems.js";
import { fileSchemaOf } from "./config.js";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What stands where a value is taken from the environment. */
const FROM_ENVIRONMENT = { type: "string", pattern: "\\$\\{\\w+\\}" } as const;

/** What the file's own checks say that JSON Schema can't, such as that names are unique, is for `etna config check`. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(fileSchemaOf(SYSTEMS), {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      const { type, pattern } = jsonSchema;
      if (type !== "number" && type !== "integer" && pattern === undefined) return;
      const value: Record<string, unknown> = {};
      for (const [key, said] of Object.entries(jsonSchema)) {
        if (key === "description" || key === "examples") continue;
        value[key] = said;
        Reflect.deleteProperty(jsonSchema, key);
      }
      Object.assign(jsonSchema, { anyOf: [value, FROM_ENVIRONMENT] });
    },
  });
  return { title: "Configuration of Etna, a GraphQL gateway for LAVA and Cuirass", ...schema };
}
