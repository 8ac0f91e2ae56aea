// Why an operation does not run: thrown by the step that finds it, and written by the transport. Nothing of it has run.

import type { GraphQLError } from "graphql";
import { coded } from "./errors.js";

export class Refusal extends Error {
  /**
   * @param errors as the client is shown them, at least one.
   * @param status over HTTP.
   */
  constructor(
    readonly errors: readonly GraphQLError[],
    readonly status = 400,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(errors[0]?.message);
  }
}

/** For what the operation itself says: its document, its variables, or what it costs. */
export class DocumentRefusal extends Refusal {}

/** With the code `BAD_REQUEST`. */
export function badRequest(message: string, status?: number, headers?: Readonly<Record<string, string>>): Refusal {
  return new Refusal([coded("BAD_REQUEST", message)], status, headers);
}
