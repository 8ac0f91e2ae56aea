// What went wrong, as the page shows it: one shape for a network that fails, a gateway that refuses, a server that is away.

/** A fault that a panel shows. */
export interface Fault {
  /** The graph's code; `NETWORK` where the gateway did not answer. */
  readonly code: string;
  /** Which upstream server; null where it is none's. */
  readonly server: string | null;
  readonly message: string;
  readonly retryAfterSeconds: number | null;
}

/** Codes that mean: this server does not answer just now. */
const AWAY: ReadonlySet<string> = new Set([
  "UPSTREAM_UNREACHABLE",
  "UPSTREAM_TIMEOUT",
  "UPSTREAM_FAILED",
  "UPSTREAM_MALFORMED",
]);

export function isServerAway(fault: Fault): boolean {
  return fault.server !== null && AWAY.has(fault.code);
}

/** An error in an answer, whatever library has decoded it. */
interface AnswerError {
  readonly message?: unknown;
  readonly extensions?: unknown;
}

export function toFault(error: AnswerError): Fault {
  const extensions = (error.extensions ?? {}) as Readonly<Record<string, unknown>>;
  const { code, server, retryAfterSeconds } = extensions;
  return {
    code: typeof code === "string" ? code : "GRAPHQL_ERROR",
    server: typeof server === "string" ? server : null,
    message: typeof error.message === "string" ? error.message : "The gateway gave no reason.",
    retryAfterSeconds: typeof retryAfterSeconds === "number" ? retryAfterSeconds : null,
  };
}

export const NO_ANSWER: Fault = {
  code: "NETWORK",
  server: null,
  message: "The gateway does not answer.",
  retryAfterSeconds: 5,
};

const STALE_AGAIN_S = 10;

/** Of servers that do not answer, and whose last answer Etna has given in place of a new one. */
export function staleFaults(extensions: unknown): readonly Fault[] {
  const { etna } = (extensions ?? {}) as { readonly etna?: { readonly stale?: unknown } | null };
  const names: readonly unknown[] = Array.isArray(etna?.stale) ? etna.stale : [];
  return names.map((name) => ({
    code: "STALE",
    server: String(name),
    message: "The server does not answer just now.",
    retryAfterSeconds: STALE_AGAIN_S,
  }));
}

/** A sentence for people; the code stands beside it. */
export function faultWords(fault: Fault): string {
  const who = fault.server ?? "A server";
  switch (fault.code) {
    case "NETWORK":
      return "Etna does not answer. What is shown is what was known last.";
    case "UPSTREAM_UNREACHABLE":
      return `${who} does not answer.`;
    case "STALE":
      return `${who} does not answer just now: this is what it said last.`;
    case "UPSTREAM_TIMEOUT":
      return `${who} took too long.`;
    case "UPSTREAM_FAILED":
      return `${who} has a fault of its own.`;
    case "UPSTREAM_MALFORMED":
      return `${who} gave an answer that Etna does not understand.`;
    case "UPSTREAM_DENIED":
      return `${who} does not take this token, or shows this to its users only.`;
    case "OVERLOADED":
      return `${who} has too many questions waiting.`;
    default:
      return fault.message;
  }
}

/** A fault that ended a question outside the cache of entities. */
export class AskError extends Error {
  constructor(readonly fault: Fault) {
    super(fault.message);
  }
}
