import { createCommand } from "../tree/command.js";

export function documentsCommand() {
  return createCommand("documents")
    .summary("check a client's operations, and print them for --trusted-documents")
    .description(
      "Checks the operations of .graphql files against the schema, and prints the file that serve --trusted-documents takes: a JSON object of SHA-256 and document.",
    )
    .argument("<files...>", "files, folders, or patterns in quotes")
    .action(async (files, { json = false }) => {
      const { documents } = await import("./documents.js");
      process.exitCode = await documents(files, json);
    });
}
