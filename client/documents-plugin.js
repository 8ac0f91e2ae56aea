// A plugin of graphql-codegen: each operation as text with its types, without a dependency on anything.

import { print } from "graphql";

export function plugin(_schema, documents) {
  const operations = documents.flatMap(({ document }) =>
    document.definitions.filter(({ kind }) => kind === "OperationDefinition"),
  );
  const constants = operations.map((definition) => {
    const { name, operation } = definition;
    const type = `${name.value}${operation[0].toUpperCase()}${operation.slice(1)}`;
    return `export const ${name.value}Document = operation<${type}, ${type}Variables>(\`${print(definition)}\`);\n`;
  });
  return { prepend: [`import { operation } from "../operation.js";`], content: `\n${constants.join("\n")}` };
}
