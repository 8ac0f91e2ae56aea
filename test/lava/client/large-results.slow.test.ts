// A job with 500,000 cases: asked in parts, never held.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

const CASES = 500_000;
const JOB = "1";
const TOO_LATE = { kind: "status", status: 504 } as const;

let sandbox: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ jobs: 0, events: false, largeJob: { cases: CASES, logLines: 0 } });
  // LAVA needs longer for such an answer than a proxy, or Etna, waits; the sandbox would not.
  sandbox.fault = ({ path, rpcMethod }) =>
    rpcMethod === "system.multicall" || path.endsWith(`/jobs/${JOB}/csv/`) ? TOO_LATE : undefined;
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  gateway = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }] });
  return () => gateway.close();
});

const calls = (): string[] =>
  gateway.logLines.flatMap((line) => {
    const { msg, operation } = JSON.parse(line) as { msg: string; operation: string };
    return msg === "upstream call" ? [operation] : [];
  });

test("counts and a page of 500,000 cases are LAVA's own counts and page", { timeout: 60_000 }, async () => {
  const headers = () => asUser(sandbox.users.alice.token);
  const whole = "RPC system.multicall";
  const { data, errors } = await gateway.query(
    `{ testJob(jobId: "${JOB}") {
        resultCounts { pass fail skip unknown total }
        cases(first: 3, filter: { suite: "1_large", results: [FAIL] }) { totalCount nodes { name result suiteName loggedAt } pageInfo { hasNextPage endCursor } }
        measured: cases(last: 2) { nodes { caseId name suiteName measurement unit } }
        inSet: cases(first: 1, filter: { set: "hundreds" }) { totalCount nodes { set } }
        suites(name: "4_large") { resultCounts { total } cases(first: 1) { nodes { name suite { name } testJob { jobId } } } }
      } }`,
    {},
    headers(),
  );
  expect(errors).toEqual([]);
  const { testJob } = data;
  const numbers = Array.from({ length: CASES }, (_, at) => at);
  const fail = numbers.filter((at) => at % 7 === 6).length;
  const skip = numbers.filter((at) => at % 7 !== 6 && at % 11 === 10).length;
  expect(testJob.resultCounts).toEqual({ pass: CASES - fail - skip, fail, skip, unknown: 0, total: CASES });
  expect(testJob.cases.totalCount).toBe(numbers.slice(100_000, 200_000).filter((at) => at % 7 === 6).length);
  expect(testJob.cases.nodes).toMatchObject([
    { name: "case-1", result: "FAIL", suiteName: "1_large" },
    { name: "case-8" },
    { name: "case-15" },
  ]);
  expect(testJob.measured.nodes).toMatchObject([
    { name: "case-99999", suiteName: "4_large", measurement: 499_999, unit: "ms" },
    { name: "job", suiteName: "lava", measurement: null },
  ]);
  expect(testJob.inSet).toEqual({ totalCount: 5_000, nodes: [{ set: "hundreds" }] });
  expect(testJob.suites).toEqual([
    {
      resultCounts: { total: 100_000 },
      cases: { nodes: [{ name: "case-0", suite: { name: "4_large" }, testJob: { jobId: JOB } }] },
    },
  ]);
  expect(calls().filter((operation) => operation === whole)).toHaveLength(2);

  // Tried twice, as each read is. Then it is remembered: nobody waits again for an answer that does not come.
  const again = await gateway.query(`{ testJob(jobId: "${JOB}") { cases(first: 1) { totalCount } } }`, {}, headers());
  expect(again.data.testJob.cases.totalCount).toBe(CASES + 1);
  expect(calls().filter((operation) => operation === whole)).toHaveLength(2);

  const next = await gateway.query(
    `query ($after: String) { testJob(jobId: "${JOB}") { cases(first: 1, after: $after, filter: { suite: "1_large", results: [FAIL] }) { totalCount nodes { name } } } }`,
    { after: testJob.cases.pageInfo.endCursor },
    headers(),
  );
  expect(next.data.testJob.cases).toEqual({
    totalCount: testJob.cases.totalCount,
    nodes: [{ name: "case-22" }],
  });
});

test("they are so for anonymous viewers, who have no bulk form", async () => {
  const { data, errors } = await gateway.query(`{ testJob(jobId: "${JOB}") { cases(first: 1) { totalCount } } }`);
  expect(errors).toEqual([]);
  expect(data.testJob.cases.totalCount).toBe(CASES + 1);
  expect(calls()).toEqual([
    "GET jobs/",
    "GET jobs/ID/csv/",
    "GET jobs/ID/csv/",
    "GET jobs/ID/tests/",
    "GET jobs/ID/tests/",
    "GET jobs/ID/suites/",
  ]);
});

test("what would need every case is refused with what to ask instead", async () => {
  const { data, errors } = await gateway.query(
    `{ testJob(jobId: "${JOB}") { suites(name: "0_large") { sets { name } } } }`,
    {},
    asUser(sandbox.users.alice.token),
  );
  expect(data.testJob.suites).toBeNull();
  expect(errors).toMatchObject([
    { message: expect.stringContaining("ask for `cases` with a `filter`"), extensions: { code: "LIMIT_EXCEEDED" } },
  ]);
  const tap = await fetch(`${gateway.origin}/export/lava/lava/${JOB}/0_large.tap`);
  expect([tap.status, await tap.json()]).toMatchObject([
    400,
    { code: "BAD_USER_INPUT", error: expect.stringContaining("too many cases") },
  ]);
});

test("a small job asked together with it keeps its results", async () => {
  const [small = ""] = sandbox.submit("alice", jobFile("played"));
  await sandbox.advance(Number(small), "Finished");
  let late = 0;
  sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.multicall" && late++ < 2 ? TOO_LATE : undefined);
  const { data, errors } = await gateway.query(
    `{ testJobs { nodes { jobId resultCounts(internal: true) { total } } } }`,
    {},
    asUser(sandbox.users.alice.token),
  );
  expect(errors).toEqual([]);
  const counts = Object.fromEntries(
    data.testJobs.nodes.map((node: { jobId: string; resultCounts: { total: number } }) => [
      node.jobId,
      node.resultCounts.total,
    ]),
  );
  expect(counts[JOB]).toBe(CASES + 1);
  expect(counts[small]).toBe(sandbox.job(Number(small))?.cases);
});
