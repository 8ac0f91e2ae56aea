// What the configuration says of requests to the servers: how many at once, and how long each may take.

import { z } from "zod";

/** Towards one server; what is absent is at its default, see `HttpLimits`. */
export interface LimitsConfig {
  readonly concurrency?: number;
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}

const seconds = (max: number) => z.coerce.number().min(1).max(max).optional();

/** Keys under `limits`. */
export const upstreamLimitKeys = {
  concurrency: z.coerce.number().int().min(1).max(64).optional(),
  connectTimeoutSeconds: seconds(60),
  firstByteTimeoutSeconds: seconds(600),
  timeoutSeconds: seconds(600),
};

export const UPSTREAM_LIMIT_EXAMPLES = {
  "limits.concurrency": "4",
  "limits.connectTimeoutSeconds": "5",
  "limits.firstByteTimeoutSeconds": "30",
  "limits.timeoutSeconds": "60",
} as const;

export function readUpstreamLimits(limits: z.infer<z.ZodObject<typeof upstreamLimitKeys>> | undefined): LimitsConfig {
  const { concurrency, connectTimeoutSeconds, firstByteTimeoutSeconds, timeoutSeconds } = limits ?? {};
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(connectTimeoutSeconds === undefined ? {} : { connectTimeoutMs: connectTimeoutSeconds * 1000 }),
    ...(firstByteTimeoutSeconds === undefined ? {} : { headersTimeoutMs: firstByteTimeoutSeconds * 1000 }),
    ...(timeoutSeconds === undefined ? {} : { totalTimeoutMs: timeoutSeconds * 1000 }),
  };
}
