// Builds of all farms, filtered by the address: those that ended, or the queue.

import { BuildListDocument, BuildQueueListDocument, BuildUpdatesDocument } from "../generated/graphql.js";
import type { BuildFilter, BuildStatus, ListedBuildFragment } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { usePaged } from "../graph/pages.js";
import { useAtMost, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { ChoiceFilter, Filters, ServerFilter, TextFilter } from "../parts/filters.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { BuildLink, EvaluationLink } from "../parts/links.js";
import { present } from "../parts/lists.js";
import { More } from "../parts/more.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Status } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Since, Time, Took } from "../parts/time.js";
import { readEnums, readText } from "../routes.js";
import { buildLook, weatherWord } from "../words.js";

const STATUSES: readonly BuildStatus[] = ["SUCCEEDED", "FAILED", "FAILED_DEPENDENCY", "FAILED_OTHER", "CANCELED"];
const WORDS = STATUSES.map((status) => [status.toLowerCase(), buildLook(status).word] as const);
const COLUMNS = ["Build", "Status", "Specification", "Evaluation", "When", "Took"];
const AGAIN_MS = 5_000;

export function BuildsPage() {
  useTitle("Builds");
  const [params, change] = useChoices();
  const queue = params.get("queue") === "1";
  const server = readText(params, "server");
  const [specification, system] = [readText(params, "spec"), readText(params, "system")];
  const filter: BuildFilter = {
    specification,
    system,
    job: readText(params, "job"),
    statuses: readEnums(params, "status", STATUSES),
  };
  const ended = usePaged(BuildListDocument, { first: 50, server, filter }, ({ builds }) => builds, queue);
  const open = usePaged(
    BuildQueueListDocument,
    { first: 50, server, specification, system },
    ({ buildQueue }) => buildQueue,
    !queue,
  );
  const again = useAtMost(AGAIN_MS, () => (queue ? open : ended).pages[0]?.retry());
  useFollowEach(BuildUpdatesDocument, useServerVariables("cuirass", server), { onData: again, onExpired: again });
  const pages = queue ? open.pages : ended.pages;
  const builds = queue
    ? open.pages.flatMap(({ data }) => present(data?.buildQueue?.nodes))
    : ended.pages.flatMap(({ data }) => present(data?.builds?.nodes));
  const held = useHeld(builds, ({ id }) => id);
  return (
    <>
      <h1>Builds</h1>
      <Filters params={params} change={change}>
        <ChoiceFilter
          label="Which"
          name="queue"
          none="ended"
          params={params}
          change={change}
          options={[["1", "running and waiting"]]}
        />
        <TextFilter label="Job" name="job" params={params} change={change} placeholder="hello.x86_64-linux" />
        <ChoiceFilter label="Status" name="status" params={params} change={change} options={WORDS} />
        <TextFilter label="Specification" name="spec" params={params} change={change} />
        <TextFilter label="System" name="system" params={params} change={change} placeholder="x86_64-linux" />
        <ServerFilter params={params} change={change} kind="cuirass" />
      </Filters>
      <Panel
        title="Found"
        aside={queue ? (open.pages[0]?.data?.buildQueue?.totalCount ?? undefined) : undefined}
        actions={<FreshButton held={held} />}
      >
        <PanelState parts={pages} lines={10} />
        {builds.length === 0 && pages.every(({ data }) => data !== null) && (
          <Empty>
            {queue ? "Nothing is built just now, and nothing waits." : "No build is like this on this page."}
          </Empty>
        )}
        {builds.length > 0 && (
          <div {...held.holders}>
            <Table label="Builds" columns={COLUMNS}>
              <tbody>
                {held.shown.map((build) => (
                  <BuildRow key={build.id} build={build} />
                ))}
              </tbody>
            </Table>
          </div>
        )}
        <More more={queue ? open.more : ended.more} word={queue ? "More" : "Older builds"} />
      </Panel>
    </>
  );
}

function BuildRow({ build }: { readonly build: ListedBuildFragment }) {
  const weather = weatherWord(build.weather);
  return (
    <tr>
      <td className="full">
        <BuildLink build={build} />
      </td>
      <td>
        <Status look={buildLook(build.status)} />{" "}
        {weather !== null && <span className={`tag ${weather === "fixed" ? "pass" : "fail"}`}>{weather}</span>}
      </td>
      <td>{build.specificationName}</td>
      <td data-l="evaluation:">
        <EvaluationLink evaluation={build} />
      </td>
      <td>
        <Time at={build.finishedAt ?? build.startedAt ?? build.createdAt} />
      </td>
      <td>{build.status === "STARTED" ? <Since at={build.startedAt} /> : <Took seconds={build.durationSeconds} />}</td>
    </tr>
  );
}
