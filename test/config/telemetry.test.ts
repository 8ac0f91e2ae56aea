// What the configuration says of metrics, log and traces.

import { describe, expect, it } from "vitest";
import { DEFAULT_TELEMETRY, readTelemetry } from "../../src/config/telemetry.js";

const read = (entries: Parameters<typeof readTelemetry>[0], env: Record<string, string> = {}) => {
  const faults: string[] = [];
  return { ...readTelemetry(entries, env, faults), faults };
};

describe("readTelemetry", () => {
  it("has metrics, no traces and the log at info where nothing is said", () => {
    expect(read({})).toEqual({ ...DEFAULT_TELEMETRY, faults: [] });
    expect(DEFAULT_TELEMETRY).toEqual({ metrics: true, tracesUrl: null, logLevel: "info" });
  });

  it("has the log's level from ETNA_LOG before the file, and refuses one that is none", () => {
    expect(read({ log: "warn" }, { ETNA_LOG: "debug" })).toMatchObject({ logLevel: "debug", faults: [] });
    expect(read({ log: "warn" }, { ETNA_LOG: "" })).toMatchObject({ logLevel: "warn", faults: [] });
    expect(read({ log: "warn" }, { ETNA_LOG: "loud" }).faults).toEqual([
      'ETNA_LOG: "loud" is no level; write one of fatal, error, warn, info, debug, silent',
    ]);
  });

  it("has the address of the file before that of the environment", () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:5/t" };
    expect(read({ traces: { url: "https://c.example.org/v1/traces" } }, env).tracesUrl?.host).toBe("c.example.org");
    expect(read({}, env).tracesUrl?.href).toBe("http://127.0.0.1:5/t");
  });

  it("names the variable that holds no address", () => {
    expect(read({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "grpc://x" }).faults).toEqual([
      "OTEL_EXPORTER_OTLP_ENDPOINT: is not an http or https address; e.g. http://127.0.0.1:4318",
    ]);
  });
});
