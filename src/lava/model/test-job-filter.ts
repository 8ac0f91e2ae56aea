// Which test jobs, and in which order: the arguments of `testJobs`, checked and put into LAVA's words. What LAVA would
// ignore silently (lava.md section 3.2) is never sent.

import { Field, ID, InputType, Int, registerEnumType } from "type-graphql";
import { DateTime } from "../../ci/graph/date-time.scalar.js";
import { InputRefused } from "../../errors.js";
import { TestJobHealth, TestJobState } from "../protocol/enums.js";
import { readJobId } from "../protocol/ids.js";
import { anyOf, readList, readText, readWords } from "./input.js";
import { readMicros } from "../protocol/time.js";
import { NEWEST_FIRST } from "../protocol/job-search.js";
import type { FilteredSearch, JobOrder, MetadataEntry, Span } from "../protocol/job-search.js";

@InputType({ description: "A key of the definition's `metadata` block and its value." })
export class MetadataFilter {
  @Field(() => String, { description: "The key, exactly." })
  key!: string;

  @Field(() => String, { description: "The value as text, exactly, as `TestJob.metadata` shows it." })
  value!: string;
}

const UNCOUNTED = "`totalCount` is null with several.";

@InputType({ description: "Which test jobs; all that are given must hold." })
export class TestJobFilter {
  @Field(() => [ID], { nullable: true, description: "With one of these numbers, e.g. `1234`." })
  jobIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: "With a higher number than this." })
  jobIdAfter?: string | null;

  @Field(() => ID, { nullable: true, description: "With a lower number than this." })
  jobIdBefore?: string | null;

  @Field(() => [TestJobState], { nullable: true, description: "In one of these states." })
  states?: TestJobState[] | null;

  @Field(() => [TestJobHealth], { nullable: true, description: "With one of these healths." })
  healths?: TestJobHealth[] | null;

  @Field(() => [String], { nullable: true, description: "Submitted by one of these users." })
  submitters?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `Submitted by a member of one of these groups. ${UNCOUNTED}`,
  })
  submitterGroups?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Asking for one of these device types." })
  deviceTypes?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Asking for a device type of one of these architectures." })
  architectures?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Run on one of the devices with these hostnames." })
  devices?: string[] | null;

  @Field(() => [String], { nullable: true, description: "Run on a device that hangs on one of these workers now." })
  workers?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `Asking for at least one of these device tags. ${UNCOUNTED}`,
  })
  tags?: string[] | null;

  @Field(() => Int, { nullable: true, description: "Of this priority or a higher one." })
  priorityFrom?: number | null;

  @Field(() => Int, { nullable: true, description: "Of this priority or a lower one." })
  priorityTo?: number | null;

  @Field(() => Boolean, { nullable: true, description: "True: only health checks; false: none of them." })
  healthCheck?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: "Submitted later than this." })
  createdAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Submitted earlier than this." })
  createdBefore?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Started later than this." })
  startedAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Started earlier than this." })
  startedBefore?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Ended later than this." })
  finishedAfter?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Ended earlier than this." })
  finishedBefore?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text in the description, upper and lower case alike.",
  })
  text?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text in the definition as LAVA runs it, upper and lower case distinct.",
  })
  definition?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "With this text in the comment on its failure, upper and lower case alike.",
  })
  failureComment?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: `That only members of one of these groups (and perhaps others) may see. ${UNCOUNTED}`,
  })
  viewingGroups?: string[] | null;

  @Field(() => [MetadataFilter], {
    nullable: true,
    description:
      "With all of these in `TestJob.metadata`. LAVA after 2026.07 looks itself. On an older one, and among jobs from before such a server's upgrade, Etna searches the definitions for its first key and value and looks at each job that it finds: `totalCount` is then null, a page may be short although more follows, and 500 jobs without a single hit are an error (LIMIT_EXCEEDED) that asks for a narrower filter. So it is with a value that is empty, or JSON of a list or mapping.",
  })
  metadata?: MetadataFilter[] | null;
}

export enum TestJobOrderField {
  ID = "ID",
  CREATED_AT = "CREATED_AT",
  STARTED_AT = "STARTED_AT",
  FINISHED_AT = "FINISHED_AT",
}
registerEnumType(TestJobOrderField, {
  name: "TestJobOrderField",
  description: "What test jobs are ordered by. Those of the same moment are ordered by number.",
  valuesConfig: {
    ID: { description: "Their number. The cheapest order, and nearly the same as that of submission." },
    CREATED_AT: { description: "When they were submitted." },
    STARTED_AT: {
      description: "When they started. Those that have not are first in descending order, last in ascending.",
    },
    FINISHED_AT: {
      description: "When they ended. Those that have not are first in descending order, last in ascending.",
    },
  },
});

export enum OrderDirection {
  ASC = "ASC",
  DESC = "DESC",
}
registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which way a list goes.",
  valuesConfig: {
    ASC: { description: "The lowest or earliest first." },
    DESC: { description: "The highest or latest first." },
  },
});

