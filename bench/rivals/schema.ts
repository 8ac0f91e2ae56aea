// What the two rival gateways serve: the part of Etna's graph that the measured operations use.

export const RIVAL_SDL = `#graphql
  type Query {
    testJobs(first: Int = 50, offset: Int = 0): TestJobPage
    testJob(jobId: ID!): TestJob
  }
  type TestJobPage { nodes: [TestJob!]! }
  type TestJob { jobId: ID! state: String! health: String! device: Device suites: [TestSuite!] }
  type Device { hostname: String! deviceType: DeviceType }
  type DeviceType { name: String! }
  type TestSuite { name: String! cases(first: Int = 50): TestCasePage }
  type TestCasePage { nodes: [TestCase!]! }
  type TestCase { name: String! result: String! measurement: Float unit: String }
`;

export interface PageArgs {
  readonly first: number;
  readonly offset: number;
}

/** LAVA's lists. */
export interface List<T> {
  readonly results: readonly T[];
}
export interface Job {
  readonly id: number;
  readonly state: string;
  readonly health: string;
  readonly actual_device: string | null;
}
export interface Device {
  readonly hostname: string;
  readonly device_type: string;
}
export interface DeviceType {
  readonly name: string;
}
export interface Suite {
  readonly id: number;
  readonly name: string;
  readonly job: number;
}
export interface Case {
  readonly name: string;
  readonly result: string;
  readonly measurement: string | null;
  readonly unit: string;
  readonly suite: number;
}

/** A case's fields that LAVA names or writes otherwise. */
export const testCase = {
  measurement: ({ measurement }: Case) => (measurement === null ? null : Number(measurement)),
};

export interface RivalGateway {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  readonly close: () => Promise<void>;
}
