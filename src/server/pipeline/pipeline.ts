// The life of an operation, the same whatever it comes by: one list of steps from its request to its answer. A transport
// says how each is done on its wire (`Arrival`) and writes what comes of it (`Outcome`). A step that refuses throws
// `Refusal`: nothing of the operation has run then. Drawn in docs/architecture.md, "The life of a request".

import { OperationTypeNode } from "graphql";
import type { FormattedExecutionResult, GraphQLError } from "graphql";
import { LRUCache } from "lru-cache";
import type { IncomingMessage } from "node:http";
import { OperationScope } from "../../cache/operation-scope.js";
import type { RequestContext } from "../../ci/session.js";
import { ANONYMOUS, viewerKey } from "../../ci/viewer.js";
import type { Credentials } from "../../ci/viewer.js";
import { InputRefused } from "../../errors.js";
import { AnswerSize } from "../limits/answer-size.js";
import { startDeadline } from "../limits/deadline.js";
import { COMPRESSED_MIN_BYTES } from "./answer.js";
import type { Answer } from "./answer.js";
import { holdsChosenText } from "./chosen-texts.js";
import { openContext } from "./context.js";
import type { OperationOptions } from "./context.js";
import { coded, toGraphQLError } from "./errors.js";
import type { Executor } from "./executor.js";
import { OperationWatch } from "./observer.js";
import type { Observer, Transport } from "./observer.js";
import { checkOperation, readOperation } from "./operation.js";
import type { KnownOperation } from "./operation.js";
import type { Policy } from "./policy.js";
import { RecognizedRequests, keyOf } from "./recognized.js";
import type { AskedOperation } from "./recognized.js";
import { Refusal } from "./refusal.js";
import type { ResponseCache } from "./response-cache.js";
import type { SharedResults, Subscribe } from "./shared-execution.js";

/** An operation as it comes in. The functions are called in this order, each once at most; those that refuse throw. */
export interface Arrival {
  readonly transport: Transport;
  /** Its own request over HTTP, its socket's over WebSocket. */
  readonly request: IncomingMessage;
  readonly requestId: string;
  /** Aborts when the client has left before its answer was written; asked for only where something is executed. */
  readonly left: AbortSignal;
  /** Whether the client wants to know what its operation has cost. */
  readonly traced: boolean;
  /** Counts it against its address until it has ended; why it may not run, or null. */
  readonly takePlace: () => GraphQLError | null;
  readonly readRequest: () => AskedOperation | Promise<AskedOperation>;
  readonly readCredentials: () => Credentials;
  /** Agrees on the form of the answer, or refuses an operation of this type. */
  readonly agree: (type: OperationTypeNode) => Transport;
}

/** What a transport writes. */
export type Outcome =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** `isPublic`: the answer is the same for everybody. */
  | { readonly kind: "answered"; readonly answer: Answer; readonly isPublic: boolean }
  | { readonly kind: "stream"; readonly results: SharedResults };

export interface PipelineOptions<TContext extends RequestContext> extends OperationOptions<TContext> {
  readonly policy: Policy;
  readonly observer: Observer;
  readonly executor: Executor<TContext>;
  readonly responses: ResponseCache;
  readonly subscribe: Subscribe<TContext>;
}

/** An operation that may run. */
interface Admitted {
  readonly known: KnownOperation;
  readonly credentials: Credentials;
  /** Whether its answer is the same for everybody. */
  readonly isPublic: boolean;
  readonly traced: boolean;
  readonly watch: OperationWatch;
}

const ANONYMOUS_KEY = viewerKey(ANONYMOUS);
/** Of the keys of all operations that were within the limits, in characters. */
const ADMITTED_MAX = 1024 * 1024;
/** Shown to nobody: it is for the log and the metrics. */
const CLIENT_LEFT = coded("CLIENT_LEFT", "the client has left");

let pipelines = 0;

export class Pipeline<TContext extends RequestContext> {
  /** Part of each key: what was within the limits of an earlier grant need not be within those of this one. */
  readonly #id = (pipelines += 1);

