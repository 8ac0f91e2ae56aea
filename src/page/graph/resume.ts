// Where a subscription goes on after a break: after the last cursor, from the next line.

import { toFault } from "./errors.js";

export type Variables = Readonly<Record<string, unknown>>;

/** One message of a subscription. */
export interface Update {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly object[] | undefined;
}

/** The variables that follow what has been seen already. */
export function resumed(variables: Variables, data: Update["data"]): Variables {
  const [value] = Object.values(data ?? {});
  if (typeof value !== "object" || value === null) return variables;
  const { cursor, nextLine } = value as { readonly cursor?: unknown; readonly nextLine?: unknown };
  if (typeof nextLine === "number") return { ...variables, from: nextLine };
  return typeof cursor === "string" ? { ...variables, after: cursor } : variables;
}

/** Codes of a subscription that ended though there is more to come, without a time to wait for. */
const AGAIN: ReadonlySet<string> = new Set(["SUBSCRIPTION_OVERFLOW", "UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT"]);

/** Seconds until it is worth another attempt; null where there is nothing to hope for, and for no error. */
export function retryAfter(errors: readonly object[] | undefined): number | null {
  const waits = (errors ?? []).map(toFault).flatMap(({ code, retryAfterSeconds }) => {
    if (retryAfterSeconds !== null) return [Math.max(1, retryAfterSeconds)];
    return AGAIN.has(code) ? [5] : [];
  });
  return waits.length === 0 ? null : Math.max(...waits);
}
