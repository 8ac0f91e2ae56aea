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

/** Where news of a server come from. */
export type EventFeed =
  /** None: a server that is polled does not answer. While somebody watches, it is tried every 5 seconds at least. */
  | 'AWAY'
  /** Regular reads of what somebody watches: the server has no publisher, or it is out of reach. */
  | 'POLL'
  /** The server's own publisher, over its websocket: ZeroMQ is out of reach. */
  | 'WEBSOCKET'
  /** The server's own publisher, over ZeroMQ. */
  | 'ZMQ';

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

/** What lies between two health checks of a device. */
export type HealthCheckUnit =
  /** So many hours. */
  | 'HOURS'
  /** So many test jobs. */
  | 'JOBS'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** What a link between a test job and a build or an evaluation rests on. All but COMMIT are exact. */
export type LinkEvidence =
  /** The definition holds the address of the build's page outside its metadata. */
  | 'BUILD_URL'
  /** The definition names a commit that the evaluation is of: in `metadata` under `commit`, `git-commit` or `source-sha`, or as a test's `revision`. Several evaluations may be of one commit, and each has many builds. */
  | 'COMMIT'
  /** The definition's `metadata` names it: a build by `build-url`, `build-id`, `store-path` or `derivation`, an evaluation by `evaluation-url` or `evaluation`. */
  | 'METADATA'
  /** The definition downloads one of the build's products. */
  | 'PRODUCT_URL'
  /** The definition uses a file inside an output of the build. */
  | 'STORE_PATH';

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

/** How a test job went, against the one before it. */
export type NotifyChange =
  /** Complete after an incomplete one; goes with status COMPLETE. */
  | 'PROGRESSION'
  /** Incomplete after a complete one; goes with status INCOMPLETE. */
  | 'REGRESSION'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** How somebody is told. */
export type NotifyMethod =
  /** By mail. */
  | 'EMAIL'
  /** By a message on IRC. */
  | 'IRC'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** When people are told about a test job. */
export type NotifyStatus =
  /** When it has begun and when it has ended. */
  | 'ALL'
  /** When it was canceled. */
  | 'CANCELED'
  /** When it has run to its end. */
  | 'COMPLETE'
  /** When it has ended, however. */
  | 'FINISHED'
  /** When it has broken off. */
  | 'INCOMPLETE'
  /** When it has begun. */
  | 'RUNNING'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** How much a mail says. */
export type NotifyVerbosity =
  /** Less; LAVA's default. */
  | 'QUIET'
  /** How it went, nothing else. */
  | 'STATUS_ONLY'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED'
  /** The job, its device and its results. */
  | 'VERBOSE';

/** Which way a list goes. */
export type OrderDirection =
  /** The lowest or earliest first. */
  | 'ASC'
  /** The highest or latest first. */
  | 'DESC';

/** How the run itself ended. LAVA's Complete succeeds even with failing test cases: those count in `verdict`. */
export type RunOutcome =
  /** Somebody stopped it. */
  | 'CANCELED'
  /** It broke off or could not be done. */
  | 'FAILED'
  /** It has not ended yet. */
  | 'PENDING'
  /** It ran to its end. */
  | 'SUCCEEDED'
  /** It ended with a word or code that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** Where a run is in its life. */
export type RunPhase =
  /** It has ended; `outcome` says how. */
  | 'FINISHED'
  /** It waits for a device or a worker. */
  | 'QUEUED'
  /** It is under way. */
  | 'RUNNING';

/** Where a text was found. */
export type SearchMatch =
  /** It is the address of the thing's page. */
  | 'ADDRESS'
  /** An evaluation is of this commit; looked for among the newest 50 of each Cuirass. */
  | 'COMMIT'
  /** It is in a test job's definition; the newest are shown. */
  | 'DEFINITION'
  /** It is in a test job's description; the newest are shown. */
  | 'DESCRIPTION'
  /** It is in the name of a device type. */
  | 'DEVICE_TYPE'
  /** It is in the name of a device or a worker. */
  | 'HOSTNAME'
  /** It is the name of a Cuirass job, with or without the system; the newest builds are shown. */
  | 'JOB'
  /** It is the number of a test job (`1234` or `2008.1`), a build or an evaluation. */
  | 'NUMBER'
  /** It is in the name of a specification. */
  | 'SPECIFICATION'
  /** It is a build's derivation or one of its outputs. */
  | 'STORE_PATH';

/** What an event of a LAVA server is about. */
export type ServerEventTopic =
  /** A device's state or health has changed (`.device`). */
  | 'DEVICE'
  /** A test has sent a message with `lava-test-event` (`.event`). */
  | 'MESSAGE'
  /** A test job's state or health has changed (`.testjob`). */
  | 'TEST_JOB'
  /** A worker's state or health has changed (`.worker`). */
  | 'WORKER';

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

/** In which order test jobs come. */
export type TestJobOrder = {
  /** Which way. */
  direction?: OrderDirection;
  /** What they are ordered by. */
  field: TestJobOrderField;
};

/** What test jobs are ordered by. Those of the same moment are ordered by number. */
export type TestJobOrderField =
  /** When they were submitted. */
  | 'CREATED_AT'
  /** When they ended. Those that have not are first in descending order, last in ascending. */
  | 'FINISHED_AT'
  /** Their number. The cheapest order, and nearly the same as that of submission. */
  | 'ID'
  /** When they started. Those that have not are first in descending order, last in ascending. */
  | 'STARTED_AT';

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

/** How Etna learned of a change. */
export type UpdateSource =
  /** The server's publisher told it. */
  | 'BUS'
  /** A regular read found it, since there is no publisher in reach. */
  | 'POLL'
  /** A read found it that the publisher had not told: its event was lost. */
  | 'REPAIRED'
  /** The state at the time of the subscription. */
  | 'SNAPSHOT';

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

/** Whether a worker can be used. */
export type WorkerHealth =
  /** Its devices get test jobs. */
  | 'ACTIVE'
  /** Taken out of use by an administrator. */
  | 'MAINTENANCE'
  /** Gone for good. */
  | 'RETIRED'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

/** Whether a worker is heard of. */
export type WorkerState =
  /** It has been silent for a minute or more. */
  | 'OFFLINE'
  /** It pings the server. */
  | 'ONLINE'
  /** A word that this version of Etna does not know. */
  | 'UNRECOGNIZED';

export type BoardListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  server?: string | null | undefined;
  filter?: DeviceFilter | null | undefined;
}>;


export type BoardListQuery = { devices: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, hostname: string, state: DeviceState, health: DeviceHealth, description: string | null, tags: Array<string> | null, synced: boolean | null, deviceType: { id: string, name: string } | null, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth } | null, currentJob: { id: string, jobId: string, name: string, startedAt: string | null } | null, server: { id: string, name: string } } | null> } | null };

export type BoardQueryVariables = Exact<{
  hostname: string;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type BoardQuery = { device: { id: string, hostname: string, state: DeviceState, health: DeviceHealth, description: string | null, tags: Array<string> | null, synced: boolean | null, hasHealthCheck: boolean | null, deviceType: { id: string, name: string, healthCheck: { frequency: number, denominator: HealthCheckUnit, disabled: boolean }, queue: { length: number | null } } | null, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth, lastPing: string | null } | null, currentJob: { id: string, jobId: string, name: string, startedAt: string | null, durationSeconds: number | null } | null, lastHealthCheck: { id: string, jobId: string, health: TestJobHealth, finishedAt: string | null, failure: { kind: FailureKind, message: string | null } | null } | null, lastJobs: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, healthCheck: boolean, submitter: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null } | null> } | null, server: { id: string, name: string } } | null };

export type BoardDictionaryQueryVariables = Exact<{
  hostname: string;
  server?: string | null | undefined;
}>;


export type BoardDictionaryQuery = { device: { id: string, dictionary: string | null } | null };

export type OneBoardUpdatesSubscriptionVariables = Exact<{
  hostname: string;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type OneBoardUpdatesSubscription = { deviceUpdates: { cursor: string, cursorExpired: boolean, device: { id: string, state: DeviceState, health: DeviceHealth, currentJob: { id: string, jobId: string, name: string, startedAt: string | null } | null } } };

export type SetBoardHealthMutationVariables = Exact<{
  hostname: string;
  server?: string | null | undefined;
  health: DeviceHealth;
  reason?: string | null | undefined;
}>;


export type SetBoardHealthMutation = { setDeviceHealth:
    | { __typename: 'DeviceHealthChanged', previousHealth: DeviceHealth, reasonRecorded: boolean, device: { id: string, health: DeviceHealth } | null }
    | { __typename: 'HealthRefused', message: string }
    | { __typename: 'NotFound', message: string }
   | null };

export type BuildHeadQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
}>;


