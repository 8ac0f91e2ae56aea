// The error family of the whole project. Clients and checks throw these; only `server/errors.ts` knows their GraphQL codes.

export type UpstreamErrorKind =
  /** No connection, name or TLS failure. */
  | "UpstreamUnreachable"
  /** No whole answer within the limit. */
  | "UpstreamTimeout"
  /** 401, 403, or an XML-RPC fault to that effect. */
  | "UpstreamDenied"
  /** Another 4xx or fault: our request is at fault. */
  | "UpstreamRejected"
  /** 5xx or a fault to that effect. */
  | "UpstreamFailed"
  /** An answer that does not decode. */
  | "UpstreamMalformed";

export interface UpstreamErrorDetails {
  readonly kind: UpstreamErrorKind;
  /** Name of the configured server, e.g. `lava`. */
  readonly server: string;
  /** What was asked, in the upstream's own words and without arguments, e.g. `jobs.show` or `GET jobs/ID/logs`. */
  readonly operation: string;
  /** One line: what came back or what went wrong. Never a token, never a full URL. */
  readonly message: string;
  /** HTTP status or XML-RPC fault code, where there was one. */
  readonly status?: number | undefined;
  /** When the server, or the breaker before it, wants to be asked again; in seconds. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whether the request never went out: nothing can have come of it. */
  readonly unsent?: boolean | undefined;
  /** For a change that was sent: what is known of whether it was made. Absent for reads, and for what was not sent. */
  readonly change?: "refused" | "unknown" | undefined;
  readonly cause?: unknown;
}

/** A call to a CI system that gave no usable answer. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly kind: UpstreamErrorKind;
  readonly server: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(private readonly details: UpstreamErrorDetails) {
    super(`${details.server}: ${details.operation}: ${details.message}`, { cause: details.cause });
    this.kind = details.kind;
    this.server = details.server;
    this.operation = details.operation;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** What is known of a change that was sent; undefined for everything else. */
  get change(): UpstreamErrorDetails["change"] {
    return this.details.change;
  }

  /** The same of a call that should have changed something: once sent it must not be sent again unseen. */
  ofChange(): UpstreamError {
    const { change, unsent, message } = this.details;
    if (change !== undefined || unsent === true) return this;
    // An answer of 200 that is not the server's own may come from whatever stands before it.
    const isRefused = this.kind === "UpstreamDenied" || (this.kind === "UpstreamRejected" && this.status !== 200);
    if (isRefused) return new UpstreamError({ ...this.details, change: "refused" });
    return new UpstreamError({ ...this.details, change: "unknown", message: `${message}; it may have been done` });
  }

  /** The same with more words at its end. */
  with(words: string): UpstreamError {
    return new UpstreamError({ ...this.details, message: `${this.details.message}; ${words}` });
  }

  /** Whether the same may succeed later, and may be asked for again: never for a change that was sent. */
  get retryable(): boolean {
    if (this.details.change !== undefined) return false;
    if (this.retryAfterSeconds !== undefined) return true;
    return this.kind === "UpstreamUnreachable" || this.kind === "UpstreamTimeout" || this.kind === "UpstreamFailed";
  }
}

/** Of a call that failed: what came back or went wrong, with the server's name. */
export function reasonOf(error: unknown): string {
  return error instanceof UpstreamError ? error.message : "unknown reason";
}

/** Ends what follows a server that has left the configuration, or is another one now. */
export class ServerReplaced extends UpstreamError {
  constructor(server: string, isReplaced: boolean) {
    const what = isReplaced ? "has changed; subscribe again" : "does not have this server any more";
    super({ kind: "UpstreamUnreachable", server, operation: "events", message: `the gateway's configuration ${what}` });
  }
}

/** What was followed is not there any more: deleted, or not shown to its viewer any more. Nothing more will come of it. */
export class Gone extends Error {
  override readonly name = "Gone";
  /** @param subject kind of the things, e.g. `test job`; `keys`: which of them. */
  constructor(
    readonly server: string,
    subject: string,
    keys: readonly (string | number)[],
  ) {
    const are = keys.length === 1 ? "is" : "are";
    super(`${server}: ${subject} ${keys.join(", ")} ${are} gone: deleted, or not shown to you any more`);
  }
}

/** An argument that our own check refused; the message names the argument, the fault and what is allowed. */
export class InputRefused extends Error {
  override readonly name = "InputRefused";
  /** @param argument name as in the schema, e.g. `first`. */
  constructor(
    readonly argument: string,
    message: string,
  ) {
    super(`${argument}: ${message}`);
  }
}

/** Etna may change nothing at this server: its configuration does not allow it. */
export class ChangesOff extends Error {
  override readonly name = "ChangesOff";
  /** @param key of the configuration, under which the server's entry stands. */
  constructor(
    readonly server: string,
    key: string,
  ) {
    super(
      `${server}: changes are off: its entry under \`${key}\` in Etna's configuration does not say \`mutations: true\``,
    );
  }
}

export type OverflowCode = "LIMIT_EXCEEDED" | "SUBSCRIPTION_OVERFLOW" | "OVERLOADED";

/** A limit of ours was reached: depth, cost, queue, size. The message names the limit and how to stay below it. */
export class Overflow extends Error {
  override readonly name = "Overflow";
  constructor(
    readonly code: OverflowCode,
    message: string,
  ) {
    super(message);
  }
}

/** Too much is asked at the moment, by everybody together. The same may succeed later. */
export class Overloaded extends Overflow {
  /** @param retryAfterSeconds a guess of when there is room again, at least 1. */
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super("OVERLOADED", message);
  }
}

/** An answer of a server was larger than the caller wants to hold. */
export class BodyTooLarge extends Overflow {
  constructor(message: string) {
    super("LIMIT_EXCEEDED", message);
  }
}

/** What was thrown, or given as a signal's reason, as an error: anybody may throw anything. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** Why some of several have failed. */
export function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
}
