// Two test jobs beside each other. Their numbers stand in the address.

import { useState } from "react";
import { JobComparisonDocument, JobHeadDocument } from "../generated/graphql.js";
import { useServers } from "../frame/servers.js";
import { useAsk } from "../graph/use.js";
import { ComparisonPanels } from "../job/against.js";
import { useChoices, useTitle } from "../parts/address.js";
import { JobLink } from "../parts/links.js";
import { Empty, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { readText } from "../routes.js";
import { jobLook } from "../words.js";

export function ComparePage() {
  useTitle("Compare");
  const { lava } = useServers();
  const [params, change] = useChoices();
  const [a, b] = [readText(params, "a"), readText(params, "b")];
  const [before, after] = [useJob(a, lava[0]?.name ?? null), useJob(b, lava[0]?.name ?? null)];
  const both = before.job !== null && after.job !== null;
  const compared = useAsk(
    JobComparisonDocument,
    { before: before.job?.id ?? "", after: after.job?.id ?? "" },
    { pause: !both },
  );
  const found = compared.data?.compareRuns ?? null;
  return (
    <>
      <h1>Compare</h1>
      <Choose a={a ?? ""} b={b ?? ""} onChoose={(next) => change(next)} />
      <PanelState parts={[before.asked, after.asked, compared].filter((one) => one.fetching || one.data !== null)} />
      {(a === null || b === null) && (
        <Empty>Name two test jobs: 81, or lab/81 where there are several labs. The earlier one comes first.</Empty>
      )}
      {[before, after].map(({ job, asked, text }) =>
        job === null ? (
          text !== null &&
          asked.data !== null && <Empty key={text}>There is no test job {text} that you may see.</Empty>
        ) : (
          <p key={job.id} className="row">
            <JobLink job={job} /> <Status look={jobLook(job)} />
          </p>
        ),
      )}
      <div className="stack">
        {found !== null && "unchangedCount" in found && <ComparisonPanels comparison={found} />}
      </div>
    </>
  );
}

/** `81`, or `lab/81`. */
function useJob(text: string | null, usual: string | null) {
  const [, server, jobId] = /^(?:([^/]+)\/)?([\d.]+)$/.exec(text ?? "") ?? [];
  const asked = useAsk(
    JobHeadDocument,
    { server: server ?? usual, jobId: jobId ?? "" },
    { pause: jobId === undefined || usual === null },
  );
  return { asked, job: asked.data?.testJob ?? null, text };
}

interface ChooseProps {
  readonly a: string;
  readonly b: string;
  readonly onChoose: (next: { readonly a: string; readonly b: string }) => void;
}

function Choose({ a, b, onChoose }: ChooseProps) {
  const [given, setGiven] = useState({ a, b });
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(given);
      }}
    >
      <label>
        Before
        <input type="text" value={given.a} onChange={({ target }) => setGiven({ ...given, a: target.value.trim() })} />
      </label>
      <label>
        After
        <input type="text" value={given.b} onChange={({ target }) => setGiven({ ...given, b: target.value.trim() })} />
      </label>
      <button type="submit">Compare</button>
    </form>
  );
}
