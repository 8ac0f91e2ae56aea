// Cuirass' codes as enums (cuirass.md, section 2). A code that a newer server adds becomes UNRECOGNIZED, or UNKNOWN
// weather, so that no query breaks; the codes stay readable beside them.

import { RunPhase } from "../../ci/enums.js";
import type { WireBuild } from "./wire.js";

export enum BuildStatus {
  SUBMITTED = "SUBMITTED",
  SCHEDULED = "SCHEDULED",
  STARTED = "STARTED",
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  FAILED_DEPENDENCY = "FAILED_DEPENDENCY",
  FAILED_OTHER = "FAILED_OTHER",
  CANCELED = "CANCELED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

/** Those of builds that have not ended. */
export const UNFINISHED: ReadonlySet<BuildStatus> = new Set([
  BuildStatus.SUBMITTED,
  BuildStatus.SCHEDULED,
  BuildStatus.STARTED,
]);

const BUILD_STATUSES: ReadonlyMap<number, BuildStatus> = new Map([
  [-3, BuildStatus.SUBMITTED],
  [-2, BuildStatus.SCHEDULED],
  [-1, BuildStatus.STARTED],
  [0, BuildStatus.SUCCEEDED],
  [1, BuildStatus.FAILED],
  [2, BuildStatus.FAILED_DEPENDENCY],
  [3, BuildStatus.FAILED_OTHER],
  [4, BuildStatus.CANCELED],
]);

export function toBuildStatus(code: number): BuildStatus {
  return BUILD_STATUSES.get(code) ?? BuildStatus.UNRECOGNIZED;
}

export function toPhase(code: number): RunPhase {
  if (code >= 0) return RunPhase.FINISHED;
  return code === -1 ? RunPhase.RUNNING : RunPhase.QUEUED;
}

/** Whether there may be a log: not for a build that never started, nor for one that waits to start anew. */
export function hasLog({ starttime, buildstatus }: Pick<WireBuild, "starttime" | "buildstatus">): boolean {
  return starttime !== 0 && toBuildStatus(buildstatus) !== BuildStatus.FAILED_DEPENDENCY;
}

export enum Weather {
  UNKNOWN = "UNKNOWN",
  NEW_SUCCESS = "NEW_SUCCESS",
  NEW_FAILURE = "NEW_FAILURE",
  STILL_SUCCEEDING = "STILL_SUCCEEDING",
  STILL_FAILING = "STILL_FAILING",
}

const WEATHERS: ReadonlyMap<number, Weather> = new Map([
  [0, Weather.NEW_SUCCESS],
  [1, Weather.NEW_FAILURE],
  [2, Weather.STILL_SUCCEEDING],
  [3, Weather.STILL_FAILING],
]);

/** Restarting an evaluation leaves the old weather on its builds, so that of an unfinished build means nothing. */
export function toWeather(code: number, status: number): Weather {
  return status < 0 ? Weather.UNKNOWN : (WEATHERS.get(code) ?? Weather.UNKNOWN);
}

export enum EvaluationStatus {
  STARTED = "STARTED",
  SUCCEEDED = "SUCCEEDED",
  FAILED = "FAILED",
  ABORTED = "ABORTED",
  UNRECOGNIZED = "UNRECOGNIZED",
}

const EVALUATION_STATUSES: ReadonlyMap<number, EvaluationStatus> = new Map([
  [-1, EvaluationStatus.STARTED],
  [0, EvaluationStatus.SUCCEEDED],
  [1, EvaluationStatus.FAILED],
  [2, EvaluationStatus.ABORTED],
]);

export function toEvaluationStatus(code: number): EvaluationStatus {
  return EVALUATION_STATUSES.get(code) ?? EvaluationStatus.UNRECOGNIZED;
}
