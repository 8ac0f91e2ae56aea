// How long Cuirass' answers hold, and what a change that a look has found ends the life of (cuirass.md, section 2: no
// status is final, but what has ended changes only when somebody begins it anew).

import type { Kept, Read } from "../../net/read.js";
import type { CuirassBuildId, CuirassEvaluationId } from "../protocol/ids.js";
import type { WireBuild, WireEvaluation, WireJob } from "../protocol/wire.js";

/** How one question's answers are kept. */
export type Keep<T> = Pick<Read, "keep" | "tags"> & { judge?(answer: T): Kept };

/** What it depends on how long a file that is missing stays missing. */
export interface Absence {
  /** Of what would have the file: in another state it may have one. */
  readonly state: string;
  readonly keep: Kept["keep"];
}

/**
 * Succeeded, failed, failed for another reason. A build whose dependency failed is scheduled again by itself, and a canceled
 * one may still be finished by its worker.
 */
const RESTING_BUILD: ReadonlySet<number> = new Set([0, 1, 3]);

/** The worker's last lines may come a little later than the news that it has ended. */
const SETTLING_SECONDS = 60;
/** From this age on, an evaluation changes only when somebody begins something in it anew. */
const OLD_SECONDS = 3_600;

/** Lists of builds, and look-ups that may find another build than before. */
const BUILDS = "builds";
/** Lists of jobs: any build may be in any of them. */
const JOBS = "jobs";
const EVALUATIONS = "evaluations";

export const KEEP_BUILD_LISTS: Kept = { keep: "brief", tags: [BUILDS] };
export const KEEP_EVALUATION_LISTS: Kept = { keep: "brief", tags: [EVALUATIONS] };
export const KEEP_JOB_HISTORY: Kept = { keep: "brief", tags: [JOBS, EVALUATIONS] };
/** What only an administrator changes, and no look looks at. */
export const KEEP_SLOW: Kept = { keep: "slow", tags: [] };

/** A build that has ended is begun anew at most, and by an administrator. */
export function keepBuild(id: CuirassBuildId): Keep<WireBuild | null> {
  return keepFound([buildTag(id)], (build) => build);
}

/** The same for a build that is looked up by something else. */
export function keepFoundBuild<T>(buildIn: (answer: T) => WireBuild | null): Keep<T> {
  return keepFound([BUILDS], buildIn);
}

/** Ended evaluations keep their status and their checkouts; one of an id that was given long ago, and that is not shown, stays so. */
export function keepEvaluation(id: CuirassEvaluationId, isGiven: boolean): Keep<WireEvaluation | null> {
  const tags = [evaluationTag(id)];
  const rests = (evaluation: WireEvaluation | null) => (evaluation === null ? isGiven : evaluation.status >= 0);
  return { keep: "brief", tags, judge: (evaluation) => ({ keep: rests(evaluation) ? "slow" : "brief", tags }) };
}

/** An evaluation that is there stays, as a rule; one that is not may come. */
export function keepExistence(id: CuirassEvaluationId): Keep<boolean> {
  const tags = [evaluationTag(id)];
  return { keep: "brief", tags, judge: (exists) => ({ keep: exists ? "slow" : "brief", tags }) };
}

/**
 * A list of jobs holds their builds' statuses: it is at rest when all of them are. Nearly every large evaluation has some
 * whose dependency failed, or that were canceled: in one that is old, they stay so until somebody does something.
 * @param evaluatedAt in Unix seconds; 0 for an evaluation of which it is not known.
 */
export function keepJobs(evaluation: CuirassEvaluationId, evaluatedAt: number): Keep<readonly WireJob[]> {
  const tags = [JOBS, evaluationTag(evaluation)];
  const isOld = evaluatedAt > 0 && secondsSince(evaluatedAt) > OLD_SECONDS;
  const isAtRest = ({ status }: WireJob) => RESTING_BUILD.has(status) || (isOld && status >= 0);
  return {
    keep: "brief",
    tags,
    judge: (jobs) => ({ keep: jobs.length > 0 && jobs.every(isAtRest) ? "slow" : "brief", tags }),
  };
}

/** How long a file that is missing stays missing. */
export interface Absence {
  /** Of what would have the file: in another state it may have one. */
  readonly state: string;
  readonly keep: Kept["keep"];
}

/** What tells whether a build may get a log, or another one. */
export type LoggedBuild = Pick<WireBuild, "buildstatus" | "starttime" | "stoptime">;

/** Whether what writes a build's log has ended, and had the time to write its last lines. A canceled one has no end. */
function isWritten({ buildstatus, stoptime }: LoggedBuild): boolean {
  return buildstatus >= 0 && secondsSince(stoptime) > SETTLING_SECONDS;
}

/** Whether the log of a build is what it will be, as long as nobody restarts it: then its times are others. */
export function isFinalLog(build: LoggedBuild): boolean {
  return RESTING_BUILD.has(build.buildstatus) && isWritten(build);
}

/** That a build has no log; one that expired does not come back. */
export function absenceOfLog(build: LoggedBuild): Absence {
  const { buildstatus, starttime, stoptime } = build;
  return { state: `${buildstatus} ${starttime} ${stoptime}`, keep: isWritten(build) ? "slow" : "brief" };
}

/** That an evaluation has no log. */
export function absenceOfEvaluationLog(status: number): Absence {
  return { state: String(status), keep: status >= 0 ? "slow" : "brief" };
}

/** What builds of which something new was seen are in. */
export function touchedByBuilds(ids: readonly number[]): readonly string[] {
  return [BUILDS, JOBS, ...ids.map(buildTag)];
}

/** What evaluations of which something new was seen are in; with their end they bring new builds. */
export function touchedByEvaluations(ids: readonly number[]): readonly string[] {
  return [EVALUATIONS, BUILDS, JOBS, ...ids.map(evaluationTag)];
}

function keepFound<T>(tags: readonly string[], buildIn: (answer: T) => WireBuild | null): Keep<T> {
  return {
    keep: "brief",
    tags,
    judge(answer) {
      const build = buildIn(answer);
      if (build === null) return { keep: "brief", tags };
      return { keep: RESTING_BUILD.has(build.buildstatus) ? "slow" : "brief", tags: [buildTag(build.id)] };
    },
  };
}

function secondsSince(time: number): number {
  return Date.now() / 1_000 - time;
}

function buildTag(id: number): string {
  return `build/${id}`;
}

function evaluationTag(id: number): string {
  return `evaluation/${id}`;
}
