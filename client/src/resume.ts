// Subscriptions that outlive a break: asked again after a pause, from where they broke off.

import { EtnaError } from "./errors.js";
import type { AnswerError } from "./errors.js";
import type { Answer, Payload } from "./operation.js";

/** A connection that broke, or never was: another attempt may help. */
export class Broken extends Error {
  /** Whether a gateway had answered on it. */
  readonly served: boolean;

  constructor(message: string, { served, ...options }: ErrorOptions & { readonly served: boolean }) {
    super(message, options);
    this.served = served;
  }
}

export interface RetryOptions {
  /** Attempts to reach a gateway that was never reached. Default 3. */
  readonly first?: number;
  /** Attempts in a row to reach one that was: it may be restarting. Default 120, about ten minutes. */
  readonly later?: number;
  /** Longest pause between two, in milliseconds; the first is 250 ms. Default 5000. */
  readonly maxDelayMs?: number;
}

export interface ResumeOptions {
  readonly retry: RetryOptions;
  readonly signal: AbortSignal;
  /** Variables with which the next attempt goes on behind this result. */
  readonly resume: (data: unknown, variables: Record<string, unknown>) => Record<string, unknown>;
}

export type Open = (payload: Payload, signal: AbortSignal) => AsyncGenerator<Answer<unknown>, void, undefined>;

/** Results until the gateway completes the subscription, errors too. Throws `EtnaError`, or the signal's reason. */
export async function* follow(
  open: Open,
  payload: Payload,
  { retry, signal, resume }: ResumeOptions,
): AsyncGenerator<Answer<unknown>, void, undefined> {
  const { first = 3, later = 120, maxDelayMs = 5_000 } = retry;
  let { variables } = payload;
  let [served, failures] = [false, 0];
  for (;;) {
    try {
      for await (const answer of open({ ...payload, variables }, signal)) {
        [served, failures] = [true, 0];
        const { data, errors = [] } = answer;
        if (isOverflow(errors)) throw new Broken("the gateway ended a subscriber that fell behind", { served });
        if (data != null) variables = resume(data, variables);
        yield answer;
      }
      return;
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      served ||= error.served;
      failures += 1;
      if (failures >= (served ? later : first)) {
        throw new EtnaError(error.message, { code: "UNREACHABLE", cause: error.cause });
      }
    }
    // Not all at once after a restart.
    const delay = Math.min(maxDelayMs, 250 * 2 ** Math.min(failures - 1, 10));
    await pause(delay * (0.5 + Math.random() / 2), signal);
  }
}

/** Takes the `cursor` of what came as `after` of the next attempt, where the operation has such a variable. */
export function resumeByCursor(text: string): ResumeOptions["resume"] {
  if (!/\$after\b/.test(text)) return (_data, variables) => variables;
  return (data, variables) => {
    const fields: readonly unknown[] = typeof data === "object" && data !== null ? Object.values(data) : [];
    const [update] = fields;
    const cursor = typeof update === "object" && update !== null && "cursor" in update ? update.cursor : undefined;
    return typeof cursor === "string" ? { ...variables, after: cursor } : variables;
  };
}

function isOverflow(errors: readonly AnswerError[]): boolean {
  return errors.some(({ extensions }) => extensions?.["code"] === "SUBSCRIPTION_OVERFLOW");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
