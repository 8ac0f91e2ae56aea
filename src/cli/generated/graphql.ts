/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which finished builds; all that are given must hold. Texts are compared exactly. */
export type BuildFilter = {
  /** Of the derivation with this store path, which ends in `.drv`. */
  derivation?: string | null | undefined;
  /** First asked for by the evaluation with this number. */
  evaluationId?: number | null | undefined;
  /** Ended later than this. Without those whose end Cuirass does not know, such as canceled ones. */
  finishedAfter?: string | null | undefined;
  /** Ended earlier than this; see `finishedAfter`. */
  finishedBefore?: string | null | undefined;
  /** Of this job, e.g. `hello.x86_64-linux`. */
  job?: string | null | undefined;
  /** Of the specification with this name. */
  specification?: string | null | undefined;
  /** With one of these statuses. Cuirass can't look for them: Etna reads some thousand builds for a page, and where they hold too few, the page is short, or empty, with `hasNextPage`. Go on after `pageInfo.endCursor`. At most 100 items. */
  statuses?: Array<BuildStatus> | null | undefined;
  /** For this system, e.g. `x86_64-linux`. */
  system?: string | null | undefined;
  /** Built by the worker of this name, as Cuirass' page `/workers` has it. */
  worker?: string | null | undefined;
};

/** Where a build is, or how it ended. None is final: every build can be restarted under its old number. */
export type BuildStatus =
  /** Somebody stopped it (code 4). */
  | 'CANCELED'
  /** Its builder failed (code 1). */
  | 'FAILED'
  /** It never ran, since something it needs failed. Scheduled again when that is mended (code 2). */
  | 'FAILED_DEPENDENCY'
  /** It failed for a reason outside its builder, e.g. a time limit (code 3). */
  | 'FAILED_OTHER'
  /** It waits for a worker (code -2). */
  | 'SCHEDULED'
  /** It runs, or its outputs are being fetched (code -1). */
  | 'STARTED'
  /** Handed to a worker that has not begun it (code -3). */
  | 'SUBMITTED'
  /** It was built (code 0). */
  | 'SUCCEEDED'
  /** A code that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** Which devices; all that are given must hold. */
export type DeviceFilter = {
  /** Of one of these device types. At most 100 items. */
  deviceTypes?: Array<string> | null | undefined;
  /** With one of these healths. RETIRED ones are left out unless asked for. At most 100 items. */
  healths?: Array<DeviceHealth> | null | undefined;
  /** With this text in the hostname, upper and lower case alike. */
  hostname?: string | null | undefined;
  /** Owned by one of these groups. At most 100 items. */
  physicalGroups?: Array<string> | null | undefined;
  /** Owned by one of these users. At most 100 items. */
  physicalOwners?: Array<string> | null | undefined;
  /** In one of these states. At most 100 items. */
  states?: Array<DeviceState> | null | undefined;
  /** Whether kept in step with the dictionary's file. */
  synced?: boolean | null | undefined;
  /** With at least one of these tags. At most 100 items. */
  tags?: Array<string> | null | undefined;
  /** With this text in the description, upper and lower case alike. */
  text?: string | null | undefined;
  /** On one of the workers with these hostnames. At most 100 items. */
  workers?: Array<string> | null | undefined;
};

/** Whether a device can be used. */
export type DeviceHealth =
  /** It failed its last health check; nothing is scheduled on it. */
  | 'BAD'
  /** It passed its last health check. */
  | 'GOOD'
  /** It runs health checks over and over, at an administrator's wish. */
  | 'LOOPING'
  /** Taken out of use by an administrator. */
  | 'MAINTENANCE'
  /** Gone for good. */
  | 'RETIRED'
  /** Its health has yet to be checked. */
  | 'UNKNOWN'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** What a device is doing. */
export type DeviceState =
  /** Nothing. */
  | 'IDLE'
  /** It is kept for a test job that has not begun. */
  | 'RESERVED'
  /** It runs a test job. */
  | 'RUNNING'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** How far the evaluation itself came; says nothing about its builds. */