export type BuildHeadQuery = { build: { id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, priority: number, derivation: string, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, url: string, outputs: Array<{ name: string, path: string }>, products: Array<{ productId: number, type: string, path: string, sizeBytes: number, url: string }>, evaluation: { id: string, evaluationId: number, status: EvaluationStatus, checkouts: Array<{ channel: string, commit: string }> } | null, server: { id: string, name: string } } | null };

export type BuildTestsQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type BuildTestsQuery = { build: { id: string, testJobs: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ evidence: LinkEvidence, matched: string, node: { id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, server: { id: string, name: string }, device: { id: string, hostname: string } | null, deviceType: { id: string, name: string } | null, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null, suites: Array<{ id: string, name: string, internal: boolean, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } }> | null, failing: { totalCount: number | null, nodes: Array<{ id: string, suiteName: string, set: string | null, name: string, startLogLine: number | null, endLogLine: number | null } | null> } | null } | null }> } | null } | null };

export type BuildPreviousQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
}>;


export type BuildPreviousQuery = { build: { id: string, previous: { id: string, buildId: number, evaluationId: number, server: { id: string, name: string }, testJobs: { nodes: Array<{ id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, deviceType: { id: string, name: string } | null, server: { id: string, name: string } } | null> } | null } | null } | null };

export type CaseLogQueryVariables = Exact<{
  id: string | number;
}>;


export type CaseLogQuery = { node:
    | { id: string, log: { lines: { totalCount: number | null, nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string } | null> } | null } | null }
    | Record<PropertyKey, never>
   | null };

export type BuildBeforeQueryVariables = Exact<{
  specification: string;
  job: string;
}>;


export type BuildBeforeQuery = { builds: { nodes: Array<{ id: string, buildId: number, status: BuildStatus, finishedAt: string | null, evaluationId: number } | null> } | null };

export type BuildLogWindowQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
  first?: number | null | undefined;
  from?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  contains?: string | null | undefined;
}>;


export type BuildLogWindowQuery = { build: { log: { lines: { pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string } | null> } | null } | null } | null };

export type BuildLogSizeQueryVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
}>;


export type BuildLogSizeQuery = { build: { log: { lineCount: number | null, rawUrl: string } | null } | null };

export type BuildUpdateSubscriptionVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type BuildUpdateSubscription = { buildUpdates: { cursor: string, cursorExpired: boolean, status: BuildStatus, build: { id: string, status: BuildStatus, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, weather: Weather } } };

export type TestedJobUpdatesSubscriptionVariables = Exact<{
  jobIds: Array<string | number> | string | number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type TestedJobUpdatesSubscription = { testJobUpdates: { cursor: string, cursorExpired: boolean, state: TestJobState, health: TestJobHealth, resultsReady: boolean, testJob: { id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, server: { id: string, name: string }, device: { id: string, hostname: string } | null, deviceType: { id: string, name: string } | null, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null, suites: Array<{ id: string, name: string, internal: boolean, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } }> | null, failing: { totalCount: number | null, nodes: Array<{ id: string, suiteName: string, set: string | null, name: string, startLogLine: number | null, endLogLine: number | null } | null> } | null } } };

export type RestartBuildMutationVariables = Exact<{
  buildId: number;
  server?: string | null | undefined;
}>;


export type RestartBuildMutation = { restartBuild:
    | { __typename: 'BuildRestarted', build: { id: string, status: BuildStatus } | null }
    | { __typename: 'CuirassRefused', message: string }
   | null };

export type TestedJobFragment = { id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, server: { id: string, name: string }, device: { id: string, hostname: string } | null, deviceType: { id: string, name: string } | null, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null, suites: Array<{ id: string, name: string, internal: boolean, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } }> | null, failing: { totalCount: number | null, nodes: Array<{ id: string, suiteName: string, set: string | null, name: string, startLogLine: number | null, endLogLine: number | null } | null> } | null };

export type BuildListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  server?: string | null | undefined;
  filter?: BuildFilter | null | undefined;
}>;


export type BuildListQuery = { builds: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } } | null> } | null };

export type BuildQueueListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  server?: string | null | undefined;
  specification?: string | null | undefined;
  system?: string | null | undefined;
}>;


export type BuildQueueListQuery = { buildQueue: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } } | null> } | null };

export type SpecificationListQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type SpecificationListQuery = { specifications: Array<{ id: string, name: string, systems: Array<string>, priority: number, channels: Array<{ name: string, branch: string | null, commit: string | null }>, server: { id: string, name: string } } | null> | null };

export type ListedBuildFragment = { id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } };

export type EvaluationHeadQueryVariables = Exact<{
  evaluationId: number;
  server?: string | null | undefined;
}>;


export type EvaluationHeadQuery = { evaluation: { id: string, evaluationId: number, specificationName: string, status: EvaluationStatus, startedAt: string | null, checkoutsAt: string | null, evaluatedAt: string | null, url: string, checkouts: Array<{ channel: string, commit: string }>, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number, byStatus: Array<{ status: BuildStatus, count: number }> } | null, server: { id: string, name: string } } | null };

export type EvaluationJobsQueryVariables = Exact<{
  evaluationId: number;
  server?: string | null | undefined;
  statuses?: Array<BuildStatus> | BuildStatus | null | undefined;
  system?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type EvaluationJobsQuery = { evaluation: { id: string, jobs: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ name: string, status: BuildStatus, buildId: number } | null> } | null } | null };

export type EvaluationTestsQueryVariables = Exact<{
  evaluationId: number;
  server?: string | null | undefined;
}>;


export type EvaluationTestsQuery = { evaluation: { id: string, testJobs: { totalCount: number | null, edges: Array<{ evidence: LinkEvidence, matched: string, node: { id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, server: { id: string, name: string }, device: { id: string, hostname: string } | null, resultCounts: { pass: number, fail: number, total: number } | null } | null }> } | null } | null };

export type EvaluationBeforeQueryVariables = Exact<{
  specification: string;
  server?: string | null | undefined;
}>;


export type EvaluationBeforeQuery = { evaluations: { nodes: Array<{ id: string, evaluationId: number, evaluatedAt: string | null } | null> } | null };

export type EvaluationComparisonQueryVariables = Exact<{
  before: string | number;
  after: string | number;
}>;


export type EvaluationComparisonQuery = { compareRuns:
    | { __typename: 'EvaluationComparison', unchangedCount: number, before: { id: string, evaluationId: number }, newFailures: { totalCount: number | null, nodes: Array<{ name: string, before: { buildId: number, status: BuildStatus } | null, after: { buildId: number, status: BuildStatus } | null } | null> }, fixed: { totalCount: number | null, nodes: Array<{ name: string, before: { buildId: number, status: BuildStatus } | null, after: { buildId: number, status: BuildStatus } | null } | null> }, stillFailing: { totalCount: number | null, nodes: Array<{ name: string, before: { buildId: number, status: BuildStatus } | null, after: { buildId: number, status: BuildStatus } | null } | null> }, missing: { totalCount: number | null, nodes: Array<{ name: string } | null> } }
    | { __typename: 'TestJobComparison' }
   | null };

export type EvaluationUpdateSubscriptionVariables = Exact<{
  evaluationId: number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type EvaluationUpdateSubscription = { evaluationUpdates: { cursor: string, cursorExpired: boolean, status: EvaluationStatus, evaluation: { id: string, status: EvaluationStatus, evaluatedAt: string | null, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number } | null } } };

export type ChangeFragment = { name: string, before: { buildId: number, status: BuildStatus } | null, after: { buildId: number, status: BuildStatus } | null };

export type EvaluationListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  server?: string | null | undefined;
  specification?: string | null | undefined;
  commit?: string | null | undefined;
}>;


export type EvaluationListQuery = { evaluations: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, evaluationId: number, specificationName: string, status: EvaluationStatus, startedAt: string | null, evaluatedAt: string | null, checkouts: Array<{ channel: string, commit: string }>, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number } | null, server: { id: string, name: string } } | null> } | null };

