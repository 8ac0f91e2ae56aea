// What `testJobUpdates` refuses before anything is followed: which selectors go together, and which jobs there are.

import { afterAll, beforeAll, expect, it } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";

const FOLLOW = `subscription ($jobIds: [ID!], $filter: TestJobUpdatesFilter, $server: String) {
  testJobUpdates(jobIds: $jobIds, filter: $filter, server: $server) { state } }`;

let lava: LavaSandbox;
let gateway: TestGateway;
let jobId: string;
beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 0 });
  gateway = await startGateway({ lava: [{ url: lava.url }, { url: lava.url, name: "other" }] });
  [jobId = ""] = lava.submit("alice", jobFile("queued"));
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
});

async function refusal(variables: object): Promise<{ code: unknown; message: string }> {
  const [first, ...more] = await gateway.subscribe(FOLLOW, { server: "lava", ...variables }).rest();
  expect(more).toEqual([]);
  expect(first?.data ?? null).toBeNull();
  const [error, ...others] = first?.errors ?? [];
  expect(others).toEqual([]);
  return { code: error?.extensions.code, message: String(error?.message) };
}

it.each([
  ["jobs and a filter", { filter: { submitters: ["alice"] } }, "filter: goes without `jobIds`; give one of them"],
  ["jobs and an empty filter", { filter: {} }, "filter: goes without `jobIds`; give one of them"],
  ["several servers and none named", { server: null }, "server: "],
  ["a server that there is not", { server: "third" }, "server: "],
])("refuses %s", async (_what, variables, message) => {
  const refused = await refusal({ jobIds: [jobId], ...variables });
  expect(refused.code).toBe("BAD_USER_INPUT");
  expect(refused.message).toContain(message);
});

it.each([
  ["no job at all", [], "jobIds: 0 jobs are named; allowed is 1 to"],
  ["a text that is no id, beside one that is", ["1", "first"], 'jobIds: "first" is not a test job\'s id'],
  ["a number beyond LAVA's", ["99999999999"], "LAVA's numbers end at"],
])("refuses %s", async (_what, jobIds, message) => {
  const refused = await refusal({ jobIds });
  expect(refused.code).toBe("BAD_USER_INPUT");
  expect(refused.message).toContain(message);
});

it("names of several jobs those that are not there, and follows none of them", async () => {
  expect(await refusal({ jobIds: [jobId, "4711", "4712"] })).toEqual({
    code: "BAD_USER_INPUT",
    message: "jobIds: there is no test job 4711, 4712 that you may see",
  });
});

it("refuses an empty list in the filter", async () => {
  const refused = await refusal({ filter: { submitters: [] } });
  expect(refused.code).toBe("BAD_USER_INPUT");
  expect(refused.message).toContain("filter.submitters");
});
