// Cuirass' codes as enums (cuirass.md, section 2). A code that a newer server adds becomes UNRECOGNIZED, or UNKNOWN
// weather, so that no query breaks; the codes stay readable beside them.

import { registerEnumType } from "type-graphql";

const unrecognized = { description: "A code that this version of Etna does not know." };

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
registerEnumType(BuildStatus, {
  name: "BuildStatus",
  description: "Where a build is, or how it ended. None is final: every build can be restarted under its old number.",
  valuesConfig: {
    SUBMITTED: { description: "Handed to a worker that has not begun it (code -3)." },
    SCHEDULED: { description: "It waits for a worker (code -2)." },
    STARTED: { description: "It runs, or its outputs are being fetched (code -1)." },
    SUCCEEDED: { description: "It was built (code 0)." },
    FAILED: { description: "Its builder failed (code 1)." },
    FAILED_DEPENDENCY: {
      description: "It never ran, since something it needs failed. Scheduled again when that is mended (code 2).",
    },
    FAILED_OTHER: { description: "It failed for a reason outside its builder, e.g. a time limit (code 3)." },
    CANCELED: { description: "Somebody stopped it (code 4)." },
    UNRECOGNIZED: unrecognized,
  },
});

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

export enum Weather {
  UNKNOWN = "UNKNOWN",
  NEW_SUCCESS = "NEW_SUCCESS",
  NEW_FAILURE = "NEW_FAILURE",
  STILL_SUCCEEDING = "STILL_SUCCEEDING",
  STILL_FAILING = "STILL_FAILING",
}
registerEnumType(Weather, {
  name: "Weather",
  description: "A finished build compared with the one before it of the same job.",
  valuesConfig: {
    UNKNOWN: { description: "Not finished, the first of its job, or its dependency failed, or canceled." },
    NEW_SUCCESS: { description: "It succeeded, the one before failed: fixed." },
    NEW_FAILURE: { description: "It failed, the one before succeeded: broken." },
    STILL_SUCCEEDING: { description: "Both succeeded." },
    STILL_FAILING: { description: "Both failed." },
  },
});

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
registerEnumType(EvaluationStatus, {
  name: "EvaluationStatus",
  description: "How far the evaluation itself came; says nothing about its builds.",
  valuesConfig: {
    STARTED: { description: "It is under way (code -1)." },
    SUCCEEDED: { description: "Its jobs are known and its builds registered; they may all be waiting (code 0)." },
    FAILED: { description: "The evaluation broke off; see its `log` (code 1)." },
    ABORTED: { description: "It was given up (code 2)." },
    UNRECOGNIZED: unrecognized,
  },
});

const EVALUATION_STATUSES: ReadonlyMap<number, EvaluationStatus> = new Map([
  [-1, EvaluationStatus.STARTED],
  [0, EvaluationStatus.SUCCEEDED],
  [1, EvaluationStatus.FAILED],
  [2, EvaluationStatus.ABORTED],
]);

export function toEvaluationStatus(code: number): EvaluationStatus {
  return EVALUATION_STATUSES.get(code) ?? EvaluationStatus.UNRECOGNIZED;
}
