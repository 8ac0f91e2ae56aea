import { withGateway } from "../remote/gateway.js";
import { createRemoteCommand } from "../tree/command.js";
import { collect } from "../tree/values.js";
import { query } from "./query.js";

export function queryCommand() {
  return createRemoteCommand("query")
    .summary("run any operation")
    .description(
      "Runs an operation of a file: a query, a mutation or a subscription. Prints each answer as it comes, JSON in one line. The status is that of the first error; see the exit statuses.",
    )
    .argument("<file>", "the document; - for standard input")
    .option(
      "-v, --variable <name=value>",
      "a variable: text, or JSON where its type wants it; may be repeated",
      collect,
    )
    .option("--operation <name>", "which operation, where the document has several")
    .action(async (file, { json: _, variable = [], operation, ...values }) => {
      process.exitCode = await withGateway(values, (remote) =>
        query(remote, file, { given: variable, operation: operation ?? null }),
      );
    });
}