  readonly #recognized = new RecognizedRequests();
  /** Operations that were within the limits, by all that this depends on: each viewer asks the same. */
  readonly #admitted = new LRUCache<string, true>({ maxSize: ADMITTED_MAX, sizeCalculation: (_, key) => key.length });

  constructor(private readonly options: PipelineOptions<TContext>) {}

  /** Never rejects. */
  async serve(arrival: Arrival): Promise<Outcome> {
    const { transport, request, requestId } = arrival;
    const address = this.options.policy.addresses.of(request);
    const watch = new OperationWatch(this.options.observer, transport, request, requestId, address);
    try {
      return await this.#takeSteps(arrival, watch);
    } catch (error) {
      const refusal = this.#toRefusal(error, arrival);
      watch.failed(refusal.errors);
      watch.end();
      return { kind: "refused", refusal };
    }
  }

  async #takeSteps(arrival: Arrival, watch: OperationWatch): Promise<Outcome> {
    const { traced } = arrival;
    const noPlace = arrival.takePlace();
    if (noPlace !== null) throw new Refusal([noPlace], 429);
    const asked = await arrival.readRequest();
    const recognized = traced ? null : this.#recognized.find(asked);
    const read = recognized === null ? asked.read() : null;
    const credentials = arrival.readCredentials();
    const viewer = viewerKey(credentials);
    const isPublic = viewer === ANONYMOUS_KEY;
    if (recognized !== null) {
      watch.isOf(recognized.name, OperationTypeNode.QUERY);
      watch.isAnsweredBy(arrival.agree(OperationTypeNode.QUERY));
      const kept = this.#find(this.#keyOf(viewer, recognized.key), watch);
      if (kept !== null) return { kind: "answered", answer: kept, isPublic };
    }
    const request = read ?? asked.read();
    const known = readOperation(this.options, request);
    if (recognized === null) {
      watch.isOf(known.operation.name?.value ?? null, known.operation.operation);
      watch.isAnsweredBy(arrival.agree(known.operation.operation));
      this.#recognized.note(asked, request, known);
    }
    const own = keyOf(known);
    const key = own === null || traced ? null : this.#keyOf(viewer, own);
    const kept = key === null ? null : this.#find(key, watch);
    if (kept !== null) return { kind: "answered", answer: kept, isPublic };
    this.#admit(known, own, credentials);
    const { left } = arrival;
    const admitted: Admitted = { known, credentials, isPublic, traced, watch };
    if (known.operation.operation === OperationTypeNode.SUBSCRIPTION) return this.#subscribe(admitted, left);
    const answer =
      key === null
        ? (await this.#execute(admitted, left)).answer
        : await this.options.responses.answer(key, left, (signal) => this.#execute(admitted, signal));
    watch.endAs(answer.operation, false);
    return { kind: "answered", answer, isPublic };
  }

  #keyOf(viewer: string, own: string): string {
    return `${this.#id} ${viewer}\n${own}`;
  }