export type EvaluationStatus =
  /** It was given up (code 2). */
  | 'ABORTED'
  /** The evaluation broke off; see its `log` (code 1). */
  | 'FAILED'
  /** It is under way (code -1). */
  | 'STARTED'
  /** Its jobs are known and its builds registered; they may all be waiting (code 0). */
  | 'SUCCEEDED'
  /** A code that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** Whose fault a broken test job is, as LAVA sees it. */
export type FailureKind =
  /** LAVA itself. */
  | 'BUG'
  /** Somebody stopped it. */
  | 'CANCELED'
  /** The device's configuration on the server. */
  | 'CONFIGURATION'
  /** The lab: a board, a cable, a server. Trying again may help. */
  | 'INFRASTRUCTURE'
  /** The definition or what it points to. */
  | 'JOB'
  /** A step took longer than the definition allows. */
  | 'LAVA_TIMEOUT'
  /** A node waited in vain for another one. */
  | 'MULTINODE_TIMEOUT'
  /** The test's own set-up. */
  | 'TEST'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** LAVA's levels of a log line. Cuirass' logs are plain text and have none. */
export type LogLevel =
  /** Detail of what the dispatcher does. */
  | 'DEBUG'
  /** What ended the job, or part of it. */
  | 'ERROR'
  /** A fault inside the dispatcher. */
  | 'EXCEPTION'
  /** What another device, or another namespace, printed meanwhile. */
  | 'FEEDBACK'
  /** Progress of the dispatcher. */
  | 'INFO'
  /** What was typed to the device. */
  | 'INPUT'
  /** Start or end of a test case. */
  | 'MARKER'
  /** A test case's result. */
  | 'RESULTS'
  /** What the device printed. */
  | 'TARGET'
  /** A level that this version of Etna does not know, or a line that did not decode. */
  | 'UNRECOGNIZED'
  /** Something odd that did not end the job. */
  | 'WARNING';

/** A key of the definition's `metadata` block and its value. */
export type MetadataFilter = {
  /** The key, exactly. */
  key: string;
  /** The value as text, exactly, as `TestJob.metadata` shows it. */
  value: string;
};

/** Why a test job was left as it is. */
export type NotCanceledReason =
  /** It had ended before. */
  | 'FINISHED'
  /** There is none of this number that you may see. */
  | 'NOT_FOUND';

/** Where a run is in its life. */
export type RunPhase =
  /** It has ended; `outcome` says how. */
  | 'FINISHED'
  /** It waits for a device or a worker. */
  | 'QUEUED'
  /** It is under way. */
  | 'RUNNING';

/** Which test cases of a job; all that are given must hold. */
export type TestJobCaseFilter = {
  /** Of this name. */
  name?: string | null | undefined;
  /** With one of these verdicts. At most 100 items. */
  results?: Array<TestResult> | null | undefined;
  /** In the set of this name. */
  set?: string | null | undefined;
  /** In the suite of this name. */
  suite?: string | null | undefined;
};

