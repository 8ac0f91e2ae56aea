// What the configuration says of how Etna tells of itself: metrics, log, traces.

import { z } from "zod";
import { key } from "../ci/config-keys.js";
import { withoutTrailingSlashes } from "../net/trailing-slashes.js";
import { parseUrl } from "../net/url.js";

/** pino's levels, and none. */
export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface TelemetryConfig {
  /** Whether `/metrics` is served. */
  readonly metrics: boolean;
  /** Where traces go, as OTLP over HTTP; null makes none. */
  readonly tracesUrl: URL | null;
  readonly logLevel: LogLevel;
}

export const DEFAULT_TELEMETRY: TelemetryConfig = { metrics: true, tracesUrl: null, logLevel: "info" };

type Environment = Readonly<Record<string, string | undefined>>;

/** Keys at the top. */
export const telemetryKeys = {
  metrics: key(z.boolean(), "false", "Whether `/metrics` is served, for Prometheus; true by default."),
  log: key(z.enum(LOG_LEVELS), "debug", "The log's level; info by default. `ETNA_LOG` wins."),
  traces: key(
    z.strictObject({
      url: z
        .string()
        .refine((text) => toUrl(text) !== null, "is not an http or https address")
        .meta({
          description: "Where traces go, as OTLP over HTTP. OpenTelemetry's own variables by default.",
          examples: ["http://127.0.0.1:4318/v1/traces"],
        }),
    }),
    '{url: "http://127.0.0.1:4318/v1/traces"}',
    "A trace of each operation, with a span for each upstream call; none by default.",
  ),
};

/** The file wins over OpenTelemetry's own variables, and `ETNA_LOG` over the file. What is wrong goes to `faults`. */
export function readTelemetry(
  { metrics, log, traces }: z.infer<z.ZodObject<typeof telemetryKeys>>,
  env: Environment,
  faults: string[],
): TelemetryConfig {
  const wanted = readLogLevel(env.ETNA_LOG, faults);
  return {
    metrics: metrics ?? DEFAULT_TELEMETRY.metrics,
    tracesUrl: traces === undefined ? tracesOf(env, faults) : toUrl(traces.url),
    logLevel: wanted ?? log ?? DEFAULT_TELEMETRY.logLevel,
  };
}

/** `ETNA_LOG`; null where it is not set or empty. */
export function readLogLevel(given: string | undefined, faults: string[]): LogLevel | null {
  if (given === undefined || given === "") return null;
  const found = LOG_LEVELS.find((level) => level === given);
  if (found === undefined) faults.push(`ETNA_LOG: "${given}" is no level; write one of ${LOG_LEVELS.join(", ")}`);
  return found ?? null;
}

/** As OpenTelemetry's document on OTLP exporters says: the second variable is a base, to which the path is added. */
function tracesOf(env: Environment, faults: string[]): URL | null {
  for (const [name, path] of [
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"],
  ] as const) {
    const given = env[name];
    if (given === undefined || given === "") continue;
    const url = toUrl(path === "" ? given : withoutTrailingSlashes(given) + path);
    if (url === null) faults.push(`${name}: is not an http or https address; e.g. http://127.0.0.1:4318`);
    return url;
  }
  return null;
}

function toUrl(text: string): URL | null {
  const url = parseUrl(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}
