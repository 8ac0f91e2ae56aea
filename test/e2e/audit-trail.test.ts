// The audit trail: each change that is asked for through Etna is a line of the log at info, with who, what and what came
// of it, and without a token.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Secret } from "../../src/net/secret.js";
import { startRawServer } from "../net/raw-server.js";
import type { RawServer } from "../net/raw-server.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

let lava: LavaSandbox;
let farm: RawServer;
let gateway: TestGateway;
beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 5 });
  farm = await startRawServer(({ line, answer }) => {
    if (line.includes("/hook/evaluate")) answer(200, '{"jobset":"master"}', { "Content-Type": "application/json" });
    else if (line.includes("/api/dashboard/register")) answer(500, "");
    else answer(403, "no");
  });
  const login = { username: "etna", password: new Secret("hunter2") };
  gateway = await startGateway({
    lava: [{ name: "lab", url: lava.url, events: "poll" }],
    cuirass: [{ name: "guix", url: farm.url.href, mutations: true, credentials: { login, certificate: null } }],
  });
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  await farm.close();
});

/** What every line has. */
const COMMON = ["level", "time", "pid", "hostname", "msg", "requestId", "address"];

/** Lines of the audit trail of one request, once there are so many; without what every line has. */
async function trailOf(requestId: string, count: number): Promise<unknown[]> {
  const lines = () =>
    gateway.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line["msg"] === "change" && line["requestId"] === requestId);
  await vi.waitFor(() => expect(lines()).toHaveLength(count));
  return lines().map((line) => {
    expect(line).toMatchObject({ level: 30, address: "127.0.0.1" });
    return Object.fromEntries(Object.entries(line).filter(([key]) => !COMMON.includes(key)));
  });
}

let requests = 0;
async function change(mutation: string, variables: Record<string, unknown>, token: string | null) {
  const requestId = `audit-${(requests += 1)}`;
  const who = token === null ? {} : asUser(token);
  const answer = await gateway.query(mutation, variables, { ...who, "x-request-id": requestId });
  return { requestId, answer };
}

describe("the audit trail", () => {
  test("has submissions, with their ids or their refusal, and nothing of the definition", async () => {
    const token = lava.users.alice.token;
    const mutation = `mutation ($d: String!) { submitTestJob(definition: $d) { __typename ... on TestJobsSubmitted { jobIds } } }`;
    const definition = `${jobFile("queued")}\n# text-of-alice`;
    const taken = await change(mutation, { d: definition }, token);
    const { jobIds } = taken.answer.data.submitTestJob;
    const what = { definitionBytes: definition.length };
    expect(await trailOf(taken.requestId, 1)).toEqual([
      { change: "submitTestJob", system: "lab", what, user: "alice", outcome: "submitted", jobIds },
    ]);
    const refused = await change(mutation, { d: "job_name: text-of-alice" }, token);
    expect(await trailOf(refused.requestId, 1)).toEqual([
      { change: "submitTestJob", system: "lab", what: { definitionBytes: 23 }, user: "alice", outcome: "refused" },
    ]);
    const again = await change(
      `mutation ($id: ID!) { resubmitTestJob(testJob: { jobId: $id }) { __typename } }`,
      { id: jobIds[0] },
      token,
    );
    expect(await trailOf(again.requestId, 1)).toMatchObject([
      { change: "resubmitTestJob", what: { jobId: Number(jobIds[0]) }, user: "alice", outcome: "submitted" },
    ]);
    const log = gateway.logLines.join("");
    expect(log).not.toContain("text-of-alice");
    expect(log).not.toContain(token);
  });

  test("has cancels and changes of health, those that LAVA denies too", async () => {
    const [id = ""] = lava.submit("alice", jobFile("queued"));
    const jobId = Number(id);
    const both = `mutation ($id: ID!) { cancelTestJob(testJob: { jobId: $id }) { __typename } setDeviceHealth(device: { hostname: "qemu-01" }, health: MAINTENANCE) { __typename } }`;
    const denied = await change(both, { id }, lava.users.bob.token);
    expect(await trailOf(denied.requestId, 2)).toEqual([
      { change: "cancelTestJob", system: "lab", what: { jobId }, user: "bob", outcome: "UpstreamDenied" },
      {
        ...{ change: "setDeviceHealth", system: "lab", user: "bob", outcome: "UpstreamDenied" },
        what: { hostname: "qemu-01", health: "MAINTENANCE" },
      },
    ]);
    const anonymous = await change(both, { id }, null);
    expect(await trailOf(anonymous.requestId, 2)).toMatchObject([{ user: null }, { user: null }]);
    const many = `mutation ($testJobs: [TestJobKey!]!) { cancelTestJobs(testJobs: $testJobs) { __typename } }`;
    const done = await change(
      many,
      { testJobs: [id, "1", "999999"].map((jobId) => ({ jobId })) },
      lava.users.alice.token,
    );
    expect(await trailOf(done.requestId, 1)).toEqual([
      {
        change: "cancelTestJobs",
        system: "lab",
        what: { jobIds: [jobId] },
        user: "alice",
        outcome: "asked",
        notCanceled: [],
      },
    ]);
  });

  test("has changes at a Cuirass, in the name of the configured credentials", async () => {
    const { requestId } = await change(
      `mutation { evaluateSpecification(specification: { name: "master" }) { __typename } registerDashboard(specification: { name: "master" }, names: ["x"]) { __typename } }`,
      {},
      null,
    );
    const made = { system: "guix", user: "etna" };
    expect(await trailOf(requestId, 2)).toEqual([
      { ...made, change: "evaluateSpecification", what: { specification: "master" }, outcome: "asked" },
      { ...made, change: "registerDashboard", what: { specification: "master", names: ["x"] }, outcome: "not found" },
    ]);
    expect(gateway.logLines.join("")).not.toContain("hunter2");
  });

  test("has no queries, and nothing that was refused before a server was asked", async () => {
    const mutation = `mutation { cancelTestJob(testJob: { jobId: "999999" }) { __typename } validateTestJob(definition: "a: b") { __typename } }`;
    const { requestId } = await change(mutation, {}, lava.users.alice.token);
    const { requestId: next } = await change(
      `mutation { evaluateSpecification(specification: { name: "master" }) { __typename } }`,
      {},
      null,
    );
    await trailOf(next, 1);
    expect(await trailOf(requestId, 0)).toEqual([]);
  });
});