export type EventFeedQueryVariables = Exact<{
  last?: number | null | undefined;
  topics?: Array<ServerEventTopic> | ServerEventTopic | null | undefined;
  server?: string | null | undefined;
}>;


export type EventFeedQuery = { events: Array<{ cursor: string, uuid: string, time: string, topic: ServerEventTopic, user: string, state: string | null, health: string | null, message: string | null, testJob: { id: string, jobId: string, name: string } | null, device: { id: string, hostname: string } | null, worker: { id: string, hostname: string } | null, server: { id: string, name: string } }> | null };

export type LiveEventsSubscriptionVariables = Exact<{
  topics?: Array<ServerEventTopic> | ServerEventTopic | null | undefined;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type LiveEventsSubscription = { serverEvents: { cursor: string, uuid: string, time: string, topic: ServerEventTopic, user: string, state: string | null, health: string | null, message: string | null, testJob: { id: string, jobId: string, name: string } | null, device: { id: string, hostname: string } | null, worker: { id: string, hostname: string } | null, server: { id: string, name: string } } };

export type EventFragment = { cursor: string, uuid: string, time: string, topic: ServerEventTopic, user: string, state: string | null, health: string | null, message: string | null, testJob: { id: string, jobId: string, name: string } | null, device: { id: string, hostname: string } | null, worker: { id: string, hostname: string } | null, server: { id: string, name: string } };

export type ServersQueryVariables = Exact<{ [key: string]: never; }>;


export type ServersQuery = { servers: Array<
    | { __typename: 'CuirassServer', id: string, name: string, url: string, reachable: boolean, unreachableSince: string | null, version: string | null, events: { source: EventFeed, connected: boolean, lastEventAt: string | null } }
    | { __typename: 'LavaServer', id: string, name: string, url: string, reachable: boolean, unreachableSince: string | null, version: string | null, events: { source: EventFeed, connected: boolean, lastEventAt: string | null } }
  > };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { accounts: Array<{ user: string | null, server: { id: string, name: string } }> } };

export type SearchQueryVariables = Exact<{
  text: string;
}>;


export type SearchQuery = { search: Array<{ matched: SearchMatch, server:
      | { id: string, name: string }
      | { id: string, name: string }
    , node:
      | { __typename: 'Build', buildId: number, job: string, status: BuildStatus, id: string }
      | { __typename: 'CuirassServer', id: string }
      | { __typename: 'Device', hostname: string, id: string, deviceState: DeviceState, deviceHealth: DeviceHealth }
      | { __typename: 'DeviceType', id: string, typeName: string }
      | { __typename: 'Evaluation', evaluationId: number, specificationName: string, id: string, evaluationStatus: EvaluationStatus }
      | { __typename: 'LavaServer', id: string }
      | { __typename: 'Specification', id: string, specification: string }
      | { __typename: 'TestCase', id: string }
      | { __typename: 'TestJob', jobId: string, name: string, state: TestJobState, health: TestJobHealth, id: string }
      | { __typename: 'TestSuite', id: string }
      | { __typename: 'Worker', id: string, workerName: string }
     }> | null };

export type JobHeadQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobHeadQuery = { testJob: { id: string, jobId: string, subId: string | null, name: string, state: TestJobState, health: TestJobHealth, phase: RunPhase, outcome: RunOutcome, priority: number, submitter: string, healthCheck: boolean, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, viewingGroups: Array<string> | null, url: string, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null, device: { id: string, hostname: string, state: DeviceState, health: DeviceHealth, worker: { id: string, hostname: string } | null } | null, deviceType: { id: string, name: string } | null, metadata: Array<{ key: string, value: string }>, multinode: { size: number, role: string | null, siblings: Array<{ id: string, jobId: string, subId: string | null, state: TestJobState, health: TestJobHealth }> | null } | null, server: { id: string, name: string } } | null };

export type JobBuildQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobBuildQuery = { testJob: { id: string, buildLinks: Array<{ evidence: LinkEvidence, matched: string, build: { id: string, buildId: number, job: string, nixName: string, status: BuildStatus, evaluationId: number, server: { id: string, name: string } } }> | null, evaluationLinks: Array<{ evidence: LinkEvidence, matched: string, evaluation: { id: string, evaluationId: number, specificationName: string, checkouts: Array<{ channel: string, commit: string }>, server: { id: string, name: string } } }> | null } | null };

export type JobResultsQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobResultsQuery = { testJob: { id: string, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null, suites: Array<{ id: string, name: string, internal: boolean, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number }, sets: Array<{ name: string, resultCounts: { pass: number, fail: number, total: number } }> }> | null, failing: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, caseId: string, suiteName: string, set: string | null, name: string, result: TestResult, measurement: number | null, unit: string | null, durationSeconds: number | null, startLogLine: number | null, endLogLine: number | null, reference: string | null } | null> } | null } | null };

export type JobSuiteCasesQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  suite: string;
  results?: Array<TestResult> | TestResult | null | undefined;
  name?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type JobSuiteCasesQuery = { testJob: { id: string, cases: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, caseId: string, suiteName: string, set: string | null, name: string, result: TestResult, measurement: number | null, unit: string | null, durationSeconds: number | null, startLogLine: number | null, endLogLine: number | null, reference: string | null } | null> } | null } | null };

export type JobLogWindowQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  first?: number | null | undefined;
  from?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  levels?: Array<LogLevel> | LogLevel | null | undefined;
  contains?: string | null | undefined;
}>;


export type JobLogWindowQuery = { testJob: { log: { lines: { pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, nodes: Array<{ number: number, time: string | null, level: LogLevel | null, text: string, result: { suite: string, name: string, result: TestResult } | null } | null> } | null } | null } | null };

export type JobErrorsQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobErrorsQuery = { testJob: { id: string, log: { lines: { nodes: Array<{ number: number, text: string } | null> } | null } | null } | null };

export type JobLogSizeQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobLogSizeQuery = { testJob: { log: { lineCount: number | null, rawUrl: string } | null } | null };

export type JobCaseLinesQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobCaseLinesQuery = { testJob: { id: string, cases: { nodes: Array<{ id: string, name: string, result: TestResult, startLogLine: number | null, endLogLine: number | null } | null> } | null } | null };

export type JobDefinitionQueryVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type JobDefinitionQuery = { testJob: { id: string, definition: string | null, originalDefinition: string | null, notify: { verbosity: NotifyVerbosity, criteria: { status: NotifyStatus, type: NotifyChange | null }, recipients: Array<{ method: NotifyMethod, user: string | null, email: string | null }> } | null } | null };

export type JobPreviousQueryVariables = Exact<{
  text: string;
  deviceType: string;
  before: string | number;
  server?: string | null | undefined;
}>;


export type JobPreviousQuery = { testJobs: { nodes: Array<{ id: string, jobId: string, name: string, health: TestJobHealth, finishedAt: string | null } | null> } | null };

export type JobComparisonQueryVariables = Exact<{
  before: string | number;
  after: string | number;
}>;


export type JobComparisonQuery = { compareRuns:
    | { __typename: 'EvaluationComparison' }
    | { __typename: 'TestJobComparison', unchangedCount: number, before: { id: string, jobId: string, name: string }, newFailures: { totalCount: number | null, nodes: Array<{ suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null } | null> }, fixed: { totalCount: number | null, nodes: Array<{ suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null } | null> }, stillFailing: { totalCount: number | null, nodes: Array<{ suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null } | null> }, missing: { totalCount: number | null, nodes: Array<{ suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null } | null> }, measurementChanges: { totalCount: number | null, nodes: Array<{ suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null } | null> } }
   | null };

export type JobUpdateSubscriptionVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type JobUpdateSubscription = { testJobUpdates: { cursor: string, cursorExpired: boolean, source: UpdateSource, state: TestJobState, health: TestJobHealth, resultsReady: boolean, testJob: { id: string, state: TestJobState, health: TestJobHealth, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, device: { id: string, hostname: string } | null, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null } } };

export type JobLogTailSubscriptionVariables = Exact<{
  id: string | number;
  from: number;
}>;