/** Which test jobs; all that are given must hold. */
export type TestJobFilter = {
  /** Asking for a device type of one of these architectures. At most 100 items. */
  architectures?: Array<string> | null | undefined;
  /** Submitted later than this. */
  createdAfter?: string | null | undefined;
  /** Submitted earlier than this. */
  createdBefore?: string | null | undefined;
  /** With this text in the definition as LAVA runs it, upper and lower case distinct. */
  definition?: string | null | undefined;
  /** Asking for one of these device types. At most 100 items. */
  deviceTypes?: Array<string> | null | undefined;
  /** Run on one of the devices with these hostnames. At most 100 items. */
  devices?: Array<string> | null | undefined;
  /** With this text in the comment on its failure, upper and lower case alike. */
  failureComment?: string | null | undefined;
  /** Ended later than this. */
  finishedAfter?: string | null | undefined;
  /** Ended earlier than this. */
  finishedBefore?: string | null | undefined;
  /** True: only health checks; false: none of them. */
  healthCheck?: boolean | null | undefined;
  /** With one of these healths. At most 100 items. */
  healths?: Array<TestJobHealth> | null | undefined;
  /** With a higher number than this. */
  jobIdAfter?: string | number | null | undefined;
  /** With a lower number than this. */
  jobIdBefore?: string | number | null | undefined;
  /** With one of these numbers, e.g. `1234`. At most 100 items. */
  jobIds?: Array<string | number> | null | undefined;
  /** With all of these in `TestJob.metadata`. LAVA after 2026.07 looks itself. On an older one, and among jobs from before such a server's upgrade, Etna searches the definitions for its first key and value and looks at each job that it finds: `totalCount` is then null, a page may be short although more follows, and 500 jobs without a single hit are an error (LIMIT_EXCEEDED) that asks for a narrower filter. So it is with a value that is empty, or JSON of a list or mapping. At most 10 items. */
  metadata?: Array<MetadataFilter> | null | undefined;
  /** Of this priority or a higher one. */
  priorityFrom?: number | null | undefined;
  /** Of this priority or a lower one. */
  priorityTo?: number | null | undefined;
  /** Started later than this. */
  startedAfter?: string | null | undefined;
  /** Started earlier than this. */
  startedBefore?: string | null | undefined;
  /** In one of these states. At most 100 items. */
  states?: Array<TestJobState> | null | undefined;
  /** Submitted by a member of one of these groups. `totalCount` is null with several. At most 100 items. */
  submitterGroups?: Array<string> | null | undefined;
  /** Submitted by one of these users. At most 100 items. */
  submitters?: Array<string> | null | undefined;
  /** Asking for at least one of these device tags. `totalCount` is null with several. At most 100 items. */
  tags?: Array<string> | null | undefined;
  /** With this text in the description, upper and lower case alike. */
  text?: string | null | undefined;
  /** That only members of one of these groups (and perhaps others) may see. `totalCount` is null with several. At most 100 items. */
  viewingGroups?: Array<string> | null | undefined;
  /** Run on a device that hangs on one of these workers now. At most 100 items. */
  workers?: Array<string> | null | undefined;
};

/** How a test job went. */
export type TestJobHealth =
  /** Somebody stopped it. */
  | 'CANCELED'
  /** It ran to its end. Test cases may have failed nevertheless: see `resultCounts`. */
  | 'COMPLETE'
  /** It broke off; `failure` says why. */
  | 'INCOMPLETE'
  /** It has not ended yet. */
  | 'UNKNOWN'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** One test job. */
export type TestJobKey =
  {   /** Its `id`; `server` is not needed then. */
  id: string | number; jobId?: never; }
  |  { id?: never;   /** LAVA's number, or `2008.1` for a node of a multinode job. */
  jobId: string | number; };

/** Where a test job is in its life. */
export type TestJobState =
  /** It runs and has been told to stop. */
  | 'CANCELING'
  /** It has ended; `health` says how. */
  | 'FINISHED'
  /** It runs on its device. */
  | 'RUNNING'
  /** A device is reserved for it. */
  | 'SCHEDULED'
  /** Some nodes of a multinode job have their devices, others wait. */
  | 'SCHEDULING'
  /** It waits in the queue. */
  | 'SUBMITTED'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** Verdict of a test case. */
export type TestResult =
  /** It failed. */
  | 'FAIL'
  /** It passed. */
  | 'PASS'
  /** It was not run. */
  | 'SKIP'
  /** It was run without a verdict. */
  | 'UNKNOWN';

/** A finished build compared with the one before it of the same job. */
export type Weather =
  /** It failed, the one before succeeded: broken. */
  | 'NEW_FAILURE'
  /** It succeeded, the one before failed: fixed. */
  | 'NEW_SUCCESS'
  /** Both failed. */
  | 'STILL_FAILING'
  /** Both succeeded. */
  | 'STILL_SUCCEEDING'
  /** Not finished, the first of its job, or its dependency failed, or canceled. */
  | 'UNKNOWN';

export type BuildLineFragment = { buildId: number, job: string, system: string, status: BuildStatus, weather: Weather, evaluationId: number, specificationName: string, startedAt: string | null, finishedAt: string | null, url: string, server: { name: string } };

