/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import { operation } from "../operation.js";
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

export type WaitForTestJobSubscriptionVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type WaitForTestJobSubscription = { testJobUpdates: { cursor: string, state: TestJobState, health: TestJobHealth, resultsReady: boolean, testJob: { id: string, jobId: string, name: string, failure: { kind: FailureKind, message: string | null } | null } } };


export const WaitForTestJobDocument = operation<WaitForTestJobSubscription, WaitForTestJobSubscriptionVariables>(`subscription WaitForTestJob($jobId: ID!, $server: String, $after: String) {
  testJobUpdates(jobIds: [$jobId], server: $server, after: $after) {
    cursor
    state
    health
    resultsReady
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
}`);
