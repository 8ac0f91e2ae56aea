// A list read page by page, up to as many items as are wanted.

import type { Operation } from "#client";
import { complain } from "../output/streams.js";
import { EXIT } from "../exit.js";
import type { ExitStatus } from "../exit.js";
import { refused, statusOf } from "./answers.js";
import { requestPartly } from "./request.js";
import type { Partly } from "./request.js";
import type { Remote } from "./gateway.js";

/** A page as every connection of the schema has it. */
interface Page<TNode> {
  readonly nodes: readonly (TNode | null)[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined };
}

export interface ListRequest<TResult, TVariables extends object, TNode> {
  readonly operation: Operation<TResult, TVariables>;
  readonly variables: (page: { readonly first: number; readonly after: string | null }) => TVariables;
  /** The list in an answer; null where it could not be read. */
  readonly pick: (data: TResult) => Page<TNode> | null | undefined;
  /** How many items at most; infinite for all. */
  readonly limit: number;
  readonly pageSize: number;
}

/**
 * Hands each item over. A server that does not answer is named on stderr, and its status is given back: the list has those
 * of the others. Throws `CommandError` where there is no list at all.
 */
export async function readList<TResult, TVariables extends object, TNode>(
  remote: Remote,
  { operation, variables, pick, limit, pageSize }: ListRequest<TResult, TVariables, TNode>,
  take: (nodes: readonly TNode[]) => void,
): Promise<ExitStatus> {
  let left = limit;
  let after: string | null = null;
  let status: ExitStatus = EXIT.ok;
  const told = new Set<string>();
  for (;;) {
    const page: { readonly first: number; readonly after: string | null } = { first: Math.min(left, pageSize), after };
    const { data, errors }: Partly<TResult> = await requestPartly(remote, operation, variables(page));
    const list: Page<TNode> | null | undefined = data == null ? null : pick(data);
    const [error] = errors;
    if (list == null) {
      if (error === undefined) return status;
      throw refused(error, remote);
    }
    for (const one of errors.filter(({ message }) => !told.has(message))) {
      told.add(one.message);
      complain(one.message);
      status = status === EXIT.ok ? statusOf(one) : status;
    }
    take(list.nodes.filter((node) => node !== null));
    left -= list.nodes.length;
    after = list.pageInfo.endCursor ?? null;
    if (!list.pageInfo.hasNextPage || left <= 0 || after === null) return status;
  }
}
