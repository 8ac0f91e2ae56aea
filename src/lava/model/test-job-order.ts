// How lists of test jobs of several servers are merged in an order.

import { runTime } from "../../ci/graph/run.type.js";
import type { JobOrder } from "../protocol/job-search.js";
import type { TestJob } from "./test-job.type.js";

/**
 * The number that `mergePages` merges by, the highest first. Numbers of different servers can't be compared, so by id
 * the time of submission stands in; jobs without the time come where LAVA has them, as if it were yet to come.
 */
export function timeIn({ field, descending }: JobOrder): (job: TestJob) => number {
  const timeOf = (job: TestJob) => {
    if (field === "id" || field === "submit_time") return runTime(job);
    const time = job.wire[field];
    return time === null ? Infinity : Date.parse(time);
  };
  return descending ? timeOf : (job) => -timeOf(job);
}
