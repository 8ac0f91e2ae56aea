// What is told of each operation, whichever transport it came by: to the log, the metrics and the traces.

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { CallSpan, ChangeMade, OperationOrigin } from "../../net/ask.js";
import { codeOf } from "./errors.js";

export type Transport = "http" | "websocket" | "sse" | "multipart";

/** `unknown`: it was refused before it was clear. */
export type OperationType = "query" | "mutation" | "subscription" | "unknown";

/** What an operation was, and what became of it. */
export interface OperationSummary {
  /** The client's own name for it; null for none. */
  readonly name: string | null;
  readonly type: OperationType;
  /** Each once; none for one that went well. */
  readonly codes: readonly string[];
}

export interface OperationRecord extends OperationSummary {
  readonly transport: Transport;
  /** A subscription's whole life. */
  readonly ms: number;
  readonly requestId: string;
  /** Whether a whole answer was given again. */
  readonly remembered: boolean;
}

/** What a mutation has asked a server for, and what came of it. */
export interface ChangeRecord extends ChangeMade {
  readonly requestId: string;
  /** The client's, as for `operationsPerAddress`. */
  readonly address: string;
}

/** An operation in a trace. */
export interface OperationSpan {
  readonly startCall: (server: string, operation: string) => CallSpan;
  readonly end: (record: OperationRecord) => void;
}

export interface Observer {
  /** Told when an operation has ended. */
  readonly operationEnded: (record: OperationRecord) => void;
  readonly changeMade: (record: ChangeRecord) => void;
  /** Whether it wants to know of operations whose answer was only given again; they are many, and counted elsewhere. */
  readonly wantsRemembered: () => boolean;
  /** A subscription to this field has begun (1) or ended (-1). */
  readonly subscribers: (field: string, change: 1 | -1) => void;
  /** Null unless traces are made. */
  readonly startSpan: ((request: IncomingMessage) => OperationSpan) | null;
}

export const NO_OBSERVER: Observer = {
  operationEnded: () => undefined,
  changeMade: () => undefined,
  wantsRemembered: () => false,
  subscribers: () => undefined,
  startSpan: null,
};

const REQUEST_ID = /^[\w.-]{1,128}$/;
const NAME_MAX = 100;
/** More are not worth telling apart. */
const CODES_MAX = 10;

/** The client's own id of the request where it has a sane one, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

/** One operation, from its request to its end. */
export class OperationWatch implements OperationOrigin {
  readonly #began = performance.now();
  readonly #span: OperationSpan | null;
  readonly #codes: string[] = [];
  #name: string | null = null;
  #type: OperationType = "unknown";
  #transport: Transport;
  #ended = false;

  constructor(
    private readonly observer: Observer,
    transport: Transport,
    request: IncomingMessage,
    readonly requestId: string,
    private readonly address: string,
  ) {
    this.#transport = transport;
    this.#span = observer.startSpan?.(request) ?? null;
  }

  get startCall(): OperationOrigin["startCall"] {
    return this.#span?.startCall ?? null;
  }

  readonly changed = (change: ChangeMade): void => {
    const { requestId, address } = this;
    this.observer.changeMade({ ...change, requestId, address });
  };

  get summary(): OperationSummary {
    return { name: this.#name, type: this.#type, codes: [...this.#codes] };
  }

  /** Called once the document is known: records name and type. */
  isOf(name: string | null, type: OperationType): void {
    this.#name = name?.slice(0, NAME_MAX) ?? null;
    this.#type = type;
  }

  /** Called once the form of the answer is agreed: over HTTP it may be a stream. */
  isAnsweredBy(transport: Transport): void {
    this.#transport = transport;
  }

  failed(errors: readonly unknown[]): void {
    for (const error of errors) {
      if (this.#codes.length >= CODES_MAX) return;
      const code = codeOf(error);
      if (!this.#codes.includes(code)) this.#codes.push(code);
    }
  }

  /** Harmless when repeated. */
  end(): void {
    this.#end(this.summary, false);
  }

  /** It got the answer of another. */
  endAs(summary: OperationSummary, remembered: boolean): void {
    // Most of all requests end here: nothing is put together for nobody.
    if (remembered && this.#span === null && !this.observer.wantsRemembered()) return;
    this.#end(summary, remembered);
  }

  #end(summary: OperationSummary, remembered: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const { requestId } = this;
    const record = {
      ...summary,
      transport: this.#transport,
      ms: performance.now() - this.#began,
      requestId,
      remembered,
    };
    this.#span?.end(record);
    this.observer.operationEnded(record);
  }
}
