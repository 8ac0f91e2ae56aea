// A gateway over some LAVA with its users, who submit and cancel through it: what several contracts begin with.

import { afterAll, beforeAll, expect } from "vitest";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import type { LavaTarget } from "./lava.contract.js";

export type Headers = Record<string, string>;

/** Its members are there from the first test on. */
export interface Users {
  gateway: TestGateway;
  admin: Headers;
  alice: Headers;
  bob: Headers;
  /** The new test job's number. */
  submit(definition: string, user: Headers): Promise<string>;
  cancel(jobId: string, user: Headers): Promise<void>;
}

/** Starts the gateway before the tests of the suite around it, and closes it after them. */
export function startUsers(start: () => Promise<LavaTarget>): Users {
  const users = {
    submit: async (definition: string, user: Headers) => {
      const { data, errors } = await users.gateway.query(
        `mutation ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`,
        { definition },
        user,
      );
      expect(errors).toEqual([]);
      return data.submitTestJob.jobIds[0] as string;
    },
    cancel: async (jobId: string, user: Headers) => {
      const document = `mutation ($jobId: ID!) { cancelTestJob(testJob: { jobId: $jobId }) { __typename } }`;
      const { errors } = await users.gateway.query(document, { jobId }, user);
      expect(errors).toEqual([]);
    },
  } as Users;
  beforeAll(async () => {
    const target = await start();
    users.admin = asUser(target.tokens.admin);
    users.alice = asUser(target.tokens.alice);
    users.bob = asUser(target.tokens.bob);
    users.gateway = await startGateway({
      lava: [{ url: target.url, publisher: target.eventUrl }],
      // Questions that go through everything at once, which a client would ask in parts.
      clients: { limits: { query: { cost: 10_000 } } },
    });
  });
  afterAll(() => users.gateway.close());
  return users;
}
