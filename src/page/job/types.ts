// A test job as its page has it.

import type { JobHeadQuery, JobResultsQuery } from "../generated/graphql.js";

export type Job = NonNullable<JobHeadQuery["testJob"]>;
export type JobResults = NonNullable<JobResultsQuery["testJob"]>;
