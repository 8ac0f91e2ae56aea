// What the configuration says of requests to the servers: how many at once, and how long each may take.

import { z } from "zod";
import { key } from "../ci/config-keys.js";

/** Towards one server; what is absent is at its default, see `HttpLimits`. */
export interface LimitsConfig {
  readonly concurrency?: number;
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}

const seconds = (max: number, byDefault: number, description: string) =>
  key(z.coerce.number().min(1).max(max), String(byDefault), `${description} ${byDefault} by default.`);

/** Keys under `limits`. */
export const upstreamLimitKeys = {
  concurrency: key(
    z.coerce.number().int().min(1).max(64),
    "4",
    "Requests at a time, towards each server. 4 by default: as many as LAVA as packaged serves.",
  ),
  connectTimeoutSeconds: seconds(60, 5, "To connect to a server."),
  firstByteTimeoutSeconds: seconds(600, 30, "Until a server's answer begins."),
  timeoutSeconds: seconds(600, 60, "For a server's whole answer, with the wait for a turn."),
};

export function readUpstreamLimits(limits: z.infer<z.ZodObject<typeof upstreamLimitKeys>> | undefined): LimitsConfig {
  const { concurrency, connectTimeoutSeconds, firstByteTimeoutSeconds, timeoutSeconds } = limits ?? {};
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(connectTimeoutSeconds === undefined ? {} : { connectTimeoutMs: connectTimeoutSeconds * 1000 }),
    ...(firstByteTimeoutSeconds === undefined ? {} : { headersTimeoutMs: firstByteTimeoutSeconds * 1000 }),
    ...(timeoutSeconds === undefined ? {} : { totalTimeoutMs: timeoutSeconds * 1000 }),
  };
}
