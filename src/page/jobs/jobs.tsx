// Test jobs of all labs, filtered by the address; their verdicts come for the rows in sight.

import { JobListDocument, JobUpdatesDocument } from "../generated/graphql.js";
import type {
  JobListQuery,
  TestJobFilter,
  TestJobHealth,
  TestJobOrderField,
  TestJobState,
} from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { usePaged } from "../graph/pages.js";
import { useAtMost, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { ChoiceFilter, Filters, ServerFilter, TextFilter } from "../parts/filters.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { BoardLink, JobLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Since, Time, Took } from "../parts/time.js";
import { readEnums, readText } from "../routes.js";
import { jobLook } from "../words.js";
import { useCounts } from "./counts.js";
import { useInSight } from "./in-sight.js";

type Job = NonNullable<NonNullable<JobListQuery["testJobs"]>["nodes"][number]>;

const STATES: readonly TestJobState[] = ["SUBMITTED", "SCHEDULING", "SCHEDULED", "RUNNING", "CANCELING", "FINISHED"];
const HEALTHS: readonly TestJobHealth[] = ["COMPLETE", "INCOMPLETE", "CANCELED", "UNKNOWN"];
const ORDERS: Readonly<Record<string, TestJobOrderField>> = { ended: "FINISHED_AT", started: "STARTED_AT" };
const COLUMNS = ["Job", "Verdict", "Board", "By", "When", "Took"];
const AGAIN_MS = 5_000;
const lower = (value: string) => [value.toLowerCase(), value.toLowerCase()] as const;

function readFilter(params: URLSearchParams): TestJobFilter {
  const one = (name: string) => {
    const text = readText(params, name);
    return text === null ? null : [text];
  };
  const metadata = params.getAll("meta").flatMap((text) => {
    const at = text.indexOf(":");
    return at < 1 ? [] : [{ key: text.slice(0, at), value: text.slice(at + 1) }];
  });
  return {
    states: readEnums(params, "state", STATES),
    healths: readEnums(params, "health", HEALTHS),
    deviceTypes: one("type"),
    devices: one("board"),
    submitters: one("submitter"),
    text: readText(params, "text"),
    metadata: metadata.length === 0 ? null : metadata,
  };
}

export function JobsPage() {
  useTitle("Jobs");
  const [params, change] = useChoices();
  const server = readText(params, "server");
  const field = ORDERS[readText(params, "order") ?? ""];
  const list = usePaged(
    JobListDocument,
    { first: 50, server, filter: readFilter(params), orderBy: field === undefined ? null : { field } },
    ({ testJobs }) => testJobs,
  );
  const again = useAtMost(AGAIN_MS, () => list.pages[0]?.retry());
  useFollowEach(JobUpdatesDocument, useServerVariables("lava", server), { onData: again, onExpired: again });
  const jobs = list.pages.flatMap(({ data }) => present(data?.testJobs?.nodes));
  const held = useHeld(jobs, ({ id }) => id);
  const first = list.pages[0]?.data?.testJobs ?? null;
  const total = first?.totalCount ?? `${jobs.length} and more`;
  return (
    <>
      <h1>Jobs</h1>
      <Filters params={params} change={change}>
        <TextFilter label="Name holds" name="text" params={params} change={change} />
        <ChoiceFilter label="State" name="state" params={params} change={change} options={STATES.map(lower)} />
        <ChoiceFilter label="Ended" name="health" params={params} change={change} options={HEALTHS.map(lower)} />
        <TextFilter label="Device type" name="type" params={params} change={change} />
        <TextFilter label="Board" name="board" params={params} change={change} />
        <TextFilter label="Submitter" name="submitter" params={params} change={change} />
        <TextFilter label="Metadata" name="meta" params={params} change={change} placeholder="key:value" />
        <ChoiceFilter
          label="Newest by"
          name="order"
          none="their number"
          params={params}
          change={change}
          options={[
            ["ended", "their end"],
            ["started", "their start"],
          ]}
        />
        <ServerFilter params={params} change={change} kind="lava" />
      </Filters>
      <Panel title="Found" aside={first === null ? undefined : total} actions={<FreshButton held={held} />}>
        <PanelState parts={list.pages} lines={10} />
        {jobs.length === 0 && first !== null && <Empty>No test job is like this. Clear the filters to see all.</Empty>}
        {jobs.length > 0 && (
          <div {...held.holders}>
            <JobTable jobs={held.shown} />
          </div>
        )}
        <More more={list.more} word="Older jobs" />
      </Panel>
    </>
  );
}

export function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
  const { ids, watch } = useInSight();
  const known = useCounts(jobs.filter(({ id }) => ids.includes(id)));
  return (
    <Table label="Test jobs" columns={COLUMNS}>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id} data-id={job.id} ref={watch}>
            <td className="full">
              <JobLink job={job} />
              {job.healthCheck && <span className="tag wait">check</span>}
            </td>
            <td>
              <Status look={jobLook({ ...job, ...known.get(job.id) })} />
            </td>
            <td>
              {job.device === null ? (
                <span className="muted">{job.deviceType?.name}</span>
              ) : (
                <BoardLink board={job.device} server={job.server.name} />
              )}
            </td>
            <td className="muted">{job.submitter}</td>
            <td>
              <Time at={job.finishedAt ?? job.startedAt ?? job.createdAt} />
            </td>
            <td>{job.state === "RUNNING" ? <Since at={job.startedAt} /> : <Took seconds={job.durationSeconds} />}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