export type JobLogTailSubscription = { logLines: { nextLine: number, finished: boolean, lines: Array<{ number: number, time: string | null, level: LogLevel | null, text: string, result: { suite: string, name: string, result: TestResult } | null }> } };

export type CancelJobMutationVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type CancelJobMutation = { cancelTestJob:
    | { __typename: 'TestJobCanceled', testJob: { id: string, state: TestJobState, health: TestJobHealth } | null }
    | { __typename: 'TestJobNotCanceled', message: string }
   | null };

export type ResubmitJobMutationVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type ResubmitJobMutation = { resubmitTestJob:
    | { __typename: 'NotFound', message: string }
    | { __typename: 'TestJobRefused', message: string }
    | { __typename: 'TestJobsSubmitted', jobIds: Array<string> }
   | null };

export type CaseRowFragment = { id: string, caseId: string, suiteName: string, set: string | null, name: string, result: TestResult, measurement: number | null, unit: string | null, durationSeconds: number | null, startLogLine: number | null, endLogLine: number | null, reference: string | null };

export type CaseChangeFragment = { suiteName: string, set: string | null, name: string, measurementChange: number | null, measurementRatio: number | null, before: { id: string, result: TestResult, measurement: number | null, unit: string | null } | null, after: { id: string, result: TestResult, measurement: number | null, unit: string | null, startLogLine: number | null, endLogLine: number | null } | null };

export type JobListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  server?: string | null | undefined;
  filter?: TestJobFilter | null | undefined;
  orderBy?: TestJobOrder | null | undefined;
}>;


export type JobListQuery = { testJobs: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, priority: number, submitter: string, healthCheck: boolean, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, device: { id: string, hostname: string } | null, deviceType: { id: string, name: string } | null, server: { id: string, name: string } } | null> } | null };

export type JobListCountsQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type JobListCountsQuery = { nodes: Array<
    | { id: string, failure: { kind: FailureKind, message: string | null } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null }
    | Record<PropertyKey, never>
   | null> };

export type QueueByTypeQueryVariables = Exact<{
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type QueueByTypeQuery = { deviceTypes: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, name: string, deviceCounts: { total: number, idle: number, running: number, reserved: number, good: number, bad: number, maintenance: number, unknown: number } | null, queue: { length: number | null }, server: { id: string, name: string } } | null> } | null };

export type WallBoardsQueryVariables = Exact<{
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WallBoardsQuery = { devices: { totalCount: number | null, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, hostname: string, state: DeviceState, health: DeviceHealth, tags: Array<string> | null, deviceType: { id: string, name: string } | null, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth } | null, server: { id: string, name: string }, currentJob: { id: string, jobId: string, name: string, submitter: string, startedAt: string | null, healthCheck: boolean } | null } | null> } | null };

export type WallWorkersQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type WallWorkersQuery = { workers: { nodes: Array<{ id: string, hostname: string, state: WorkerState, health: WorkerHealth, lastPing: string | null, server: { id: string, name: string } } | null> } | null };

export type WallQueueQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type WallQueueQuery = { waiting: { totalCount: number | null, nodes: Array<{ id: string, jobId: string, name: string, state: TestJobState, priority: number, createdAt: string | null, submitter: string, deviceType: { id: string, name: string } | null, server: { id: string, name: string } } | null> } | null };

export type WallFailuresQueryVariables = Exact<{
  since?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type WallFailuresQuery = { testJobs: { totalCount: number | null, nodes: Array<{ id: string, jobId: string, name: string, finishedAt: string | null, healthCheck: boolean, server: { id: string, name: string }, device: { id: string, hostname: string } | null, failure: { kind: FailureKind, message: string | null, retryable: boolean } | null } | null> } | null };

export type WallBuildingQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type WallBuildingQuery = { buildQueue: { totalCount: number | null, nodes: Array<{ id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, priority: number, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } } | null> } | null };

export type WallBuildFailuresQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type WallBuildFailuresQuery = { builds: { nodes: Array<{ id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, priority: number, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } } | null> } | null };

export type WallEvaluationsQueryVariables = Exact<{
  server?: string | null | undefined;
}>;


export type WallEvaluationsQuery = { evaluations: { nodes: Array<{ id: string, evaluationId: number, specificationName: string, status: EvaluationStatus, startedAt: string | null, evaluatedAt: string | null, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number } | null, server: { id: string, name: string } } | null> } | null };

export type BoardUpdatesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type BoardUpdatesSubscription = { deviceUpdates: { cursor: string, cursorExpired: boolean, source: UpdateSource, device: { id: string, hostname: string, state: DeviceState, health: DeviceHealth, tags: Array<string> | null, deviceType: { id: string, name: string } | null, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth } | null, server: { id: string, name: string }, currentJob: { id: string, jobId: string, name: string, submitter: string, startedAt: string | null, healthCheck: boolean } | null } } };

export type WorkerUpdatesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type WorkerUpdatesSubscription = { workerUpdates: { cursor: string, cursorExpired: boolean, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth, lastPing: string | null, server: { id: string, name: string } } } };

export type JobUpdatesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type JobUpdatesSubscription = { testJobUpdates: { cursor: string, cursorExpired: boolean, source: UpdateSource, state: TestJobState, health: TestJobHealth, resultsReady: boolean, testJob: { id: string, jobId: string, name: string, state: TestJobState, health: TestJobHealth, createdAt: string | null, startedAt: string | null, finishedAt: string | null, priority: number, submitter: string, healthCheck: boolean, deviceType: { id: string, name: string } | null, device: { id: string, hostname: string } | null, server: { id: string, name: string } } } };

export type BuildUpdatesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type BuildUpdatesSubscription = { buildUpdates: { cursor: string, cursorExpired: boolean, status: BuildStatus, build: { id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, priority: number, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } } } };

export type EvaluationUpdatesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  server?: string | null | undefined;
}>;


export type EvaluationUpdatesSubscription = { evaluationUpdates: { cursor: string, cursorExpired: boolean, status: EvaluationStatus, evaluation: { id: string, evaluationId: number, specificationName: string, status: EvaluationStatus, startedAt: string | null, evaluatedAt: string | null, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number } | null, server: { id: string, name: string } } } };

export type BoardTileFragment = { id: string, hostname: string, state: DeviceState, health: DeviceHealth, tags: Array<string> | null, deviceType: { id: string, name: string } | null, worker: { id: string, hostname: string, state: WorkerState, health: WorkerHealth } | null, server: { id: string, name: string }, currentJob: { id: string, jobId: string, name: string, submitter: string, startedAt: string | null, healthCheck: boolean } | null };

export type WorkerTileFragment = { id: string, hostname: string, state: WorkerState, health: WorkerHealth, lastPing: string | null, server: { id: string, name: string } };

export type BuildRowFragment = { id: string, buildId: number, job: string, nixName: string, system: string, specificationName: string, status: BuildStatus, weather: Weather, priority: number, createdAt: string | null, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, evaluationId: number, server: { id: string, name: string } };

export type EvaluationRowFragment = { id: string, evaluationId: number, specificationName: string, status: EvaluationStatus, startedAt: string | null, evaluatedAt: string | null, summary: { total: number, succeeded: number, failed: number, pending: number, canceled: number } | null, server: { id: string, name: string } };

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
export const TestedJobFragmentDoc = new TypedDocumentString(`
    fragment TestedJob on TestJob {
  id
  jobId
  name
  state
  health
  createdAt
  startedAt
  finishedAt
  durationSeconds
  server {
    id
    name
  }
  device {
    id
    hostname
  }
  deviceType {
    id
    name
  }
  failure {
    kind
    message
    retryable
  }
  resultCounts {
    pass
    fail
    skip
    unknown
    total
  }
  suites {
    id
    name
    internal
    resultCounts {
      pass
      fail
      skip
      unknown
      total
    }
  }
  failing: cases(first: 10, filter: {results: [FAIL]}) {
    totalCount
    nodes {
      id
      suiteName
      set
      name
      startLogLine
      endLogLine
    }
  }
}
    `, {"fragmentName":"TestedJob"}) as unknown as TypedDocumentString<TestedJobFragment, unknown>;
export const ListedBuildFragmentDoc = new TypedDocumentString(`
    fragment ListedBuild on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}
    `, {"fragmentName":"ListedBuild"}) as unknown as TypedDocumentString<ListedBuildFragment, unknown>;
