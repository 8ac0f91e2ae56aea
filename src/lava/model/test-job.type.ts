// A LAVA test job in the graph. From REST `jobs/`.

import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../ci/graph/connection.type.js";
import { encodeGlobalId } from "../../ci/global-id.js";
import { make } from "../../ci/graph/make.js";
import { Node } from "../../ci/graph/node.type.js";
import { Run } from "../../ci/graph/run.type.js";
import { RunOutcome, RunPhase } from "../../ci/enums.js";
import { TestJobHealth, TestJobState, toEnum } from "../protocol/enums.js";
import { toJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import { withOddFields, withOddRow } from "../../ci/odd-fields.js";
import type { OddFields } from "../../ci/odd-fields.js";
import type { WireTestJob } from "../protocol/wire.js";

@ObjectType({ description: "A key and its value." })
export class KeyValue {
  @Field(() => String, { description: "The key." })
  readonly key!: string;

  @Field(() => String, { description: "The value as text; a nested one as JSON." })
  readonly value!: string;
}

export enum FailureKind {
  INFRASTRUCTURE = "INFRASTRUCTURE",
  JOB = "JOB",
  TEST = "TEST",
  BUG = "BUG",
  CONFIGURATION = "CONFIGURATION",
  CANCELED = "CANCELED",
  LAVA_TIMEOUT = "LAVA_TIMEOUT",
  MULTINODE_TIMEOUT = "MULTINODE_TIMEOUT",
  UNRECOGNIZED = "UNRECOGNIZED",
}
registerEnumType(FailureKind, {
  name: "FailureKind",
  description: "Whose fault a broken test job is, as LAVA sees it.",
  valuesConfig: {
    INFRASTRUCTURE: { description: "The lab: a board, a cable, a server. Trying again may help." },
    JOB: { description: "The definition or what it points to." },
    TEST: { description: "The test's own set-up." },
    BUG: { description: "LAVA itself." },
    CONFIGURATION: { description: "The device's configuration on the server." },
    CANCELED: { description: "Somebody stopped it." },
    LAVA_TIMEOUT: { description: "A step took longer than the definition allows." },
    MULTINODE_TIMEOUT: { description: "A node waited in vain for another one." },
    UNRECOGNIZED: { description: "A word that this version of Etna does not know." },
  },
});

@ObjectType({ description: "Why a test job did not run to its end." })
export class TestJobFailure {
  @Field(() => FailureKind, { description: "Whose fault it is." })
  readonly kind!: FailureKind;

  @Field(() => String, { nullable: true, description: "What LAVA says about it." })
  readonly message!: string | null;

  @Field(() => Boolean, { description: "Whether submitting it again may help: the lab was at fault." })
  readonly retryable!: boolean;
}

@ObjectType({
  description: "What a worker got to run a test job: the texts of five files, YAML; null for one that it did not use.",
})
export class TestJobConfiguration {
  @Field(() => String, { nullable: true, description: "The definition as the worker ran it." })
  readonly definition!: string | null;

  @Field(() => String, { nullable: true, description: "The device's dictionary, rendered." })
  readonly device!: string | null;

  @Field(() => String, { nullable: true, description: "The worker's own configuration." })
  readonly dispatcher!: string | null;

  @Field(() => String, { nullable: true, description: "Environment of what runs on the worker." })
  readonly environment!: string | null;

  @Field(() => String, { nullable: true, description: "Environment of the tests on devices." })
  readonly deviceEnvironment!: string | null;
}

@ObjectType({ implements: [Node, Run], description: "A job that LAVA runs, or ran, on a device." })
export class TestJob extends Run {
  readonly wire!: WireTestJob;
  /** The integer behind `jobId`. */
  readonly nativeId!: LavaJobId;

  @Field(() => ID, { description: "LAVA's own number, unique on its server. Each node of a multinode job has one." })
  readonly jobId!: string;

  @Field(() => TestJobState, { description: "Where it is in its life." })
  readonly state!: TestJobState;

  @Field(() => TestJobHealth, { description: "How it went; UNKNOWN until it has ended." })
  readonly health!: TestJobHealth;

  @Field(() => String, { description: "Name of the user who submitted it." })
  readonly submitter!: string;

  @Field(() => Int, { description: "0 to 100; the higher ones are scheduled first." })
  readonly priority!: number;

  @Field(() => Boolean, { description: "Whether it is a health check of its device." })
  readonly healthCheck!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The definition as LAVA runs it: YAML written anew by LAVA, in a multinode job this node's part.",
  })
  readonly definition!: string | null;

  @Field(() => String, { nullable: true, description: "The definition as it was submitted, YAML." })
  readonly originalDefinition!: string | null;

  @Field(() => String, { nullable: true, description: "What people noted about its failure." })
  readonly failureComment!: string | null;
}
export const TestJobs = connectionOf("TestJob", () => TestJob, "test jobs");

