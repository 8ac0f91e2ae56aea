// Waiting for a test job's end, the way a script does it.

import { EtnaError } from "./errors.js";
import { WaitForTestJobDocument } from "./generated/operations.js";
import type { WaitForTestJobSubscription } from "./generated/operations.js";
import type { EtnaClient } from "./client.js";

/** One change of the job: `state`, `health`, `resultsReady`, and the job's name and failure as they are with it. */
export type TestJobProgress = WaitForTestJobSubscription["testJobUpdates"];

export interface WaitOptions {
  /** Name of the LAVA server; needed where the gateway has several. */
  readonly server?: string;
  /** Gives up after so long; the default waits for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told of the state as it is, and of each change. */
  readonly onProgress?: (progress: TestJobProgress) => void;
}

/**
 * The last change: FINISHED, with results and log to be read. A break of the connection loses nothing.
 * Throws `EtnaError`: `TIMED_OUT`; `ENDED` where the job is gone; what the gateway refuses.
 * @param jobId LAVA's number, `1234`, or `2008.1` for a node of a multinode job.
 */
export async function waitForTestJob(
  client: EtnaClient,
  jobId: string | number,
  { server, timeoutMs, signal, onProgress }: WaitOptions = {},
): Promise<TestJobProgress> {
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [timeout, signal].filter((one) => one !== undefined);
  const variables = { jobId: String(jobId), server: server ?? null, after: null };
  let last: TestJobProgress | undefined;
  try {
    for await (const { testJobUpdates } of client.subscribe(WaitForTestJobDocument, variables, {
      signal: AbortSignal.any(signals),
    })) {
      last = testJobUpdates;
      onProgress?.(last);
      if (last.state === "FINISHED") return last;
    }
  } catch (error) {
    if (timeout?.aborted !== true || error instanceof EtnaError) throw error;
    throw new EtnaError(`test job ${jobId} has not ended within ${(timeoutMs ?? 0) / 1000} s`, { code: "TIMED_OUT" });
  }
  throw new EtnaError(`test job ${jobId} was ${last?.state ?? "not there"} when the gateway ended the subscription`, {
    code: "ENDED",
  });
}