@InputType({ description: "In which order test jobs come." })
export class TestJobOrder {
  @Field(() => TestJobOrderField, { description: "What they are ordered by." })
  field!: TestJobOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.DESC, description: "Which way." })
  direction!: OrderDirection;
}

const ORDER_FIELDS = {
  ID: "id",
  CREATED_AT: "submit_time",
  STARTED_AT: "start_time",
  FINISHED_AT: "end_time",
} as const;

export function readOrder(order: TestJobOrder | null | undefined): JobOrder {
  if (order == null) return NEWEST_FIRST;
  return { field: ORDER_FIELDS[order.field], descending: order.direction === OrderDirection.DESC };
}

export const METADATA_MAX = 10;
const PRIORITY_MAX = 100;

/** Throws `InputRefused` for what LAVA would misunderstand. */
export function readTestJobFilter(filter: TestJobFilter): FilteredSearch {
  return {
    query: {
      ...idsQuery(filter.jobIds),
      ...anyOf("submitter__username", "filter.submitters", filter.submitters),
      ...anyOf("submitter__group__name", "filter.submitterGroups", filter.submitterGroups),
      ...anyOf("requested_device_type__name", "filter.deviceTypes", filter.deviceTypes),
      ...anyOf("requested_device_type__architecture__name", "filter.architectures", filter.architectures),
      ...anyOf("actual_device__hostname", "filter.devices", filter.devices),
      ...anyOf("actual_device__worker_host__hostname", "filter.workers", filter.workers),
      ...anyOf("viewing_groups__name", "filter.viewingGroups", filter.viewingGroups),
      ...anyOf("tags__name", "filter.tags", filter.tags),
      state__in: readWords("filter.states", filter.states)?.join(","),
      health__in: readWords("filter.healths", filter.healths)?.join(","),
      priority__gte: readPriority("filter.priorityFrom", filter.priorityFrom),
      priority__lte: readPriority("filter.priorityTo", filter.priorityTo),
      health_check: filter.healthCheck,
      description__icontains: readText("filter.text", filter.text),
      definition__contains: readText("filter.definition", filter.definition),
      failure_comment__icontains: readText("filter.failureComment", filter.failureComment),
    },
    ids: {
      above: readNumber("filter.jobIdAfter", filter.jobIdAfter),
      below: readNumber("filter.jobIdBefore", filter.jobIdBefore),
    },
    times: {
      ...timeSpan("submit_time", "created", filter.createdAfter, filter.createdBefore),
      ...timeSpan("start_time", "started", filter.startedAfter, filter.startedBefore),
      ...timeSpan("end_time", "finished", filter.finishedAfter, filter.finishedBefore),
    },
    // LAVA lists a job once for each of its tags, or groups, among these; what was seen is dropped where each job is looked at.
    fits: [filter.tags, filter.submitterGroups, filter.viewingGroups].some((list) => (list?.length ?? 0) > 1)
      ? () => true
      : null,
    metadata: readMetadata(filter.metadata),
  };
}

function idsQuery(ids: readonly string[] | null | undefined) {
  const numbers = readList("filter.jobIds", ids)?.map((id) => readNumber("filter.jobIds", id));
  return numbers === undefined ? {} : { id__in: numbers.join(",") };
}

function readNumber(argument: string, id: string | null | undefined): number | null {
  if (id == null) return null;
  const number = readJobId(argument, id);
  if (typeof number === "string") throw new InputRefused(argument, `"${id}" is a node's sub id; write a number`);
  return number;
}

function readPriority(argument: string, priority: number | null | undefined): number | null {
  if (priority == null) return null;
  if (priority < 0 || priority > PRIORITY_MAX) {
    throw new InputRefused(argument, `${priority} is out of range; allowed is 0 to ${PRIORITY_MAX}`);
  }
  return priority;
}

function timeSpan(
  field: "submit_time" | "start_time" | "end_time",
  what: string,
  after: string | null | undefined,
  before: string | null | undefined,
): { readonly [field: string]: Span<bigint> } {
  if (after == null && before == null) return {};
  return {
    [field]: {
      above: after == null ? null : readMicros(`filter.${what}After`, after),
      below: before == null ? null : readMicros(`filter.${what}Before`, before),
    },
  };
}

function readMetadata(entries: readonly MetadataFilter[] | null | undefined): readonly MetadataEntry[] {
  const list = readList("filter.metadata", entries) ?? [];
  if (list.length > METADATA_MAX) {
    throw new InputRefused("filter.metadata", `has ${list.length} items; allowed are ${METADATA_MAX}`);
  }
  const twice = list.find(({ key }, at) => list.findIndex((entry) => entry.key === key) !== at);
  if (twice !== undefined) throw new InputRefused("filter.metadata.key", "is given twice; it can have one value only");
  return list.map(({ key, value }) => {
    readText("filter.metadata.key", key);
    if (value.length > 1000 || value.includes("\0")) {
      throw new InputRefused("filter.metadata.value", "is over 1000 characters, or holds a NUL character");
    }
    return { key, value };
  });
}