export type ListBuildsQueryVariables = Exact<{
  filter?: BuildFilter | null | undefined;
  server?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListBuildsQuery = { builds: { nodes: Array<{ buildId: number, job: string, system: string, status: BuildStatus, weather: Weather, evaluationId: number, specificationName: string, startedAt: string | null, finishedAt: string | null, url: string, server: { name: string } } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ListQueueQueryVariables = Exact<{
  job?: string | null | undefined;
  specification?: string | null | undefined;
  system?: string | null | undefined;
  server?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListQueueQuery = { buildQueue: { nodes: Array<{ buildId: number, job: string, system: string, status: BuildStatus, weather: Weather, evaluationId: number, specificationName: string, startedAt: string | null, finishedAt: string | null, url: string, server: { name: string } } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ShowBuildQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
}>;


export type ShowBuildQuery = { build: { nixName: string, derivation: string, priority: number, durationSeconds: number | null, buildId: number, job: string, system: string, status: BuildStatus, weather: Weather, evaluationId: number, specificationName: string, startedAt: string | null, finishedAt: string | null, url: string, outputs: Array<{ name: string, path: string }>, products: Array<{ type: string, url: string }>, evaluation: { checkouts: Array<{ channel: string, commit: string }> } | null, server: { name: string } } | null };

export type ReadBuildLogQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type ReadBuildLogQuery = { build: { id: string, log: { lines: { nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type ListDevicesQueryVariables = Exact<{
  filter?: DeviceFilter | null | undefined;
  server?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListDevicesQuery = { devices: { nodes: Array<{ hostname: string, state: DeviceState, health: DeviceHealth, description: string | null, tags: Array<string> | null, deviceType: { name: string } | null, worker: { hostname: string } | null, currentJob: { jobId: string } | null, server: { name: string } } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type JobLineFragment = { jobId: string, name: string, state: TestJobState, health: TestJobHealth, submitter: string, createdAt: string | null, startedAt: string | null, finishedAt: string | null, url: string, deviceType: { name: string } | null, device: { hostname: string } | null, server: { name: string } };

export type ListTestJobsQueryVariables = Exact<{
  filter?: TestJobFilter | null | undefined;
  server?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListTestJobsQuery = { testJobs: { nodes: Array<{ jobId: string, name: string, state: TestJobState, health: TestJobHealth, submitter: string, createdAt: string | null, startedAt: string | null, finishedAt: string | null, url: string, deviceType: { name: string } | null, device: { hostname: string } | null, server: { name: string } } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ShowTestJobQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type ShowTestJobQuery = { testJob: { priority: number, durationSeconds: number | null, visibility: string | null, tags: Array<string> | null, jobId: string, name: string, state: TestJobState, health: TestJobHealth, submitter: string, createdAt: string | null, startedAt: string | null, finishedAt: string | null, url: string, failure: { kind: FailureKind, message: string | null } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number } | null, build: { buildId: number, job: string, url: string } | null, deviceType: { name: string } | null, device: { hostname: string } | null, server: { name: string } } | null };

export type ReadTestJobLogQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  levels?: Array<LogLevel> | LogLevel | null | undefined;
}>;


export type ReadTestJobLogQuery = { testJob: { id: string, log: { lines: { nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null } | null };

export type ListTestCasesQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  filter?: TestJobCaseFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ListTestCasesQuery = { testJob: { cases: { nodes: Array<{ suiteName: string, set: string | null, name: string, result: TestResult, measurementText: string | null, unit: string | null, loggedAt: string } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type CancelTestJobMutationVariables = Exact<{
  testJob: TestJobKey;
  server?: string | null | undefined;
}>;


export type CancelTestJobMutation = { cancelTestJob:
    | { __typename: 'TestJobCanceled', jobId: string, testJob: { state: TestJobState, health: TestJobHealth } | null }
    | { __typename: 'TestJobNotCanceled', reason: NotCanceledReason, message: string }
   | null };

export type ResubmitTestJobMutationVariables = Exact<{
  testJob: TestJobKey;
  server?: string | null | undefined;
}>;


export type ResubmitTestJobMutation = { resubmitTestJob:
    | { __typename: 'NotFound', message: string }
    | { __typename: 'TestJobRefused', message: string }
    | { __typename: 'TestJobsSubmitted', jobIds: Array<string> }
   | null };

export type SubmitDefinitionMutationVariables = Exact<{
  definition: string;
  server?: string | null | undefined;
}>;


export type SubmitDefinitionMutation = { submitTestJob:
    | { __typename: 'TestJobRefused', message: string }
    | { __typename: 'TestJobsSubmitted', jobIds: Array<string> }
   | null };

export type FindByAddressQueryVariables = Exact<{
  address: string;
}>;


export type FindByAddressQuery = { search: Array<{ server:
      | { name: string }
      | { name: string }
    , node:
      | { buildId: number }
      | { evaluationId: number }
      | { jobId: string }
      | Record<PropertyKey, never>
     }> | null };

export type LogTextFragment = { number: number, time: string | null, level: LogLevel | null, text: string };

export type LogLinesFragment = { nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string } | null>, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

export type WaitForTestJobsSubscriptionVariables = Exact<{
  jobIds?: Array<string | number> | string | number | null | undefined;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WaitForTestJobsSubscription = { testJobUpdates: { cursor: string, state: TestJobState, health: TestJobHealth, testJob: { id: string, jobId: string, name: string, failure: { kind: FailureKind, message: string | null } | null } } };

export type WaitForBuildsSubscriptionVariables = Exact<{
  buildIds?: Array<number> | number | null | undefined;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WaitForBuildsSubscription = { buildUpdates: { cursor: string, status: BuildStatus, build: { id: string, buildId: number, job: string, phase: RunPhase } } };

export type WaitForEvaluationSubscriptionVariables = Exact<{
  evaluationId?: number | null | undefined;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WaitForEvaluationSubscription = { evaluationUpdates: { cursor: string, status: EvaluationStatus, counts: { total: number, succeeded: number, failed: number, canceled: number, pending: number } | null, evaluation: { evaluationId: number, specificationName: string } } };

export type TailLogSubscriptionVariables = Exact<{
  run: string | number;
  from: number;
}>;


export type TailLogSubscription = { logLines: { nextLine: number, finished: boolean, lines: Array<{ number: number, time: string | null, level: LogLevel | null, text: string }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const BuildLineFragmentDoc = new TypedDocumentString(`
    fragment BuildLine on Build {
  buildId
  job
  system
  status
  weather
  evaluationId
  specificationName
  startedAt
  finishedAt
  url
  server {
    name
  }
}
    `, {"fragmentName":"BuildLine"}) as unknown as TypedDocumentString<BuildLineFragment, unknown>;
export const JobLineFragmentDoc = new TypedDocumentString(`
    fragment JobLine on TestJob {
  jobId
  name
  state
  health
  submitter
  createdAt
  startedAt
  finishedAt
  url
  deviceType {
    name
  }
  device {
    hostname
  }
  server {
    name
  }
}
    `, {"fragmentName":"JobLine"}) as unknown as TypedDocumentString<JobLineFragment, unknown>;
export const LogTextFragmentDoc = new TypedDocumentString(`
    fragment LogText on LogLine {
  number
  time
  level
  text
}
    `, {"fragmentName":"LogText"}) as unknown as TypedDocumentString<LogTextFragment, unknown>;
export const LogLinesFragmentDoc = new TypedDocumentString(`
    fragment LogLines on LogLineConnection {
  nodes {
    ...LogText
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
    fragment LogText on LogLine {
  number
  time
  level
  text
}`, {"fragmentName":"LogLines"}) as unknown as TypedDocumentString<LogLinesFragment, unknown>;
export const ListBuildsDocument = new TypedDocumentString(`
    query ListBuilds($filter: BuildFilter, $server: String, $first: Int!, $after: String) {
  builds(filter: $filter, server: $server, first: $first, after: $after) {
    nodes {
      ...BuildLine
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment BuildLine on Build {
  buildId
  job
  system
  status
  weather
  evaluationId
  specificationName
  startedAt
  finishedAt
  url
  server {
    name
  }
}`) as unknown as TypedDocumentString<ListBuildsQuery, ListBuildsQueryVariables>;
export const ListQueueDocument = new TypedDocumentString(`
    query ListQueue($job: String, $specification: String, $system: String, $server: String, $first: Int!, $after: String) {
  buildQueue(
    job: $job
    specification: $specification
    system: $system
    server: $server
    first: $first
    after: $after
  ) {
    nodes {
      ...BuildLine
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment BuildLine on Build {
  buildId
  job
  system
  status
  weather
  evaluationId
  specificationName
  startedAt
  finishedAt
  url
  server {
    name
  }
}`) as unknown as TypedDocumentString<ListQueueQuery, ListQueueQueryVariables>;
export const ShowBuildDocument = new TypedDocumentString(`
    query ShowBuild($buildId: Int!, $server: String) {
  build(buildId: $buildId, server: $server) {
    ...BuildLine
    nixName
    derivation
    priority
    durationSeconds
    outputs {
      name
      path
    }
    products {
      type
      url
    }
    evaluation {
      checkouts {
        channel
        commit
      }
    }
  }
}
    fragment BuildLine on Build {
  buildId
  job
  system
  status
  weather
  evaluationId
  specificationName
  startedAt
  finishedAt
  url
  server {
    name
  }
}`) as unknown as TypedDocumentString<ShowBuildQuery, ShowBuildQueryVariables>;
export const ReadBuildLogDocument = new TypedDocumentString(`
    query ReadBuildLog($buildId: Int!, $server: String, $first: Int, $after: String, $last: Int, $before: String) {
  build(buildId: $buildId, server: $server) {
    id
    log {
      lines(first: $first, after: $after, last: $last, before: $before) {
        ...LogLines
      }
    }
  }
}
    fragment LogText on LogLine {
  number
  time
  level
  text
}
fragment LogLines on LogLineConnection {
  nodes {
    ...LogText
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`) as unknown as TypedDocumentString<ReadBuildLogQuery, ReadBuildLogQueryVariables>;
export const ListDevicesDocument = new TypedDocumentString(`
    query ListDevices($filter: DeviceFilter, $server: String, $first: Int!, $after: String) {
  devices(filter: $filter, server: $server, first: $first, after: $after) {
    nodes {
      hostname
      state
      health
      description
      tags
      deviceType {
        name
      }
      worker {
        hostname
      }
      currentJob {
        jobId
      }
      server {
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListDevicesQuery, ListDevicesQueryVariables>;
export const ListTestJobsDocument = new TypedDocumentString(`
    query ListTestJobs($filter: TestJobFilter, $server: String, $first: Int!, $after: String) {
  testJobs(filter: $filter, server: $server, first: $first, after: $after) {
    nodes {
      ...JobLine
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment JobLine on TestJob {
  jobId
  name
  state
  health
  submitter
  createdAt
  startedAt
  finishedAt
  url
  deviceType {
    name
  }
  device {
    hostname
  }
  server {
    name
  }
}`) as unknown as TypedDocumentString<ListTestJobsQuery, ListTestJobsQueryVariables>;
export const ShowTestJobDocument = new TypedDocumentString(`
    query ShowTestJob($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    ...JobLine
    priority
    durationSeconds
    visibility
    tags
    failure {
      kind
      message
    }
    resultCounts {
      pass
      fail
      skip
      unknown
    }
    build {
      buildId
      job
      url
    }
  }
}
    fragment JobLine on TestJob {
  jobId
  name
  state
  health
  submitter
  createdAt
  startedAt
  finishedAt
  url
  deviceType {
    name
  }
  device {
    hostname
  }
  server {
    name
  }
}`) as unknown as TypedDocumentString<ShowTestJobQuery, ShowTestJobQueryVariables>;
export const ReadTestJobLogDocument = new TypedDocumentString(`
    query ReadTestJobLog($jobId: ID!, $server: String, $first: Int, $after: String, $last: Int, $before: String, $levels: [LogLevel!]) {
  testJob(jobId: $jobId, server: $server) {
    id
    log {
      lines(
        first: $first
        after: $after
        last: $last
        before: $before
        levels: $levels
      ) {
        ...LogLines
      }
    }
  }
}
    fragment LogText on LogLine {
  number
  time
  level
  text
}
fragment LogLines on LogLineConnection {
  nodes {
    ...LogText
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`) as unknown as TypedDocumentString<ReadTestJobLogQuery, ReadTestJobLogQueryVariables>;
export const ListTestCasesDocument = new TypedDocumentString(`
    query ListTestCases($jobId: ID!, $server: String, $filter: TestJobCaseFilter, $first: Int!, $after: String) {
  testJob(jobId: $jobId, server: $server) {
    cases(filter: $filter, first: $first, after: $after) {
      nodes {
        suiteName
        set
        name
        result
        measurementText
        unit
        loggedAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListTestCasesQuery, ListTestCasesQueryVariables>;
export const CancelTestJobDocument = new TypedDocumentString(`
    mutation CancelTestJob($testJob: TestJobKey!, $server: String) {
  cancelTestJob(testJob: $testJob, server: $server) {
    __typename
    ... on TestJobCanceled {
      jobId
      testJob {
        state
        health
      }
    }
    ... on TestJobNotCanceled {
      reason
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelTestJobMutation, CancelTestJobMutationVariables>;
export const ResubmitTestJobDocument = new TypedDocumentString(`
    mutation ResubmitTestJob($testJob: TestJobKey!, $server: String) {
  resubmitTestJob(testJob: $testJob, server: $server) {
    __typename
    ... on TestJobsSubmitted {
      jobIds
    }
    ... on TestJobRefused {
      message
    }
    ... on NotFound {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResubmitTestJobMutation, ResubmitTestJobMutationVariables>;
export const SubmitDefinitionDocument = new TypedDocumentString(`
    mutation SubmitDefinition($definition: String!, $server: String) {
  submitTestJob(definition: $definition, server: $server) {
    __typename
    ... on TestJobsSubmitted {
      jobIds
    }
    ... on TestJobRefused {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SubmitDefinitionMutation, SubmitDefinitionMutationVariables>;
export const FindByAddressDocument = new TypedDocumentString(`
    query FindByAddress($address: String!) {
  search(text: $address, first: 1) {
    server {
      name
    }
    node {
      ... on TestJob {
        jobId
      }
      ... on Build {
        buildId
      }
      ... on Evaluation {
        evaluationId
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FindByAddressQuery, FindByAddressQueryVariables>;
export const WaitForTestJobsDocument = new TypedDocumentString(`
    subscription WaitForTestJobs($jobIds: [ID!], $server: String, $after: String) {
  testJobUpdates(jobIds: $jobIds, server: $server, after: $after) {
    cursor
    state
    health
    testJob {
      id
      jobId
      name
      failure {
        kind
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WaitForTestJobsSubscription, WaitForTestJobsSubscriptionVariables>;
export const WaitForBuildsDocument = new TypedDocumentString(`
    subscription WaitForBuilds($buildIds: [Int!], $server: String, $after: String) {
  buildUpdates(buildIds: $buildIds, server: $server, after: $after) {
    cursor
    status
    build {
      id
      buildId
      job
      phase
    }
  }
}
    `) as unknown as TypedDocumentString<WaitForBuildsSubscription, WaitForBuildsSubscriptionVariables>;
export const WaitForEvaluationDocument = new TypedDocumentString(`
    subscription WaitForEvaluation($evaluationId: Int, $server: String, $after: String) {
  evaluationUpdates(
    evaluationId: $evaluationId
    server: $server
    builds: true
    after: $after
  ) {
    cursor
    status
    counts {
      total
      succeeded
      failed
      canceled
      pending
    }
    evaluation {
      evaluationId
      specificationName
    }
  }
}
    `) as unknown as TypedDocumentString<WaitForEvaluationSubscription, WaitForEvaluationSubscriptionVariables>;
export const TailLogDocument = new TypedDocumentString(`
    subscription TailLog($run: ID!, $from: Int!) {
  logLines(run: $run, from: $from) {
    lines {
      ...LogText
    }
    nextLine
    finished
  }
}
    fragment LogText on LogLine {
  number
  time
  level
  text
}`) as unknown as TypedDocumentString<TailLogSubscription, TailLogSubscriptionVariables>;