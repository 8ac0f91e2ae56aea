// The graph's states as a word, a shape and a colour: the only place that knows them, so that a state looks the same
// wherever it stands.

import type {
  BuildStatus,
  DeviceHealth,
  DeviceState,
  EvaluationStatus,
  FailureKind,
  LinkEvidence,
  RunOutcome,
  RunPhase,
  TestJobHealth,
  TestJobState,
  TestResult,
  Weather,
  WorkerHealth,
  WorkerState,
} from "./generated/graphql.js";

/** Colours, each with a class of the same name in `theme.css`. */
export type Tone = "pass" | "fail" | "warn" | "run" | "wait" | "off";
/** Symbols of `parts/symbols.tsx`. */
export type Shape = "pass" | "fail" | "warn" | "run" | "wait" | "off" | "cancel" | "cut" | "unk" | "loop";

export interface Look {
  readonly word: string;
  readonly shape: Shape;
  readonly tone: Tone;
}

const look = (word: string, tone: Tone, shape: Shape = tone): Look => ({ word, shape, tone });

export interface Counts {
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
  readonly unknown: number;
  readonly total: number;
}

// Boards and workers

export interface BoardState {
  readonly state: DeviceState;
  readonly health: DeviceHealth;
  readonly worker?: WorkerAt | null;
  readonly currentJob?: unknown;
}

interface WorkerAt {
  readonly state: WorkerState;
  readonly health: WorkerHealth;
}

/** A worker that is away makes the boards behind it useless, also where LAVA calls them idle and good. */
export function boardLook({ state, health, worker }: BoardState): Look {
  if (state === "RUNNING") return look("Running", "run");
  if (health === "BAD") return look("Check failed", "fail");
  if (health === "RETIRED") return look("Retired", "wait", "cancel");
  if (worker && isAway(worker)) return look("Worker offline", "warn", "cut");
  if (state === "RESERVED") return look("Reserved", "run", "wait");
  switch (health) {
    case "MAINTENANCE":
      return look("Maintenance", "off");
    case "LOOPING":
      return look("Looping", "wait", "loop");
    case "UNKNOWN":
      return look("Not checked yet", "wait", "unk");
    case "UNRECOGNIZED":
      return look("Unknown state", "wait", "unk");
    case "GOOD":
      return state === "UNRECOGNIZED" ? look("Unknown state", "wait", "unk") : look("Free", "pass");
  }
}

export function isAway({ state, health }: WorkerAt): boolean {
  return state === "OFFLINE" || health !== "ACTIVE";
}

const BOARD_ORDER = ["Check failed", "Worker offline", "Unknown state", "Not checked yet", "Looping", "Running"];
const BOARD_ORDER_REST = ["Reserved", "Maintenance", "Free", "Retired"];

/** Smaller for boards that need somebody. */
export function boardRank(board: BoardState): number {
  return [...BOARD_ORDER, ...BOARD_ORDER_REST].indexOf(boardLook(board).word);
}

/** Whether the board takes no job though somebody expects it to. */
export function isDown(board: BoardState): boolean {
  return boardRank(board) < 2;
}

/** What LAVA says of a board's health, for the board's own page. */
export function healthLook(health: DeviceHealth): Look {
  switch (health) {
    case "GOOD":
      return look("Good", "pass");
    case "BAD":
      return look("Bad", "fail");
    case "MAINTENANCE":
      return look("Maintenance", "off");
    case "LOOPING":
      return look("Looping", "wait", "loop");
    case "RETIRED":
      return look("Retired", "wait", "cancel");
    case "UNKNOWN":
    case "UNRECOGNIZED":
      return look("Unknown", "wait", "unk");
  }
}

export function workerLook({ state, health }: WorkerAt): Look {
  if (state === "OFFLINE") return look("silent", "warn", "cut");
  if (health === "MAINTENANCE") return look("maintenance", "off");
  if (health === "RETIRED") return look("retired", "wait", "cancel");
  return health === "ACTIVE" && state === "ONLINE" ? look("online", "pass") : look("unknown", "wait", "unk");
}

// Test jobs

export interface JobState {
  readonly state: TestJobState;
  readonly health: TestJobHealth;
  readonly failure?: { readonly kind: FailureKind } | null;
  readonly resultCounts?: Counts | null;
}

/** LAVA's COMPLETE only says that the job ran to its end; with the counts it says how many cases failed. */
export function jobLook({ state, health, failure, resultCounts }: JobState): Look {
  switch (state) {
    case "SUBMITTED":
    case "SCHEDULING":
      return look("Waits", "wait");
    case "SCHEDULED":
      return look("Has its board", "wait");
    case "RUNNING":
      return look("Running", "run");
    case "CANCELING":
      return look("Being canceled", "off", "cancel");
    case "UNRECOGNIZED":
      return look("Unknown state", "wait", "unk");
    case "FINISHED":
      return endedLook(health, failure ?? null, resultCounts ?? null);
  }
}

