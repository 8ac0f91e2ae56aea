// Executes each event once for all subscriptions that would get the same answer: the same document, operation, variables
// and viewer. Each has its own source of events, and knows by the event's `key` that it is the same one.

import { Kind, createSourceEventStream, execute } from "graphql";
import type { ExecutionArgs, FormattedExecutionResult } from "graphql";
import { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import { viewerKey } from "../../ci/viewer.js";
import { Sharing } from "../../events/sharing.js";
import { AnswerSize } from "../limits/answer-size.js";
import { openContext } from "./context.js";
import type { OperationOptions } from "./context.js";
import { formatError, toGraphQLError } from "./errors.js";
import type { Observer, OperationWatch } from "./observer.js";
import type { KnownOperation } from "./operation.js";

/** How long an answer stands for further subscribers: what is nested in it may change without an event of its own. */
const SHARED_MS = 1_000;

/** One answer, ready to be sent to any number of subscribers. */
export interface SharedResult {
  readonly json: string;
}

export type SharedResults = AsyncIterableIterator<SharedResult, undefined>;

/** Begins a subscription: a stream of answers, or why there is none. */
export type Subscribe<TContext extends RequestContext> = (
  operation: KnownOperation,
  context: TContext,
  watch: OperationWatch,
  answerBytes: number,
) => Promise<SharedResults | FormattedExecutionResult>;

export function createSubscribe<TContext extends RequestContext>(
  options: OperationOptions<TContext>,
  observer: Observer,
): Subscribe<TContext> {
  const audiences = new Sharing<Audience<TContext>>();
  return async (operation, context, watch, answerBytes) => {
    const { document, operationName, variables: variableValues } = operation;
    const args = { schema: options.schema, document, operationName, variableValues, contextValue: context };
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) {
      const errors = source.errors ?? [];
      return { errors: errors.map((error) => formatError(error.toJSON(), error, options.onFault)) };
    }
    const field = fieldOf(operation);
    const { value, release } = audiences.hold(
      keyOf(operation, context),
      () => new Audience(args, options, answerBytes),
    );
    observer.subscribers(field, 1);
    let ended = false;
    const end = (error?: unknown) => {
      release();
      if (ended) return;
      ended = true;
      observer.subscribers(field, -1);
      if (error !== undefined) watch.failed([error]);
      watch.end();
    };
    return results(source[Symbol.asyncIterator](), value, end, options.onFault);
  };
}

/** The schema's name of what is subscribed to: a valid subscription has one field. */
function fieldOf({ operation }: KnownOperation): string {
  const [first] = operation.selectionSet.selections;
  return first?.kind === Kind.FIELD ? first.name.value : "fragment";
}

function keyOf({ hash, operationName, variables }: KnownOperation, { credentials }: RequestContext): string {
  return JSON.stringify([viewerKey(credentials), hash, operationName, variables]);
}

interface SubscriptionArgs<TContext> extends ExecutionArgs {
  readonly contextValue: TContext;
}

/** All present subscriptions with one document, operation, variables and viewer. */
class Audience<TContext extends RequestContext> {
  readonly #left = new AbortController();
  /** By the events' keys, the oldest first. */
  readonly #answers = new Map<string, { readonly at: number; readonly result: Promise<SharedResult> }>();

  constructor(
    private readonly args: SubscriptionArgs<TContext>,
    private readonly options: OperationOptions<TContext>,
    /** Limit of each answer. */
    private readonly answerBytes: number,
  ) {}

  answer(event: unknown): Promise<SharedResult> {
    const key = keyOfEvent(event);
    if (key === null) return this.#execute(event);
    const before = this.#answers.get(key);
    const now = performance.now();
    if (before !== undefined && now - before.at < SHARED_MS) return before.result;
    const result = this.#execute(event);
    this.#answers.delete(key);
    this.#answers.set(key, { at: now, result });
    for (const [oldest, { at }] of this.#answers) {
      if (now - at < SHARED_MS) break;
      this.#answers.delete(oldest);
    }
    return result;
  }

  /** The last subscriber has left. */
  close(): void {
    this.#left.abort();
  }

  async #execute(event: unknown): Promise<SharedResult> {
    const { credentials, scope } = this.args.contextValue;
    // A context of its own: two events may be under way at once, for a fast subscriber and for a slow one.
    const own = new OperationScope(this.#left.signal, false, scope.origin);
    const size = new AnswerSize(this.answerBytes);
    own.answerSize = size;
    const { context, problems } = openContext(this.options, credentials, own);
    const { onFault } = this.options;
    const result = await execute({ ...this.args, rootValue: event, contextValue: context });
    const errors = [
      ...(result.errors ?? []).map((error) => formatError(error.toJSON(), error, onFault)),
      ...problems.map((problem) => toGraphQLError(problem, onFault).toJSON()),
    ];
    const written = size.write({
      ...(errors.length === 0 ? {} : { errors }),
      ...(result.data === undefined ? {} : { data: result.data }),
    });
    return { json: typeof written === "string" ? written : JSON.stringify({ errors: [written] }) };
  }
}

/** Null for an event that is nobody else's. */
function keyOfEvent(event: unknown): string | null {
  const key = typeof event === "object" && event !== null && "key" in event ? event.key : null;
  return typeof key === "string" ? key : null;
}

/**
 * One subscription's answers. A source that breaks ends with its error as the last answer; thrown, it would end the whole
 * connection. Not a generator: its `return` would wait for the next answer, and a subscriber that has left would be served
 * until one comes.
 */
function results<TContext extends RequestContext>(
  source: AsyncIterator<unknown>,
  audience: Audience<TContext>,
  release: (error?: unknown) => void,
  onFault: (error: unknown) => void,
): SharedResults {
  let over = false;
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        const event = await source.next();
        if (event.done !== true) return { done: false, value: await audience.answer(event.value) };
        over = true;
        release();
        return { done: true, value: undefined };
      } catch (error) {
        over = true;
        release(error);
        return { done: false, value: { json: JSON.stringify({ errors: [toGraphQLError(error, onFault)] }) } };
      }
    },
    async return() {
      over = true;
      release();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