export const ChangeFragmentDoc = new TypedDocumentString(`
    fragment Change on JobChange {
  name
  before {
    buildId
    status
  }
  after {
    buildId
    status
  }
}
    `, {"fragmentName":"Change"}) as unknown as TypedDocumentString<ChangeFragment, unknown>;
export const EventFragmentDoc = new TypedDocumentString(`
    fragment Event on ServerEvent {
  cursor
  uuid
  time
  topic
  user
  state
  health
  message
  testJob {
    id
    jobId
    name
  }
  device {
    id
    hostname
  }
  worker {
    id
    hostname
  }
  server {
    id
    name
  }
}
    `, {"fragmentName":"Event"}) as unknown as TypedDocumentString<EventFragment, unknown>;
export const CaseRowFragmentDoc = new TypedDocumentString(`
    fragment CaseRow on TestCase {
  id
  caseId
  suiteName
  set
  name
  result
  measurement
  unit
  durationSeconds
  startLogLine
  endLogLine
  reference
}
    `, {"fragmentName":"CaseRow"}) as unknown as TypedDocumentString<CaseRowFragment, unknown>;
export const CaseChangeFragmentDoc = new TypedDocumentString(`
    fragment CaseChange on TestCaseChange {
  suiteName
  set
  name
  measurementChange
  measurementRatio
  before {
    id
    result
    measurement
    unit
  }
  after {
    id
    result
    measurement
    unit
    startLogLine
    endLogLine
  }
}
    `, {"fragmentName":"CaseChange"}) as unknown as TypedDocumentString<CaseChangeFragment, unknown>;
export const BoardTileFragmentDoc = new TypedDocumentString(`
    fragment BoardTile on Device {
  id
  hostname
  state
  health
  tags
  deviceType {
    id
    name
  }
  worker {
    id
    hostname
    state
    health
  }
  server {
    id
    name
  }
  currentJob {
    id
    jobId
    name
    submitter
    startedAt
    healthCheck
  }
}
    `, {"fragmentName":"BoardTile"}) as unknown as TypedDocumentString<BoardTileFragment, unknown>;
export const WorkerTileFragmentDoc = new TypedDocumentString(`
    fragment WorkerTile on Worker {
  id
  hostname
  state
  health
  lastPing
  server {
    id
    name
  }
}
    `, {"fragmentName":"WorkerTile"}) as unknown as TypedDocumentString<WorkerTileFragment, unknown>;
export const BuildRowFragmentDoc = new TypedDocumentString(`
    fragment BuildRow on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  priority
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}
    `, {"fragmentName":"BuildRow"}) as unknown as TypedDocumentString<BuildRowFragment, unknown>;
export const EvaluationRowFragmentDoc = new TypedDocumentString(`
    fragment EvaluationRow on Evaluation {
  id
  evaluationId
  specificationName
  status
  startedAt
  evaluatedAt
  summary {
    total
    succeeded
    failed
    pending
    canceled
  }
  server {
    id
    name
  }
}
    `, {"fragmentName":"EvaluationRow"}) as unknown as TypedDocumentString<EvaluationRowFragment, unknown>;