function endedLook(health: TestJobHealth, failure: { kind: FailureKind } | null, counts: Counts | null): Look {
  switch (health) {
    case "COMPLETE":
      if (counts === null) return look("Ran to its end", "wait", "pass");
      if (counts.fail > 0) return look(`Ran to its end, ${counts.fail} of ${counts.total} failed`, "fail");
      if (counts.total === 0) return look("Ran to its end, no results", "wait", "unk");
      return look(`Passed, ${counts.pass} of ${counts.total}`, "pass");
    case "INCOMPLETE":
      return failure === null ? look("Broke off", "warn") : failureLook(failure.kind);
    case "CANCELED":
      return look("Canceled", "off", "cancel");
    case "UNKNOWN":
    case "UNRECOGNIZED":
      return look("Ended, unknown how", "wait", "unk");
  }
}

/** Whose fault it was that a job broke off. A lab's fault is no verdict on what was tested. */
export function failureLook(kind: FailureKind): Look {
  switch (kind) {
    case "INFRASTRUCTURE":
    case "CONFIGURATION":
    case "BUG":
    case "LAVA_TIMEOUT":
    case "MULTINODE_TIMEOUT":
      return look("Lab: no verdict", "warn");
    case "TEST":
      return look("Test failed", "fail");
    case "JOB":
      return look("Job failed", "fail");
    case "CANCELED":
      return look("Canceled", "off", "cancel");
    case "UNRECOGNIZED":
      return look("Broke off", "warn", "unk");
  }
}

/** The kind itself, for those who mend it. */
export function failureWord(kind: FailureKind): string {
  switch (kind) {
    case "INFRASTRUCTURE":
      return "the lab's hardware or network failed";
    case "CONFIGURATION":
      return "the lab's configuration is wrong";
    case "BUG":
      return "a bug of LAVA";
    case "LAVA_TIMEOUT":
      return "a step of LAVA took too long";
    case "MULTINODE_TIMEOUT":
      return "another board of the group did not answer";
    case "TEST":
      return "a command of the test failed";
    case "JOB":
      return "the job's definition or its files are wrong";
    case "CANCELED":
      return "somebody canceled it";
    case "UNRECOGNIZED":
      return "for a reason that Etna does not know";
  }
}

export function caseLook(result: TestResult): Look {
  switch (result) {
    case "PASS":
      return look("passed", "pass");
    case "FAIL":
      return look("failed", "fail");
    case "SKIP":
      return look("skipped", "wait", "cancel");
    case "UNKNOWN":
      return look("no verdict", "wait", "unk");
  }
}

// Builds and evaluations

export function buildLook(status: BuildStatus): Look {
  switch (status) {
    case "SUCCEEDED":
      return look("Built", "pass");
    case "FAILED":
      return look("Failed", "fail");
    case "FAILED_OTHER":
      return look("Failed outside its builder", "fail");
    case "FAILED_DEPENDENCY":
      return look("A dependency failed", "warn");
    case "CANCELED":
      return look("Canceled", "off", "cancel");
    case "STARTED":
      return look("Building", "run");
    case "SUBMITTED":
      return look("Has its worker", "wait");
    case "SCHEDULED":
      return look("Waits", "wait");
    case "UNRECOGNIZED":
      return look("Unknown state", "wait", "unk");
  }
}

/** Null where there is nothing to add to the status. */
export function weatherWord(weather: Weather): "new" | "still" | "fixed" | null {
  switch (weather) {
    case "NEW_FAILURE":
      return "new";
    case "STILL_FAILING":
      return "still";
    case "NEW_SUCCESS":
      return "fixed";
    case "STILL_SUCCEEDING":
    case "UNKNOWN":
      return null;
  }
}

export interface EvaluationState {
  readonly status: EvaluationStatus;
  readonly summary?: { readonly failed: number; readonly pending: number; readonly total: number } | null;
}

export function evaluationLook({ status, summary }: EvaluationState): Look {
  switch (status) {
    case "STARTED":
      return look("Being evaluated", "run");
    case "FAILED":
      return look("Evaluation failed", "fail");
    case "ABORTED":
      return look("Aborted", "off", "cancel");
    case "UNRECOGNIZED":
      return look("Unknown state", "wait", "unk");
    case "SUCCEEDED":
      if (!summary) return look("Evaluated", "wait", "pass");
      if (summary.pending > 0) return look(`Building, ${summary.pending} to go`, "run");
      return summary.failed > 0 ? look(`${summary.failed} failed`, "fail") : look("All built", "pass");
  }
}

export function runLook(phase: RunPhase, outcome: RunOutcome): Look {
  if (phase === "QUEUED") return look("Waits", "wait");
  if (phase === "RUNNING") return look("Running", "run");
  switch (outcome) {
    case "SUCCEEDED":
      return look("Ran to its end", "pass");
    case "FAILED":
      return look("Failed", "fail");
    case "CANCELED":
      return look("Canceled", "off", "cancel");
    case "PENDING":
    case "UNRECOGNIZED":
      return look("Ended, unknown how", "wait", "unk");
  }
}

/** How Etna knows that a test job is of a build. */
export function evidenceWord(evidence: LinkEvidence): string {
  switch (evidence) {
    case "BUILD_URL":
      return "build's address";
    case "COMMIT":
      return "commit";
    case "METADATA":
      return "metadata";
    case "PRODUCT_URL":
      return "product's address";
    case "STORE_PATH":
      return "store path";
  }
}
