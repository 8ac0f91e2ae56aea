// What one server may be asked for at once, for how long, and how large its answers may be.

const MiB = 1024 * 1024;

/** Limits towards one server. All have defaults that suit a LAVA as packaged (it serves about four requests at a time). */
export interface HttpLimits {
  /** Requests in flight at once. */
  readonly concurrency: number;
  /** Requests that may wait for a slot; one more is refused. */
  readonly maxWaiting: number;
  readonly connectTimeoutMs: number;
  /** From the request's last byte to the answer's headers. */
  readonly headersTimeoutMs: number;
  /** Longest silence inside a body. */
  readonly bodyTimeoutMs: number;
  /** Whole call, waiting for a slot included. Streams are not bound by it after their headers. */
  readonly totalTimeoutMs: number;
  /** A stream's body from its headers on, however it drips and whoever is the slow one. */
  readonly streamTimeoutMs: number;
  /** Largest body that is read whole, in bytes as received. */
  readonly maxBodyBytes: number;
  /** Delay before the one retry of a safe read; jittered by half of it. */
  readonly retryDelayMs: number;
  /** Failures in a row that make a server suspect; one that was waited for in vain counts twice. */
  readonly breakerFailures: number;
  /** Between the breaker's first probes; doubled up to the maximum. */
  readonly probeDelayMs: number;
  readonly probeDelayMaxMs: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  concurrency: 4,
  maxWaiting: 1000,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 60_000,
  streamTimeoutMs: 900_000,
  maxBodyBytes: 64 * MiB,
  retryDelayMs: 200,
  breakerFailures: 8,
  probeDelayMs: 1_000,
  probeDelayMaxMs: 15_000,
};
