// One query that is kept true: asked, asked again after a fault or a break, told to whoever shows it.

import { createRequest } from "@urql/core";
import type { AnyVariables, CombinedError, DocumentInput } from "@urql/core";
import type { Graph } from "./client.js";
import { NO_ANSWER, isServerAway, staleFaults, toFault } from "./errors.js";
import type { Fault } from "./errors.js";

export interface Answer<T> {
  /** The last one that came, also where a later attempt failed. */
  readonly data: T | null;
  readonly faults: readonly Fault[];
  readonly fetching: boolean;
  /** When the data were whole last; null before. */
  readonly asOf: Date | null;
}

export const NOTHING_YET: Answer<never> = { data: null, faults: [], fetching: true, asOf: null };

/** What codegen makes of an operation. */
export interface Document<T, V> {
  toString(): string;
  readonly __apiType?: ((variables: V) => T) | undefined;
}

export interface Watch {
  readonly retry: () => void;
  readonly stop: () => void;
}

const RETRY_MAX_S = 60;
const AWAY_AGAIN_S = 10;

/** Calls back with each answer, and with each change that an update makes to it. */
export function watch<T, V>(
  graph: Graph,
  document: Document<T, V>,
  variables: V,
  tell: (answer: Answer<T>) => void,
  everySeconds: number | null = null,
): Watch {
  const { client, live } = graph;
  const request = createRequest(document.toString() as unknown as DocumentInput, variables as AnyVariables);
  let answer: Answer<T> = NOTHING_YET;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const retry = () => {
    clearTimeout(timer);
    timer = undefined;
    answer = { ...answer, fetching: true };
    tell(answer);
    // By GET the browser asks with `If-None-Match`: an answer that has not changed is not sent again.
    const preferGetMethod = live.state().kind === "polling" ? "force" : false;
    const context = { requestPolicy: "network-only", preferGetMethod } as const;
    client.reexecuteOperation(client.createRequestOperation("query", request, context));
  };
  const again = (seconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(retry, Math.min(seconds, RETRY_MAX_S) * 1_000);
  };
  const subscription = client.executeQuery(request).subscribe(({ data, error, stale, extensions }) => {
    const faults = [...faultsOf(error), ...staleFaults(extensions)];
    const whole = faults.length === 0 && !stale;
    answer = {
      data: (data as T | null | undefined) ?? answer.data,
      faults: stale ? answer.faults : faults,
      fetching: stale,
      asOf: whole ? new Date() : answer.asOf,
    };
    tell(answer);
    if (stale) return;
    // A server that is away comes back without a word: its rows would stay stale for ever.
    const waits = faults.flatMap((fault) => fault.retryAfterSeconds ?? (isServerAway(fault) ? AWAY_AGAIN_S : []));
    if (waits.length > 0) again(Math.max(2, ...waits));
    else if (everySeconds !== null && timer === undefined) again(everySeconds);
  });
  const stopResync = live.onResync(retry);
  return {
    retry,
    stop: () => {
      clearTimeout(timer);
      stopResync();
      subscription.unsubscribe();
    },
  };
}

export function faultsOf(error: CombinedError | undefined): readonly Fault[] {
  if (error === undefined) return [];
  return error.networkError ? [NO_ANSWER] : error.graphQLErrors.map(toFault);
}
