// Numbers that no test job can have: LAVA's are positive and have 31 bits.

import { afterAll, beforeAll, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

let sandbox: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ events: false });
  gateway = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }] });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});

const BEYOND = ["2147483648", "99999999999999999999", "2147483648.0", "2147483647.1", "99999999999.1"];

test.each(BEYOND)("test job %s is not found, without a request", async (jobId) => {
  sandbox.requests.reset();
  const { data, errors } = await gateway.query(`query ($jobId: ID!) { testJob(jobId: $jobId) { jobId } }`, { jobId });
  expect({ data, errors }).toEqual({ data: { testJob: null }, errors: [] });
  expect(sandbox.requests.total()).toBe(0);
});

test("the highest number is asked for", async () => {
  const { data, errors } = await gateway.query(`{ testJob(jobId: "2147483647") { jobId } }`);
  expect({ data, errors }).toEqual({ data: { testJob: null }, errors: [] });
});

test.each(BEYOND)("a change of test job %s says where the numbers end", async (jobId) => {
  const reason = `"${jobId}" is not a test job's id; LAVA's numbers end at 2147483647`;
  for (const [change, place] of [
    [`cancelTestJob(testJob: { jobId: "${jobId}" })`, "testJob.jobId"],
    [`resubmitTestJob(testJob: { jobId: "${jobId}" })`, "testJob.jobId"],
    [`cancelTestJobs(testJobs: [{ jobId: "${jobId}" }])`, "testJobs[0].jobId"],
  ] as const) {
    const { errors } = await gateway.query(
      `mutation { ${change} { __typename } }`,
      {},
      asUser(sandbox.users.alice.token),
    );
    expect(errors).toMatchObject([{ message: `${place}: ${reason}`, extensions: { code: "BAD_USER_INPUT" } }]);
  }
});

test("what is no number is an error still", async () => {
  const { errors } = await gateway.query(`{ testJob(jobId: "x") { jobId } }`);
  expect(errors).toMatchObject([{ message: expect.stringContaining("write 1234, or 2008.1") as string }]);
});