  /** A kept answer. It was within the limits when it was executed. */
  #find(key: string, watch: OperationWatch): Answer | null {
    const kept = this.options.responses.find(key);
    if (kept !== null) watch.endAs(kept.operation, true);
    return kept;
  }

  /**
   * Checks limits, cost and variables; throws `Refusal`.
   * @param own what the check depends on besides the environment; null for what is checked each time.
   */
  #admit(known: KnownOperation, own: string | null, credentials: Credentials): void {
    const environment = this.options.policy.guard.environmentOf(credentials);
    const key = own === null ? null : `${JSON.stringify(environment)}\n${own}`;
    if (key !== null && this.#admitted.get(key) === true) return;
    checkOperation(this.options, known, environment);
    if (key !== null) this.#admitted.set(key, true);
  }

  /** Deadline, context, execution, errors. */
  async #execute({ known, credentials, isPublic, traced, watch }: Admitted, left: AbortSignal) {
    const { deadlineMs, answerBytes } = this.options.policy.limits;
    const mayChange = known.operation.operation === OperationTypeNode.MUTATION;
    const deadline = startDeadline(left, deadlineMs, mayChange);
    const size = new AnswerSize(answerBytes, deadline.giveUp);
    const scope = new OperationScope(deadline.signal, true, watch);
    scope.answerSize = size;
    try {
      const { context, problems } = openContext(this.options, credentials, scope);
      const execution = this.options.executor.execute(known, context);
      const { status, result } = await deadline.race(execution, (late) => ({
        status: 504,
        result: { errors: [late.toJSON()] },
      }));
      const shown = this.#complete(result, problems, costsOf(scope, traced));
      if (shown.errors !== undefined) scope.forbidReuse();
      const answer = toAnswer(status, shown, size, watch);
      return { answer: { ...answer, compressible: isPublic || this.#isUnchosen(known, answer) }, scope };
    } finally {
      deadline.stop();
    }
  }

  /** Context and subscription; there is no deadline. Errors of each event are shown where it is executed. */
  async #subscribe({ known, credentials, watch }: Admitted, left: AbortSignal): Promise<Outcome> {
    const scope = new OperationScope(left, false, watch);
    const { context, problems } = openContext(this.options, credentials, scope);
    const { answerBytes } = this.options.policy.limits;
    const begun = await this.options.subscribe(known, context, watch, answerBytes);
    if (Symbol.asyncIterator in begun) return { kind: "stream", results: begun };
    const answer = toAnswer(200, this.#complete(begun, problems, {}), new AnswerSize(answerBytes), watch);
    watch.end();
    return { kind: "answered", answer, isPublic: false };
  }

  /** Whether a viewer's own answer holds nothing but what the schema and the servers say. */
  #isUnchosen(known: KnownOperation, { body }: Answer): boolean {
    return body.length > COMPRESSED_MIN_BYTES && !holdsChosenText(body, known, this.options.policy.documents.trusted);
  }

  /** The result with what resolvers reported besides their values, and with what is to be told of its cost. */
  #complete(
    { data, errors = [], extensions }: FormattedExecutionResult,
    problems: readonly unknown[],
    etna: Readonly<Record<string, unknown>>,
  ): FormattedExecutionResult {
    const reported = problems.map((problem) => toGraphQLError(problem, this.options.onFault).toJSON());
    const all = [...errors, ...reported];
    return {
      ...(all.length === 0 ? {} : { errors: all }),
      ...(data === undefined ? {} : { data }),
      ...(Object.keys(etna).length === 0 ? {} : { extensions: { ...extensions, etna } }),
    };
  }

  #toRefusal(error: unknown, arrival: Arrival): Refusal {
    if (error instanceof Refusal) return error;
    if (arrival.left.aborted) return new Refusal([CLIENT_LEFT]);
    return new Refusal([toGraphQLError(error, this.options.onFault)], error instanceof InputRefused ? 400 : 500);
  }
}

function toAnswer(status: number, result: FormattedExecutionResult, size: AnswerSize, watch: OperationWatch): Answer {
  const written = size.write(result);
  const isWhole = typeof written === "string";
  watch.failed(isWhole ? (result.errors ?? []) : [written]);
  const body = Buffer.from(`${isWhole ? written : JSON.stringify({ errors: [written] })}\n`);
  return { status: isWhole ? status : 400, body, operation: watch.summary, compressible: false };
}

/** What the operation cost, when asked, and always which servers' answers are from before they went down. */
function costsOf(scope: OperationScope, traced: boolean): Readonly<Record<string, unknown>> {
  const { upstreamCalls, upstreamCached, upstreamMs } = scope;
  return {
    ...(traced ? { upstreamCalls, upstreamCached, upstreamMs: Math.round(upstreamMs) } : {}),
    ...(scope.stale.size === 0 ? {} : { stale: [...scope.stale] }),
  };
}
