import { OperationScope } from "../../../src/cache/operation-scope.js";
import { describe, expect, it } from "vitest";
import { toBuild } from "../../../src/cuirass/model/build.type.js";
import type { Build } from "../../../src/cuirass/model/build.type.js";
import { hasLog } from "../../../src/cuirass/protocol/enums.js";
import { wireBuild } from "../../../src/cuirass/protocol/wire.js";
import { readRecording } from "../../support/http-replay.js";

function recorded(file: string, changes: Readonly<Record<string, unknown>> = {}): Build {
  const text = readRecording(file).bytes.toString();
  const value: unknown = JSON.parse(text.slice(text.indexOf("\r\n\r\n")));
  return toBuild("guix", "https://ci.example.org", wireBuild.parse({ ...(value as object), ...changes }));
}

/** Phase, outcome, the three times and whether there is a log. */
function life(build: Build) {
  const { status, phase, outcome, createdAt, startedAt, finishedAt } = build;
  return {
    status,
    phase,
    outcome,
    createdAt,
    startedAt,
    finishedAt,
    seconds: build.durationSeconds(new OperationScope(new AbortController().signal)),
    hasLog: hasLog(build.wire),
  };
}

const QUEUED = { phase: "QUEUED", outcome: "PENDING", startedAt: null, finishedAt: null, seconds: null };

describe("a build", () => {
  it("that succeeded has an end, and no longer a creation time", () => {
    expect(life(recorded("build-succeeded.http"))).toEqual({
      status: "SUCCEEDED",
      phase: "FINISHED",
      outcome: "SUCCEEDED",
      createdAt: null,
      startedAt: "2026-10-28T05:17:47Z",
      finishedAt: "2026-10-28T05:19:41Z",
      seconds: 114,
      hasLog: true,
    });
  });

  it.each([
    ["build-failed.http", "FAILED"],
    ["build-failed-other.http", "FAILED_OTHER"],
  ])("that failed has failed: %s", (file, status) => {
    expect(life(recorded(file))).toMatchObject({ status, phase: "FINISHED", outcome: "FAILED", hasLog: true });
  });

  it("whose dependency failed never started, although Cuirass notes a start", () => {
    const build = recorded("build-failed-dependency.http");
    expect(life(build)).toMatchObject({
      status: "FAILED_DEPENDENCY",
      outcome: "FAILED",
      startedAt: null,
      hasLog: false,
    });
    expect(build.durationSeconds(new OperationScope(new AbortController().signal))).toBeNull();
    expect(build.finishedAt).not.toBeNull();
  });

  it("that was canceled has no times", () => {
    const nothing = { createdAt: null, startedAt: null, finishedAt: null, seconds: null, hasLog: false };
    const canceled = { status: "CANCELED", phase: "FINISHED", outcome: "CANCELED" };
    expect(life(recorded("build-canceled.http"))).toEqual({ ...canceled, ...nothing });
  });

  it("that was canceled while it ran has a start, but no duration that goes on for ever", () => {
    const build = recorded("build-canceled.http", { starttime: 1_795_315_327 });
    expect(life(build)).toMatchObject({ finishedAt: null, seconds: null, hasLog: true });
    expect(build.startedAt).toBe("2026-11-22T02:42:07Z");
  });

  it("that runs has a start and a duration", () => {
    const build = recorded("build-started.http");
    expect(life(build)).toMatchObject({ status: "STARTED", phase: "RUNNING", outcome: "PENDING", hasLog: true });
    expect(build.createdAt).toBe("2026-11-22T00:40:14Z");
    expect(build.startedAt).toBe("2026-11-22T02:42:07Z");
    expect(build.durationSeconds(new OperationScope(new AbortController().signal))).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ["build-scheduled.http", "SCHEDULED", false],
    ["build-submitted.http", "SUBMITTED", true],
    ["build-restarted.http", "SCHEDULED", false],
  ])("that waits has not started, whatever Cuirass kept: %s", (file, status, hasLog) => {
    expect(life(recorded(file))).toMatchObject({ ...QUEUED, status, hasLog });
    expect(recorded(file).createdAt).not.toBeNull();
  });

  it("with a code of a newer server is unrecognized, by its sign finished or not", () => {
    const finished = recorded("build-succeeded.http", { buildstatus: 7, weather: 9 });
    expect(finished).toMatchObject({
      status: "UNRECOGNIZED",
      statusCode: 7,
      outcome: "UNRECOGNIZED",
      weather: "UNKNOWN",
    });
    const waiting = recorded("build-scheduled.http", { buildstatus: -9 });
    expect(waiting).toMatchObject({ status: "UNRECOGNIZED", statusCode: -9, phase: "QUEUED", outcome: "PENDING" });
  });

  it("compares with the one before it once it has finished", () => {
    expect(recorded("build-new-success.http").weather).toBe("NEW_SUCCESS");
    expect(recorded("build-new-failure.http").weather).toBe("NEW_FAILURE");
    // Restarting an evaluation leaves the weather of the last time.
    expect(recorded("build-scheduled.http", { weather: 3 }).weather).toBe("UNKNOWN");
  });

  it("leads to its page, its outputs by name, and its downloads", () => {
    const build = recorded("build-products-3-outputs-1-product.http");
    expect(build.url).toBe("https://ci.example.org/build/5149/details");
    expect(build.outputs.map(({ name }) => name)).toEqual(["debug", "doc", "out"]);
    expect(build.products).toEqual([
      {
        productId: 1,
        type: "qcow2-image",
        path: "/gnu/store/m5i5ymlsjpvm86pywclj45cy55hja9v1-qcow2-image-1.0",
        sizeBytes: 2_789_855_067,
        url: "https://ci.example.org/download/1",
      },
    ]);
  });
});
