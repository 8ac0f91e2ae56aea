// Calls that change something at a server: whoever hears of a failure must not take it for a reason to send them again.

import { UpstreamError } from "../errors.js";

/** Runs a change; an error of one that was sent is not retryable, and says so where it may have been done. */
export async function asChange<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    throw error instanceof UpstreamError ? error.ofChange() : error;
  }
}
