/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type WaitForTestJobSubscriptionVariables = Exact<{
  jobId: string | number;
  server?: string | null | undefined;
}>;


export type WaitForTestJobSubscription = { testJobUpdates: { state: TestJobState, health: TestJobHealth, source: UpdateSource, testJob: { jobId: string, name: string, url: string } } };

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

export const WaitForTestJobDocument = new TypedDocumentString(`
    subscription WaitForTestJob($jobId: ID!, $server: String) {
  testJobUpdates(jobId: $jobId, server: $server) {
    state
    health
    source
    testJob {
      jobId
      name
      url
    }
  }
}
    `) as unknown as TypedDocumentString<WaitForTestJobSubscription, WaitForTestJobSubscriptionVariables>;