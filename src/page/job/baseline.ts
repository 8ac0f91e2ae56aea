// What a job is compared with: the newest ended one before it of the same name and device type, or one that the reader
// has chosen.

import { JobComparisonDocument, JobPreviousDocument } from "../generated/graphql.js";
import type { JobComparisonQuery, JobPreviousQuery } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { present } from "../parts/lists.js";
import type { PanelPart } from "../parts/panel.js";
import { stemOf } from "./stem.js";
import type { Job } from "./types.js";

export type Comparison = Extract<NonNullable<JobComparisonQuery["compareRuns"]>, { readonly unchangedCount: number }>;
export type Before = NonNullable<NonNullable<JobPreviousQuery["testJobs"]>["nodes"][number]>;

export interface Baseline {
  readonly before: Pick<Before, "id" | "jobId" | "name"> | null;
  /** Others that it could be compared with. */
  readonly candidates: readonly Before[];
  readonly comparison: Comparison | null;
  readonly parts: readonly PanelPart[];
}

/** @param chosen the number of another job, from the address. */
export function useBaseline(job: Job, chosen: string | null): Baseline {
  const ended = job.state === "FINISHED";
  const previous = useAsk(
    JobPreviousDocument,
    {
      text: stemOf(job.name),
      deviceType: job.deviceType?.name ?? "",
      before: job.jobId,
      server: job.server.name,
    },
    { pause: !ended || job.deviceType === null },
  );
  const stem = stemOf(job.name);
  const candidates = present(previous.data?.testJobs?.nodes).filter(({ name }) => stemOf(name) === stem);
  const before =
    candidates.find(({ jobId }) => jobId === chosen) ??
    candidates.find(({ health }) => health === "COMPLETE") ??
    candidates[0] ??
    null;
  const compared = useAsk(
    JobComparisonDocument,
    { before: before?.id ?? "", after: job.id },
    { pause: before === null },
  );
  const found = compared.data?.compareRuns ?? null;
  return {
    before,
    candidates,
    comparison: found !== null && "unchangedCount" in found ? found : null,
    parts: before === null ? [previous] : [previous, compared],
  };
}
