// Two test jobs by their cases.

import { JobComparisonDocument, JobHeadDocument } from "../generated/graphql.js";
import { useAsk } from "../graph/use.js";
import { ComparisonPanels } from "../job/against.js";
import { useCounts } from "../jobs/counts.js";
import { JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { NoSuchThing, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { jobLook } from "../words.js";
import type { PlacedRun } from "./run.js";

interface JobsProps {
  readonly before: PlacedRun;
  readonly after: PlacedRun;
}

export function CompareJobs({ before, after }: JobsProps) {
  const asked = [
    useAsk(JobHeadDocument, { server: before.server, jobId: before.id }),
    useAsk(JobHeadDocument, { server: after.server, jobId: after.id }),
  ] as const;
  const [first, second] = [asked[0].data?.testJob ?? null, asked[1].data?.testJob ?? null];
  const ids = first === null || second === null ? [] : [first.id, second.id];
  const known = useCounts(present([first, second]));
  const compared = useAsk(
    JobComparisonDocument,
    { before: first?.id ?? "", after: second?.id ?? "" },
    { pause: ids.length === 0 },
  );
  const found = compared.data?.compareRuns ?? null;
  return (
    <>
      <PanelState parts={ids.length === 0 ? asked : [compared]} />
      {asked.map(({ data, faults }, at) => {
        const job = data?.testJob ?? null;
        const run = at === 0 ? before : after;
        if (job === null) {
          return data !== null && faults.length === 0 ? <NoSuchThing key={at} what={`test job ${run.id}`} /> : null;
        }
        return (
          <p key={at} className="row wrap">
            <JobLink job={job} /> <Status look={jobLook({ ...job, ...known.get(job.id) })} />
          </p>
        );
      })}
      <div className="stack">
        {found !== null && "unchangedCount" in found && <ComparisonPanels comparison={found} />}
      </div>
    </>
  );
}
