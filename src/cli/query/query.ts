// Any operation, as its user has written it.

import { GraphQLError, Kind, OperationTypeNode, parse } from "graphql";
import type { DocumentNode, OperationDefinitionNode } from "graphql";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { complain, printJson } from "../output/streams.js";
import { statusOf } from "../remote/answers.js";
import type { Answer } from "../remote/answers.js";
import { Deadline } from "../remote/deadline.js";
import type { Remote } from "../remote/gateway.js";
import { ask } from "../remote/request.js";
import { connect, follow } from "../remote/subscribe.js";
import { readInput } from "../tree/input.js";
import { readVariables } from "./variables.js";

interface QueryOptions {
  /** `name=value`, as given. */
  readonly given: readonly string[];
  /** Name of the operation; null for the only one. */
  readonly operation: string | null;
}

export async function query(
  remote: Remote,
  file: string,
  { given, operation: name }: QueryOptions,
): Promise<ExitStatus> {
  const text = readInput(file);
  const operation = pickOperation(parseDocument(text, file), name);
  const variables = readVariables(operation, given);
  const payload = { query: text, variables, ...(name === null ? {} : { operationName: name }) };
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return followOperation(remote, payload);
  const answer = await ask(remote, payload);
  printJson(answer);
  return statusOfAnswer(answer);
}

async function followOperation(remote: Remote, payload: Parameters<typeof follow>[1]) {
  const client = connect(remote);
  const deadline = new Deadline(client, remote.timeoutMs);
  let status: ExitStatus = EXIT.ok;
  try {
    for await (const answer of follow(client, payload)) {
      printJson(answer);
      if (status === EXIT.ok) status = statusOfAnswer(answer);
    }
  } catch (error) {
    if (!deadline.isOver) throw error;
  } finally {
    deadline.close();
  }
  if (!deadline.isOver) return status;
  complain(`the subscription has not ended within ${deadline.words}`);
  return EXIT.timedOut;
}

function statusOfAnswer({ errors }: Answer<unknown>): ExitStatus {
  const [error] = errors ?? [];
  return error === undefined ? EXIT.ok : statusOf(error);
}

function parseDocument(text: string, file: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [at] = error.locations ?? [];
    throw new CommandError(`${file}${at === undefined ? "" : `:${at.line}`}: ${error.message}`, EXIT.usage);
  }
}

function pickOperation({ definitions }: DocumentNode, name: string | null): OperationDefinitionNode {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = name === null ? operations : operations.filter((one) => one.name?.value === name);
  const [operation, another] = named;
  if (operation !== undefined && another === undefined) return operation;
  const names = operations.map((one) => one.name?.value ?? "one without a name").join(", ");
  if (operations.length === 0) throw new CommandError("the document has no operation", EXIT.usage);
  throw new CommandError(
    name === null
      ? `the document has several operations (${names}); name one, e.g. --operation ${operations[0]?.name?.value ?? "NAME"}`
      : `the document has no operation ${name}; there are ${names}`,
    EXIT.usage,
  );
}
