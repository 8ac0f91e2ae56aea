// Any operation, as its user has written it.

import { GraphQLError, Kind, OperationTypeNode, parse } from "graphql";
import type { DocumentNode, OperationDefinitionNode } from "graphql";
import type { Answer } from "#client";
import { CommandError, EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { complain, printJson } from "../output/streams.js";
import { statusOf } from "../remote/answers.js";
import { connect, timeoutWords, toCommandError, untilTimeout } from "../remote/client.js";
import type { Remote } from "../remote/gateway.js";
import { ask } from "../remote/request.js";
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
  const options = name === null ? {} : { operationName: name };
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return followOperation(remote, text, variables, options);
  const answer = await ask(remote, text, variables, options);
  printJson(answer);
  return statusOfAnswer(answer);
}

async function followOperation(
  remote: Remote,
  text: string,
  variables: Record<string, unknown>,
  options: { readonly operationName?: string },
): Promise<ExitStatus> {
  const client = connect(remote);
  const signal = untilTimeout(remote);
  let status: ExitStatus = EXIT.ok;
  try {
    for await (const answer of client.subscribeAnswers(text, variables, { ...options, signal })) {
      printJson(answer);
      if (status === EXIT.ok) status = statusOfAnswer(answer);
    }
    return status;
  } catch (error) {
    if (!signal.aborted) throw toCommandError(error, remote);
    complain(`the subscription has not ended within ${timeoutWords(remote)}`);
    return EXIT.timedOut;
  } finally {
    client.close();
  }
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