const PHASES: Readonly<Record<TestJobState, RunPhase>> = {
  SUBMITTED: RunPhase.QUEUED,
  SCHEDULING: RunPhase.QUEUED,
  SCHEDULED: RunPhase.QUEUED,
  RUNNING: RunPhase.RUNNING,
  CANCELING: RunPhase.RUNNING,
  FINISHED: RunPhase.FINISHED,
  UNRECOGNIZED: RunPhase.RUNNING,
};

const OUTCOMES: Readonly<Record<TestJobHealth, RunOutcome>> = {
  UNKNOWN: RunOutcome.UNRECOGNIZED,
  COMPLETE: RunOutcome.SUCCEEDED,
  INCOMPLETE: RunOutcome.FAILED,
  CANCELED: RunOutcome.CANCELED,
  UNRECOGNIZED: RunOutcome.UNRECOGNIZED,
};

/** Which fields come from which one of LAVA's. */
const FIELDS: OddFields<TestJob> = {
  description: ["name"],
  state: ["state", "phase", "outcome"],
  health: ["health", "outcome", "startedAt"],
  actual_device: ["startedAt"],
  submitter: ["submitter"],
  priority: ["priority"],
  health_check: ["healthCheck"],
  definition: ["definition"],
  original_definition: ["originalDefinition"],
  multinode_definition: ["originalDefinition"],
  failure_comment: ["failureComment"],
  submit_time: ["createdAt"],
  start_time: ["startedAt"],
  end_time: ["finishedAt"],
};

/** @param serverUrl the server's address without a closing slash. */
export function toTestJob(serverName: string, serverUrl: string, wire: WireTestJob): TestJob {
  const state = toEnum(TestJobState, wire.state);
  const health = toEnum(TestJobHealth, wire.health);
  const finished = state === TestJobState.FINISHED;
  // A job canceled in the queue gets a start time although it never ran.
  const ran = !(health === TestJobHealth.CANCELED && wire.actual_device === null);
  const origin = { server: serverName, what: `test job ${wire.id}` };
  const job = make(TestJob, {
    id: encodeGlobalId("TestJob", serverName, wire.id),
    serverName,
    wire: withOddRow(wire, origin),
    nativeId: toJobId(wire.id),
    jobId: String(wire.id),
    name: wire.description ?? `test job ${wire.id}`,
    phase: PHASES[state],
    outcome: finished ? OUTCOMES[health] : RunOutcome.PENDING,
    createdAt: wire.submit_time,
    startedAt: ran ? wire.start_time : null,
    finishedAt: wire.end_time,
    url: `${serverUrl}/scheduler/job/${wire.id}`,
    state,
    health,
    submitter: wire.submitter,
    priority: wire.priority,
    healthCheck: wire.health_check,
    definition: wire.definition,
    originalDefinition: wire.multinode_definition || wire.original_definition,
    failureComment: wire.failure_comment,
  });
  return withOddFields(job, wire, FIELDS, origin);
}

/** LAVA's `error_type`, e.g. `LAVATimeout`. */
export function toFailureKind(word: string): FailureKind {
  const name = word.replace(/^LAVATimeout$/, "LAVA_Timeout").replace(/^MultinodeTimeout$/, "Multinode_Timeout");
  return toEnum(FailureKind, name);
}
