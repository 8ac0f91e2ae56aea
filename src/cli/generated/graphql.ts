/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

/** Where a run is in its life. */
export type RunPhase =
  /** It has ended; `outcome` says how. */
  | 'FINISHED'
  /** It waits for a device or a worker. */
  | 'QUEUED'
  /** It is under way. */
  | 'RUNNING';

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

export type WaitForTestJobsSubscriptionVariables = Exact<{
  jobIds?: Array<string | number> | string | number | null | undefined;
  server?: string | null | undefined;
}>;


export type WaitForTestJobsSubscription = { testJobUpdates: { state: TestJobState, health: TestJobHealth, testJob: { id: string, jobId: string, name: string, failure: { kind: FailureKind, message: string | null } | null } } };

export type WaitForBuildsSubscriptionVariables = Exact<{
  buildIds?: Array<number> | number | null | undefined;
  server?: string | null | undefined;
}>;


export type WaitForBuildsSubscription = { buildUpdates: { status: BuildStatus, build: { id: string, buildId: number, job: string, phase: RunPhase } } };

export type WaitForEvaluationSubscriptionVariables = Exact<{
  evaluationId?: number | null | undefined;
  server?: string | null | undefined;
}>;


export type WaitForEvaluationSubscription = { evaluationUpdates: { status: EvaluationStatus, counts: { total: number, succeeded: number, failed: number, canceled: number, pending: number } | null, evaluation: { evaluationId: number, specificationName: string } } };

export type TailLogSubscriptionVariables = Exact<{
  run: string | number;
  from: number;
}>;


export type TailLogSubscription = { logLines: { nextLine: number, finished: boolean, lines: Array<{ number: number, level: LogLevel | null, text: string }> } };

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
    subscription WaitForTestJobs($jobIds: [ID!], $server: String) {
  testJobUpdates(jobIds: $jobIds, server: $server) {
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
    subscription WaitForBuilds($buildIds: [Int!], $server: String) {
  buildUpdates(buildIds: $buildIds, server: $server) {
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
    subscription WaitForEvaluation($evaluationId: Int, $server: String) {
  evaluationUpdates(evaluationId: $evaluationId, server: $server, builds: true) {
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
      number
      level
      text
    }
    nextLine
    finished
  }
}
    `) as unknown as TypedDocumentString<TailLogSubscription, TailLogSubscriptionVariables>;