export const BoardListDocument = new TypedDocumentString(`
    query BoardList($first: Int = 100, $after: String, $server: String, $filter: DeviceFilter) {
  devices(first: $first, after: $after, server: $server, filter: $filter) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      hostname
      state
      health
      description
      tags
      synced
      deviceType {
        id
        name
      }
      worker {
        id
        hostname
        state
        health
      }
      currentJob {
        id
        jobId
        name
        startedAt
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BoardListQuery, BoardListQueryVariables>;
export const BoardDocument = new TypedDocumentString(`
    query Board($hostname: String!, $server: String, $after: String) {
  device(hostname: $hostname, server: $server) {
    id
    hostname
    state
    health
    description
    tags
    synced
    hasHealthCheck
    deviceType {
      id
      name
      healthCheck {
        frequency
        denominator
        disabled
      }
      queue {
        length
      }
    }
    worker {
      id
      hostname
      state
      health
      lastPing
    }
    currentJob {
      id
      jobId
      name
      startedAt
      durationSeconds
    }
    lastHealthCheck {
      id
      jobId
      health
      finishedAt
      failure {
        kind
        message
      }
    }
    lastJobs(first: 25, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        id
        jobId
        name
        state
        health
        healthCheck
        submitter
        startedAt
        finishedAt
        durationSeconds
      }
    }
    server {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<BoardQuery, BoardQueryVariables>;
export const BoardDictionaryDocument = new TypedDocumentString(`
    query BoardDictionary($hostname: String!, $server: String) {
  device(hostname: $hostname, server: $server) {
    id
    dictionary(rendered: false)
  }
}
    `) as unknown as TypedDocumentString<BoardDictionaryQuery, BoardDictionaryQueryVariables>;
export const OneBoardUpdatesDocument = new TypedDocumentString(`
    subscription OneBoardUpdates($hostname: String!, $server: String, $after: String) {
  deviceUpdates(hostname: $hostname, server: $server, after: $after) {
    cursor
    cursorExpired
    device {
      id
      state
      health
      currentJob {
        id
        jobId
        name
        startedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OneBoardUpdatesSubscription, OneBoardUpdatesSubscriptionVariables>;
export const SetBoardHealthDocument = new TypedDocumentString(`
    mutation SetBoardHealth($hostname: String!, $server: String, $health: DeviceHealth!, $reason: String) {
  setDeviceHealth(
    device: {hostname: $hostname}
    server: $server
    health: $health
    reason: $reason
  ) {
    __typename
    ... on DeviceHealthChanged {
      previousHealth
      reasonRecorded
      device {
        id
        health
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetBoardHealthMutation, SetBoardHealthMutationVariables>;
export const BuildHeadDocument = new TypedDocumentString(`
    query BuildHead($buildId: Int!, $server: String) {
  build(buildId: $buildId, server: $server) {
    id
    buildId
    job
    nixName
    system
    specificationName
    status
    weather
    priority
    derivation
    createdAt
    startedAt
    finishedAt
    durationSeconds
    evaluationId
    outputs {
      name
      path
    }
    products {
      productId
      type
      path
      sizeBytes
      url
    }
    evaluation {
      id
      evaluationId
      status
      checkouts {
        channel
        commit
      }
    }
    url
    server {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<BuildHeadQuery, BuildHeadQueryVariables>;
export const BuildTestsDocument = new TypedDocumentString(`
    query BuildTests($buildId: Int!, $server: String, $after: String) {
  build(buildId: $buildId, server: $server) {
    id
    testJobs(first: 25, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        evidence
        matched
        node {
          ...TestedJob
        }
      }
    }
  }
}
    fragment TestedJob on TestJob {
  id
  jobId
  name
  state
  health
  createdAt
  startedAt
  finishedAt
  durationSeconds
  server {
    id
    name
  }
  device {
    id
    hostname
  }
  deviceType {
    id
    name
  }
  failure {
    kind
    message
    retryable
  }
  resultCounts {
    pass
    fail
    skip
    unknown
    total
  }
  suites {
    id
    name
    internal
    resultCounts {
      pass
      fail
      skip
      unknown
      total
    }
  }
  failing: cases(first: 10, filter: {results: [FAIL]}) {
    totalCount
    nodes {
      id
      suiteName
      set
      name
      startLogLine
      endLogLine
    }
  }
}`) as unknown as TypedDocumentString<BuildTestsQuery, BuildTestsQueryVariables>;
export const BuildPreviousDocument = new TypedDocumentString(`
    query BuildPrevious($buildId: Int!, $server: String) {
  build(buildId: $buildId, server: $server) {
    id
    previous {
      id
      buildId
      evaluationId
      server {
        id
        name
      }
      testJobs(first: 50) {
        nodes {
          id
          jobId
          name
          state
          health
          deviceType {
            id
            name
          }
          server {
            id
            name
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildPreviousQuery, BuildPreviousQueryVariables>;
export const CaseLogDocument = new TypedDocumentString(`
    query CaseLog($id: ID!) {
  node(id: $id) {
    ... on TestCase {
      id
      log {
        lines(first: 40) {
          totalCount
          nodes {
            number
            time
            level
            text
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CaseLogQuery, CaseLogQueryVariables>;
export const BuildBeforeDocument = new TypedDocumentString(`
    query BuildBefore($specification: String!, $job: String!) {
  builds(first: 5, filter: {specification: $specification, job: $job}) {
    nodes {
      id
      buildId
      status
      finishedAt
      evaluationId
    }
  }
}
    `) as unknown as TypedDocumentString<BuildBeforeQuery, BuildBeforeQueryVariables>;
export const BuildLogWindowDocument = new TypedDocumentString(`
    query BuildLogWindow($buildId: Int!, $server: String, $first: Int, $from: Int, $after: String, $last: Int, $before: String, $contains: String) {
  build(buildId: $buildId, server: $server) {
    log {
      lines(
        first: $first
        from: $from
        after: $after
        last: $last
        before: $before
        contains: $contains
      ) {
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        nodes {
          number
          time
          level
          text
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildLogWindowQuery, BuildLogWindowQueryVariables>;
export const BuildLogSizeDocument = new TypedDocumentString(`
    query BuildLogSize($buildId: Int!, $server: String) {
  build(buildId: $buildId, server: $server) {
    log {
      lineCount
      rawUrl
    }
  }
}
    `) as unknown as TypedDocumentString<BuildLogSizeQuery, BuildLogSizeQueryVariables>;
export const BuildUpdateDocument = new TypedDocumentString(`
    subscription BuildUpdate($buildId: Int!, $server: String, $after: String) {
  buildUpdates(buildIds: [$buildId], server: $server, after: $after) {
    cursor
    cursorExpired
    status
    build {
      id
      status
      startedAt
      finishedAt
      durationSeconds
      weather
    }
  }
}
    `) as unknown as TypedDocumentString<BuildUpdateSubscription, BuildUpdateSubscriptionVariables>;
export const TestedJobUpdatesDocument = new TypedDocumentString(`
    subscription TestedJobUpdates($jobIds: [ID!]!, $server: String, $after: String) {
  testJobUpdates(jobIds: $jobIds, server: $server, after: $after) {
    cursor
    cursorExpired
    state
    health
    resultsReady
    testJob {
      ...TestedJob
    }
  }
}
    fragment TestedJob on TestJob {
  id
  jobId
  name
  state
  health
  createdAt
  startedAt
  finishedAt
  durationSeconds
  server {
    id
    name
  }
  device {
    id
    hostname
  }
  deviceType {
    id
    name
  }
  failure {
    kind
    message
    retryable
  }
  resultCounts {
    pass
    fail
    skip
    unknown
    total
  }
  suites {
    id
    name
    internal
    resultCounts {
      pass
      fail
      skip
      unknown
      total
    }
  }
  failing: cases(first: 10, filter: {results: [FAIL]}) {
    totalCount
    nodes {
      id
      suiteName
      set
      name
      startLogLine
      endLogLine
    }
  }
}`) as unknown as TypedDocumentString<TestedJobUpdatesSubscription, TestedJobUpdatesSubscriptionVariables>;
export const RestartBuildDocument = new TypedDocumentString(`
    mutation RestartBuild($buildId: Int!, $server: String) {
  restartBuild(build: {buildId: $buildId}, server: $server) {
    __typename
    ... on BuildRestarted {
      build {
        id
        status
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RestartBuildMutation, RestartBuildMutationVariables>;
export const BuildListDocument = new TypedDocumentString(`
    query BuildList($first: Int = 50, $after: String, $server: String, $filter: BuildFilter) {
  builds(first: $first, after: $after, server: $server, filter: $filter) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...ListedBuild
    }
  }
}
    fragment ListedBuild on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<BuildListQuery, BuildListQueryVariables>;
export const BuildQueueListDocument = new TypedDocumentString(`
    query BuildQueueList($first: Int = 50, $after: String, $server: String, $specification: String, $system: String) {
  buildQueue(
    first: $first
    after: $after
    server: $server
    specification: $specification
    system: $system
  ) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...ListedBuild
    }
  }
}
    fragment ListedBuild on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<BuildQueueListQuery, BuildQueueListQueryVariables>;
export const SpecificationListDocument = new TypedDocumentString(`
    query SpecificationList($server: String) {
  specifications(server: $server) {
    id
    name
    systems
    priority
    channels {
      name
      branch
      commit
    }
    server {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<SpecificationListQuery, SpecificationListQueryVariables>;
export const EvaluationHeadDocument = new TypedDocumentString(`
    query EvaluationHead($evaluationId: Int!, $server: String) {
  evaluation(evaluationId: $evaluationId, server: $server) {
    id
    evaluationId
    specificationName
    status
    startedAt
    checkoutsAt
    evaluatedAt
    checkouts {
      channel
      commit
    }
    summary {
      total
      succeeded
      failed
      pending
      canceled
      byStatus {
        status
        count
      }
    }
    url
    server {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationHeadQuery, EvaluationHeadQueryVariables>;
export const EvaluationJobsDocument = new TypedDocumentString(`
    query EvaluationJobs($evaluationId: Int!, $server: String, $statuses: [BuildStatus!], $system: String, $after: String) {
  evaluation(evaluationId: $evaluationId, server: $server) {
    id
    jobs(first: 200, after: $after, statuses: $statuses, system: $system) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        name
        status
        buildId
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationJobsQuery, EvaluationJobsQueryVariables>;
export const EvaluationTestsDocument = new TypedDocumentString(`
    query EvaluationTests($evaluationId: Int!, $server: String) {
  evaluation(evaluationId: $evaluationId, server: $server) {
    id
    testJobs(first: 25) {
      totalCount
      edges {
        evidence
        matched
        node {
          id
          jobId
          name
          state
          health
          server {
            id
            name
          }
          device {
            id
            hostname
          }
          resultCounts {
            pass
            fail
            total
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationTestsQuery, EvaluationTestsQueryVariables>;
export const EvaluationBeforeDocument = new TypedDocumentString(`
    query EvaluationBefore($specification: String!, $server: String) {
  evaluations(
    first: 10
    specification: $specification
    server: $server
    statuses: [SUCCEEDED]
  ) {
    nodes {
      id
      evaluationId
      evaluatedAt
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationBeforeQuery, EvaluationBeforeQueryVariables>;
export const EvaluationComparisonDocument = new TypedDocumentString(`
    query EvaluationComparison($before: ID!, $after: ID!) {
  compareRuns(a: $before, b: $after) {
    __typename
    ... on EvaluationComparison {
      unchangedCount
      before {
        id
        evaluationId
      }
      newFailures(first: 100) {
        totalCount
        nodes {
          ...Change
        }
      }
      fixed(first: 100) {
        totalCount
        nodes {
          ...Change
        }
      }
      stillFailing(first: 20) {
        totalCount
        nodes {
          ...Change
        }
      }
      missing(first: 20) {
        totalCount
        nodes {
          name
        }
      }
    }
  }
}
    fragment Change on JobChange {
  name
  before {
    buildId
    status
  }
  after {
    buildId
    status
  }
}`) as unknown as TypedDocumentString<EvaluationComparisonQuery, EvaluationComparisonQueryVariables>;
export const EvaluationUpdateDocument = new TypedDocumentString(`
    subscription EvaluationUpdate($evaluationId: Int!, $server: String, $after: String) {
  evaluationUpdates(evaluationId: $evaluationId, server: $server, after: $after) {
    cursor
    cursorExpired
    status
    evaluation {
      id
      status
      evaluatedAt
      summary {
        total
        succeeded
        failed
        pending
        canceled
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationUpdateSubscription, EvaluationUpdateSubscriptionVariables>;
export const EvaluationListDocument = new TypedDocumentString(`
    query EvaluationList($first: Int = 20, $after: String, $server: String, $specification: String, $commit: String) {
  evaluations(
    first: $first
    after: $after
    server: $server
    specification: $specification
    commit: $commit
  ) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      evaluationId
      specificationName
      status
      startedAt
      evaluatedAt
      checkouts {
        channel
        commit
      }
      summary {
        total
        succeeded
        failed
        pending
        canceled
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationListQuery, EvaluationListQueryVariables>;
export const EventFeedDocument = new TypedDocumentString(`
    query EventFeed($last: Int = 100, $topics: [ServerEventTopic!], $server: String) {
  events(last: $last, topics: $topics, server: $server) {
    ...Event
  }
}
    fragment Event on ServerEvent {
  cursor
  uuid
  time
  topic
  user
  state
  health
  message
  testJob {
    id
    jobId
    name
  }
  device {
    id
    hostname
  }
  worker {
    id
    hostname
  }
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<EventFeedQuery, EventFeedQueryVariables>;
export const LiveEventsDocument = new TypedDocumentString(`
    subscription LiveEvents($topics: [ServerEventTopic!], $server: String, $after: String) {
  serverEvents(topics: $topics, server: $server, after: $after) {
    ...Event
  }
}
    fragment Event on ServerEvent {
  cursor
  uuid
  time
  topic
  user
  state
  health
  message
  testJob {
    id
    jobId
    name
  }
  device {
    id
    hostname
  }
  worker {
    id
    hostname
  }
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<LiveEventsSubscription, LiveEventsSubscriptionVariables>;
export const ServersDocument = new TypedDocumentString(`
    query Servers {
  servers {
    __typename
    id
    name
    url
    reachable
    unreachableSince
    version
    events {
      source
      connected
      lastEventAt
    }
  }
}
    `) as unknown as TypedDocumentString<ServersQuery, ServersQueryVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    accounts {
      user
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const SearchDocument = new TypedDocumentString(`
    query Search($text: String!) {
  search(text: $text, first: 12) {
    matched
    server {
      id
      name
    }
    node {
      __typename
      id
      ... on TestJob {
        jobId
        name
        state
        health
      }
      ... on Build {
        buildId
        job
        status
      }
      ... on Evaluation {
        evaluationId
        specificationName
        evaluationStatus: status
      }
      ... on Device {
        hostname
        deviceState: state
        deviceHealth: health
      }
      ... on DeviceType {
        typeName: name
      }
      ... on Worker {
        workerName: hostname
      }
      ... on Specification {
        specification: name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const JobHeadDocument = new TypedDocumentString(`
    query JobHead($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    jobId
    subId
    name
    state
    health
    phase
    outcome
    priority
    submitter
    healthCheck
    createdAt
    startedAt
    finishedAt
    durationSeconds
    failure {
      kind
      message
      retryable
    }
    device {
      id
      hostname
      state
      health
      worker {
        id
        hostname
      }
    }
    deviceType {
      id
      name
    }
    metadata {
      key
      value
    }
    multinode {
      size
      role
      siblings {
        id
        jobId
        subId
        state
        health
      }
    }
    viewingGroups
    url
    server {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<JobHeadQuery, JobHeadQueryVariables>;
export const JobBuildDocument = new TypedDocumentString(`
    query JobBuild($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    buildLinks {
      evidence
      matched
      build {
        id
        buildId
        job
        nixName
        status
        evaluationId
        server {
          id
          name
        }
      }
    }
    evaluationLinks {
      evidence
      matched
      evaluation {
        id
        evaluationId
        specificationName
        checkouts {
          channel
          commit
        }
        server {
          id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobBuildQuery, JobBuildQueryVariables>;
export const JobResultsDocument = new TypedDocumentString(`
    query JobResults($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    resultCounts {
      pass
      fail
      skip
      unknown
      total
    }
    suites {
      id
      name
      internal
      resultCounts {
        pass
        fail
        skip
        unknown
        total
      }
      sets {
        name
        resultCounts {
          pass
          fail
          total
        }
      }
    }
    failing: cases(first: 100, filter: {results: [FAIL]}) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        ...CaseRow
      }
    }
  }
}
    fragment CaseRow on TestCase {
  id
  caseId
  suiteName
  set
  name
  result
  measurement
  unit
  durationSeconds
  startLogLine
  endLogLine
  reference
}`) as unknown as TypedDocumentString<JobResultsQuery, JobResultsQueryVariables>;
export const JobSuiteCasesDocument = new TypedDocumentString(`
    query JobSuiteCases($jobId: ID!, $server: String, $suite: String!, $results: [TestResult!], $name: String, $after: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    cases(
      first: 200
      after: $after
      filter: {suite: $suite, results: $results, name: $name}
    ) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        ...CaseRow
      }
    }
  }
}
    fragment CaseRow on TestCase {
  id
  caseId
  suiteName
  set
  name
  result
  measurement
  unit
  durationSeconds
  startLogLine
  endLogLine
  reference
}`) as unknown as TypedDocumentString<JobSuiteCasesQuery, JobSuiteCasesQueryVariables>;
export const JobLogWindowDocument = new TypedDocumentString(`
    query JobLogWindow($jobId: ID!, $server: String, $first: Int, $from: Int, $after: String, $last: Int, $before: String, $levels: [LogLevel!], $contains: String) {
  testJob(jobId: $jobId, server: $server) {
    log {
      lines(
        first: $first
        from: $from
        after: $after
        last: $last
        before: $before
        levels: $levels
        contains: $contains
      ) {
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        nodes {
          number
          time
          level
          text
          result {
            suite
            name
            result
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobLogWindowQuery, JobLogWindowQueryVariables>;
export const JobErrorsDocument = new TypedDocumentString(`
    query JobErrors($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    log {
      lines(last: 6, levels: [ERROR, EXCEPTION]) {
        nodes {
          number
          text
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobErrorsQuery, JobErrorsQueryVariables>;
export const JobLogSizeDocument = new TypedDocumentString(`
    query JobLogSize($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    log {
      lineCount
      rawUrl
    }
  }
}
    `) as unknown as TypedDocumentString<JobLogSizeQuery, JobLogSizeQueryVariables>;
export const JobCaseLinesDocument = new TypedDocumentString(`
    query JobCaseLines($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    cases(first: 1000) {
      nodes {
        id
        name
        result
        startLogLine
        endLogLine
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobCaseLinesQuery, JobCaseLinesQueryVariables>;
export const JobDefinitionDocument = new TypedDocumentString(`
    query JobDefinition($jobId: ID!, $server: String) {
  testJob(jobId: $jobId, server: $server) {
    id
    definition
    originalDefinition
    notify {
      verbosity
      criteria {
        status
        type
      }
      recipients {
        method
        user
        email
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobDefinitionQuery, JobDefinitionQueryVariables>;
export const JobPreviousDocument = new TypedDocumentString(`
    query JobPrevious($text: String!, $deviceType: String!, $before: ID!, $server: String) {
  testJobs(
    first: 5
    server: $server
    filter: {text: $text, deviceTypes: [$deviceType], jobIdBefore: $before, states: [FINISHED]}
  ) {
    nodes {
      id
      jobId
      name
      health
      finishedAt
    }
  }
}
    `) as unknown as TypedDocumentString<JobPreviousQuery, JobPreviousQueryVariables>;
export const JobComparisonDocument = new TypedDocumentString(`
    query JobComparison($before: ID!, $after: ID!) {
  compareRuns(a: $before, b: $after) {
    __typename
    ... on TestJobComparison {
      unchangedCount
      before {
        id
        jobId
        name
      }
      newFailures(first: 50) {
        totalCount
        nodes {
          ...CaseChange
        }
      }
      fixed(first: 50) {
        totalCount
        nodes {
          ...CaseChange
        }
      }
      stillFailing(first: 50) {
        totalCount
        nodes {
          ...CaseChange
        }
      }
      missing(first: 50) {
        totalCount
        nodes {
          ...CaseChange
        }
      }
      measurementChanges(first: 50) {
        totalCount
        nodes {
          ...CaseChange
        }
      }
    }
  }
}
    fragment CaseChange on TestCaseChange {
  suiteName
  set
  name
  measurementChange
  measurementRatio
  before {
    id
    result
    measurement
    unit
  }
  after {
    id
    result
    measurement
    unit
    startLogLine
    endLogLine
  }
}`) as unknown as TypedDocumentString<JobComparisonQuery, JobComparisonQueryVariables>;
export const JobUpdateDocument = new TypedDocumentString(`
    subscription JobUpdate($jobId: ID!, $server: String, $after: String) {
  testJobUpdates(jobIds: [$jobId], server: $server, after: $after) {
    cursor
    cursorExpired
    source
    state
    health
    resultsReady
    testJob {
      id
      state
      health
      startedAt
      finishedAt
      durationSeconds
      device {
        id
        hostname
      }
      failure {
        kind
        message
        retryable
      }
      resultCounts {
        pass
        fail
        skip
        unknown
        total
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobUpdateSubscription, JobUpdateSubscriptionVariables>;
export const JobLogTailDocument = new TypedDocumentString(`
    subscription JobLogTail($id: ID!, $from: Int!) {
  logLines(run: $id, from: $from) {
    nextLine
    finished
    lines {
      number
      time
      level
      text
      result {
        suite
        name
        result
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobLogTailSubscription, JobLogTailSubscriptionVariables>;
export const CancelJobDocument = new TypedDocumentString(`
    mutation CancelJob($jobId: ID!, $server: String) {
  cancelTestJob(testJob: {jobId: $jobId}, server: $server) {
    __typename
    ... on TestJobCanceled {
      testJob {
        id
        state
        health
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelJobMutation, CancelJobMutationVariables>;
export const ResubmitJobDocument = new TypedDocumentString(`
    mutation ResubmitJob($jobId: ID!, $server: String) {
  resubmitTestJob(testJob: {jobId: $jobId}, server: $server) {
    __typename
    ... on TestJobsSubmitted {
      jobIds
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ResubmitJobMutation, ResubmitJobMutationVariables>;
export const JobListDocument = new TypedDocumentString(`
    query JobList($first: Int = 50, $after: String, $server: String, $filter: TestJobFilter, $orderBy: TestJobOrder) {
  testJobs(
    first: $first
    after: $after
    server: $server
    filter: $filter
    orderBy: $orderBy
  ) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      jobId
      name
      state
      health
      priority
      submitter
      healthCheck
      createdAt
      startedAt
      finishedAt
      durationSeconds
      device {
        id
        hostname
      }
      deviceType {
        id
        name
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobListQuery, JobListQueryVariables>;
export const JobListCountsDocument = new TypedDocumentString(`
    query JobListCounts($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on TestJob {
      id
      failure {
        kind
        message
      }
      resultCounts {
        pass
        fail
        skip
        unknown
        total
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobListCountsQuery, JobListCountsQueryVariables>;
export const QueueByTypeDocument = new TypedDocumentString(`
    query QueueByType($server: String, $after: String) {
  deviceTypes(first: 50, server: $server, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      name
      deviceCounts {
        total
        idle
        running
        reserved
        good
        bad
        maintenance
        unknown
      }
      queue {
        length
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<QueueByTypeQuery, QueueByTypeQueryVariables>;
export const WallBoardsDocument = new TypedDocumentString(`
    query WallBoards($server: String, $after: String) {
  devices(first: 100, after: $after, server: $server) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      ...BoardTile
    }
  }
}
    fragment BoardTile on Device {
  id
  hostname
  state
  health
  tags
  deviceType {
    id
    name
  }
  worker {
    id
    hostname
    state
    health
  }
  server {
    id
    name
  }
  currentJob {
    id
    jobId
    name
    submitter
    startedAt
    healthCheck
  }
}`) as unknown as TypedDocumentString<WallBoardsQuery, WallBoardsQueryVariables>;
export const WallWorkersDocument = new TypedDocumentString(`
    query WallWorkers($server: String) {
  workers(first: 100, server: $server) {
    nodes {
      ...WorkerTile
    }
  }
}
    fragment WorkerTile on Worker {
  id
  hostname
  state
  health
  lastPing
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<WallWorkersQuery, WallWorkersQueryVariables>;
export const WallQueueDocument = new TypedDocumentString(`
    query WallQueue($server: String) {
  waiting: testJobs(
    first: 20
    server: $server
    filter: {states: [SUBMITTED, SCHEDULING, SCHEDULED]}
  ) {
    totalCount
    nodes {
      id
      jobId
      name
      state
      priority
      createdAt
      submitter
      deviceType {
        id
        name
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallQueueQuery, WallQueueQueryVariables>;
export const WallFailuresDocument = new TypedDocumentString(`
    query WallFailures($since: DateTime, $server: String) {
  testJobs(
    first: 8
    server: $server
    filter: {healths: [INCOMPLETE], finishedAfter: $since}
    orderBy: {field: FINISHED_AT}
  ) {
    totalCount
    nodes {
      id
      jobId
      name
      finishedAt
      healthCheck
      server {
        id
        name
      }
      device {
        id
        hostname
      }
      failure {
        kind
        message
        retryable
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WallFailuresQuery, WallFailuresQueryVariables>;
export const WallBuildingDocument = new TypedDocumentString(`
    query WallBuilding($server: String) {
  buildQueue(first: 20, server: $server) {
    totalCount
    nodes {
      ...BuildRow
    }
  }
}
    fragment BuildRow on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  priority
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<WallBuildingQuery, WallBuildingQueryVariables>;
export const WallBuildFailuresDocument = new TypedDocumentString(`
    query WallBuildFailures($server: String) {
  builds(first: 8, server: $server, filter: {statuses: [FAILED, FAILED_OTHER]}) {
    nodes {
      ...BuildRow
    }
  }
}
    fragment BuildRow on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  priority
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<WallBuildFailuresQuery, WallBuildFailuresQueryVariables>;
export const WallEvaluationsDocument = new TypedDocumentString(`
    query WallEvaluations($server: String) {
  evaluations(first: 6, server: $server) {
    nodes {
      ...EvaluationRow
    }
  }
}
    fragment EvaluationRow on Evaluation {
  id
  evaluationId
  specificationName
  status
  startedAt
  evaluatedAt
  summary {
    total
    succeeded
    failed
    pending
    canceled
  }
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<WallEvaluationsQuery, WallEvaluationsQueryVariables>;
export const BoardUpdatesDocument = new TypedDocumentString(`
    subscription BoardUpdates($after: String, $server: String) {
  deviceUpdates(after: $after, server: $server) {
    cursor
    cursorExpired
    source
    device {
      ...BoardTile
    }
  }
}
    fragment BoardTile on Device {
  id
  hostname
  state
  health
  tags
  deviceType {
    id
    name
  }
  worker {
    id
    hostname
    state
    health
  }
  server {
    id
    name
  }
  currentJob {
    id
    jobId
    name
    submitter
    startedAt
    healthCheck
  }
}`) as unknown as TypedDocumentString<BoardUpdatesSubscription, BoardUpdatesSubscriptionVariables>;
export const WorkerUpdatesDocument = new TypedDocumentString(`
    subscription WorkerUpdates($after: String, $server: String) {
  workerUpdates(after: $after, server: $server) {
    cursor
    cursorExpired
    worker {
      ...WorkerTile
    }
  }
}
    fragment WorkerTile on Worker {
  id
  hostname
  state
  health
  lastPing
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<WorkerUpdatesSubscription, WorkerUpdatesSubscriptionVariables>;
export const JobUpdatesDocument = new TypedDocumentString(`
    subscription JobUpdates($after: String, $server: String) {
  testJobUpdates(after: $after, server: $server) {
    cursor
    cursorExpired
    source
    state
    health
    resultsReady
    testJob {
      id
      jobId
      name
      state
      health
      createdAt
      startedAt
      finishedAt
      priority
      submitter
      healthCheck
      deviceType {
        id
        name
      }
      device {
        id
        hostname
      }
      server {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobUpdatesSubscription, JobUpdatesSubscriptionVariables>;
export const BuildUpdatesDocument = new TypedDocumentString(`
    subscription BuildUpdates($after: String, $server: String) {
  buildUpdates(after: $after, server: $server) {
    cursor
    cursorExpired
    status
    build {
      ...BuildRow
    }
  }
}
    fragment BuildRow on Build {
  id
  buildId
  job
  nixName
  system
  specificationName
  status
  weather
  priority
  createdAt
  startedAt
  finishedAt
  durationSeconds
  evaluationId
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<BuildUpdatesSubscription, BuildUpdatesSubscriptionVariables>;
export const EvaluationUpdatesDocument = new TypedDocumentString(`
    subscription EvaluationUpdates($after: String, $server: String) {
  evaluationUpdates(after: $after, server: $server) {
    cursor
    cursorExpired
    status
    evaluation {
      ...EvaluationRow
    }
  }
}
    fragment EvaluationRow on Evaluation {
  id
  evaluationId
  specificationName
  status
  startedAt
  evaluatedAt
  summary {
    total
    succeeded
    failed
    pending
    canceled
  }
  server {
    id
    name
  }
}`) as unknown as TypedDocumentString<EvaluationUpdatesSubscription, EvaluationUpdatesSubscriptionVariables>;