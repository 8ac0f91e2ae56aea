// What a gateway refuses or can't do, and what comes between it and the client, as one kind of error.

/** An entry of an answer's `errors`. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Codes of the client's own, beside those of the gateway (`BAD_USER_INPUT`, `UPSTREAM_DENIED` …):
 * `UNREACHABLE`, no gateway answers; `NOT_A_GATEWAY`, something else does; `INSECURE`, the token was not sent over plain http;
 * `CLOSED`, the gateway closed the connection and says that trying again is of no use; `ENDED`, a subscription was over too
 * early; `TIMED_OUT`.
 */
export type ClientCode = "UNREACHABLE" | "NOT_A_GATEWAY" | "INSECURE" | "CLOSED" | "ENDED" | "TIMED_OUT";

export interface EtnaErrorOptions extends ErrorOptions {
  readonly code: string;
  readonly closeCode?: number | null;
  readonly errors?: readonly AnswerError[];
  readonly data?: unknown;
}

/**
 * Its message has no token in it, and of an address host and path only. `cause` of `UNREACHABLE` is the error of `fetch` or of
 * the socket, where the platform tells it: browsers do not.
 */
export class EtnaError extends Error {
  override readonly name = "EtnaError";
  /** A `ClientCode`, or `extensions.code` of the first error; `UNKNOWN` where that has none. */
  readonly code: string;
  /** As the gateway sent them; empty for an error of the client's own. */
  readonly errors: readonly AnswerError[];
  /** What came in spite of the errors, e.g. the lists of the servers that answered; null where nothing did. */
  readonly data: unknown;
  /** Of a WebSocket that the gateway closed: 4401 and 4403 refuse the token, 4400 what was sent. Else null. */
  readonly closeCode: number | null;

  constructor(message: string, { code, closeCode = null, errors = [], data = null, ...options }: EtnaErrorOptions) {
    super(message, options);
    this.code = code;
    this.closeCode = closeCode;
    this.errors = errors;
    this.data = data;
  }
}

/** Of an answer with errors. */
export function answerError(errors: readonly AnswerError[], data: unknown = null): EtnaError {
  const [first] = errors;
  const code = first?.extensions?.["code"];
  return new EtnaError(first?.message ?? "the gateway refused the operation", {
    code: typeof code === "string" ? code : "UNKNOWN",
    errors,
    data,
  });
}
