// At which level the log says what.

import { describe, expect, it } from "vitest";
import { pino } from "pino";
import type { OperationRecord } from "../../src/server/pipeline/observer.js";
import { logCall, logOperation } from "../../src/telemetry/log-lines.js";

const RECORD: OperationRecord = {
  name: "Jobs",
  type: "query",
  codes: [],
  transport: "http",
  ms: 12.4,
  requestId: "r-1",
  remembered: false,
};

function logged(level: string, write: (log: pino.Logger) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  write(pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }));
  return lines;
}

describe("an operation", () => {
  it("is a line at debug level", () => {
    expect(logged("info", (log) => logOperation(log, RECORD))).toEqual([]);
    expect(logged("debug", (log) => logOperation(log, RECORD))).toMatchObject([
      { level: 20, operation: "Jobs", type: "query", transport: "http", ms: 12, codes: [], requestId: "r-1" },
    ]);
  });

  it("is one at debug level when a server or the client is at fault, and at info level when Etna is", () => {
    const failed = (code: string) => ({ ...RECORD, codes: ["UPSTREAM_FAILED", code] });
    expect(logged("info", (log) => logOperation(log, failed("BAD_USER_INPUT")))).toEqual([]);
    expect(logged("info", (log) => logOperation(log, failed("INTERNAL_SERVER_ERROR")))).toMatchObject([
      { level: 30, codes: ["UPSTREAM_FAILED", "INTERNAL_SERVER_ERROR"] },
    ]);
  });
});

describe("an upstream call", () => {
  it("is a line at debug level, with the id of the request that it was made for", () => {
    const call = { server: "lab", operation: "GET jobs/", ms: 3.6, status: 200, error: null, requestId: "r-1" };
    expect(logged("info", (log) => logCall(log, call))).toEqual([]);
    expect(logged("debug", (log) => logCall(log, call))).toMatchObject([
      { level: 20, system: "lab", operation: "GET jobs/", ms: 4, status: 200, code: null, requestId: "r-1" },
    ]);
  });
});
