// What the labs' buses tell, newest first, live.

import { useState } from "react";
import { EventFeedDocument, LiveEventsDocument } from "../generated/graphql.js";
import type { EventFragment, ServerEventTopic } from "../generated/graphql.js";
import { useServerVariables } from "../frame/servers.js";
import { useAskEach, useFollowEach } from "../graph/use.js";
import { useChoices, useTitle } from "../parts/address.js";
import { ChoiceFilter, Filters, ServerFilter } from "../parts/filters.js";
import { FreshButton, useHeld } from "../parts/held.js";
import { BoardLink, JobLink } from "../parts/links.js";
import { Empty, Panel, PanelState } from "../parts/panel.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { readEnums, readText } from "../routes.js";

const TOPICS: readonly ServerEventTopic[] = ["TEST_JOB", "DEVICE", "WORKER", "MESSAGE"];
const WORDS = [
  ["test_job", "test jobs"],
  ["device", "boards"],
  ["worker", "workers"],
  ["message", "messages"],
] as const;
const SHOWN_MAX = 300;

export function EventsPage() {
  useTitle("Events");
  const [params, change] = useChoices();
  const topics = readEnums(params, "topic", TOPICS);
  const variables = useServerVariables("lava", readText(params, "server")).map((one) => ({ ...one, topics }));
  const feed = useAskEach(EventFeedDocument, variables);
  const [live, setLive] = useState<readonly EventFragment[]>([]);
  useFollowEach(LiveEventsDocument, variables, {
    onData: ({ serverEvents }) => setLive((before) => [serverEvents, ...before].slice(0, SHOWN_MAX)),
  });
  const all = [...live, ...feed.flatMap(({ data }) => data?.events ?? [])].filter(
    ({ topic }) => topics === null || topics.includes(topic),
  );
  const events = [...new Map(all.map((event) => [`${event.server.name} ${event.uuid}`, event])).values()]
    .sort((a, b) => b.time.localeCompare(a.time))
    .slice(0, SHOWN_MAX);
  const held = useHeld(events, ({ uuid, server }) => `${server.name} ${uuid}`);
  return (
    <>
      <h1>Events</h1>
      <Filters params={params} change={change}>
        <ChoiceFilter label="Of" name="topic" params={params} change={change} options={WORDS} />
        <ServerFilter params={params} change={change} kind="lava" />
      </Filters>
      <Panel title="Newest first" aside={events.length} actions={<FreshButton held={held} />}>
        <PanelState parts={feed} lines={8} />
        {events.length === 0 && feed.every(({ data }) => data !== null) && (
          <Empty>No event has come since Etna started. They appear here as they happen.</Empty>
        )}
        {events.length > 0 && (
          <div {...held.holders}>
            <Table label="Events" columns={["Time", "What", "Is now", "By"]}>
              <tbody>
                {held.shown.map((event) => (
                  <EventRow key={`${event.server.name} ${event.uuid}`} event={event} />
                ))}
              </tbody>
            </Table>
          </div>
        )}
      </Panel>
    </>
  );
}

function EventRow({ event }: { readonly event: EventFragment }) {
  const { testJob, device, worker, server, state, health, message } = event;
  return (
    <tr>
      <td>
        <Time at={event.time} />
      </td>
      <td className="full">
        {testJob !== null && <JobLink job={{ ...testJob, server }} />}
        {testJob === null && device !== null && <BoardLink board={device} server={server.name} />}
        {testJob === null && device === null && (worker?.hostname ?? message)}
      </td>
      <td>{[state, health].filter((word) => word !== null).join(", ")}</td>
      <td className="muted">{event.user}</td>
    </tr>
  );
}
