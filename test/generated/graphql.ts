/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type JobResultsQueryVariables = Exact<{
  jobId: string | number;
}>;


export type JobResultsQuery = { testJob: { jobId: string, state: TestJobState, health: TestJobHealth, device: { hostname: string, deviceType: { name: string } | null } | null, resultCounts: { pass: number, fail: number, skip: number, unknown: number, total: number } | null, suites: Array<{ name: string, cases: { nodes: Array<{ name: string, set: string | null, result: TestResult, measurement: number | null, unit: string | null, reference: string | null } | null> } }> | null, log: { lines: { nodes: Array<{ number: number, level: LogLevel | null, text: string } | null> } | null } | null } | null };

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

export const JobResultsDocument = new TypedDocumentString(`
    query JobResults($jobId: ID!) {
  testJob(jobId: $jobId) {
    jobId
    state
    health
    device {
      hostname
      deviceType {
        name
      }
    }
    resultCounts {
      pass
      fail
      skip
      unknown
      total
    }
    suites {
      name
      cases(first: 50) {
        nodes {
          name
          set
          result
          measurement
          unit
          reference
        }
      }
    }
    log {
      lines(last: 5) {
        nodes {
          number
          level
          text
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobResultsQuery, JobResultsQueryVariables>;