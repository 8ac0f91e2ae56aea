// What a mutation is about: the thing's `id`, or its own name and the server; and what comes of one that is not there.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { encodeGlobalId } from "../../src/ci/global-id.js";
import { jobFile } from "../support/job-files.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

let north: LavaSandbox;
let south: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  [north, south, cuirass] = await Promise.all([createLavaSandbox(), createLavaSandbox(), createCuirassSandbox()]);
  gateway = await startGateway({
    lava: [
      { name: "north", url: north.url },
      { name: "south", url: south.url },
    ],
    cuirass: [{ name: "guix", url: cuirass.url, mutations: true }],
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([north.close(), south.close(), cuirass.close()]);
});

const headers = (user: "alice" | "admin") => ({
  "X-Etna-Token": `north=${north.users[user].token}, south=${south.users[user].token}`,
});
const change = async (mutation: string, user: "alice" | "admin" = "alice") => {
  const { data, errors } = await gateway.query(`mutation { change: ${mutation} }`, {}, headers(user));
  // What is refused has no data at all.
  const { change: made } = { ...data };
  return { change: made, messages: errors.map(({ message }: { message: string }) => message) };
};
const idOf = (type: string, server: string, key: string | number) => encodeGlobalId(type, server, key);

describe("a change", () => {
  test("of a test job by its id goes to that job's server, without `server`", async () => {
    const [jobId = ""] = south.submit("alice", jobFile("queued"));
    const id = idOf("TestJob", "south", jobId);
    const CANCEL = `{ __typename ... on TestJobCanceled { testJob { id health } } ... on Refusal { message } }`;
    expect(await change(`cancelTestJob(testJob: { id: "${id}" }) ${CANCEL}`)).toEqual({
      change: { __typename: "TestJobCanceled", testJob: { id, health: "CANCELED" } },
      messages: [],
    });
    expect((await change(`cancelTestJob(testJob: { id: "${id}" }, server: "south") ${CANCEL}`)).change).toEqual({
      __typename: "TestJobNotCanceled",
      message: `test job ${jobId} had ended before`,
    });
  });

  test("of many test jobs may be at several servers, each asked once", async () => {
    const jobs = [north, south, north].map((lava) => lava.submit("alice", jobFile("queued"))[0] ?? "");
    const ids = jobs.map((jobId, at) => idOf("TestJob", at === 1 ? "south" : "north", jobId));
    north.requests.reset();
    const keys = ids.map((id) => `{ id: "${id}" }`).join(" ");
    const canceled = await change(
      `cancelTestJobs(testJobs: [${keys}]) { ... on TestJobCanceled { jobId testJob { id health } } }`,
    );
    expect(canceled).toEqual({
      change: jobs.map((jobId, at) => ({ jobId, testJob: { id: ids[at], health: "CANCELED" } })),
      messages: [],
    });
    expect(north.requests.counts()["RPC system.multicall"]).toBe(1);
  });

  test("of a device, a worker, a build and a specification is made by id, too", async () => {
    const device = `setDeviceHealth(device: { id: "${idOf("Device", "north", "juno-01")}" }, health: GOOD)`;
    expect((await change(`${device} { __typename }`, "admin")).change).toEqual({ __typename: "DeviceHealthChanged" });
    const worker = `setWorkerHealth(worker: { id: "${idOf("Worker", "north", "worker-01")}" }, health: ACTIVE)`;
    expect((await change(`${worker} { __typename }`, "admin")).change).toEqual({ __typename: "WorkerHealthChanged" });
    const build = idOf("Build", "guix", cuirass.builds()[0]?.buildId ?? 0);
    const restart = `restartBuild(build: { id: "${build}" }) { ... on BuildRestarted { build { id } } }`;
    expect((await change(restart)).change).toEqual({ build: { id: build } });
    const specification = idOf("Specification", "guix", "master");
    const evaluate = `evaluateSpecification(specification: { id: "${specification}" }) { __typename }`;
    expect((await change(evaluate)).change).toEqual({ __typename: "EvaluationRequested" });
  });

  test.each([
    `resubmitTestJob(testJob: { id: "${idOf("TestJob", "north", 999_999)}" })`,
    `setDeviceHealth(device: { hostname: "no-such-board" }, health: GOOD, server: "north")`,
    `setWorkerHealth(worker: { hostname: "nobody" }, health: ACTIVE, server: "south")`,
    `cancelTestJob(testJob: { jobId: "999999" }, server: "north")`,
    `restartBuild(build: { buildId: 999999 })`,
    `retryEvaluation(evaluation: { evaluationId: 999999 })`,
  ])("of what is not there is a refusal in words: %s", async (mutation) => {
    const answer = await change(`${mutation} { ... on Refusal { message } }`, "admin");
    expect(answer).toEqual({
      change: { message: expect.stringMatching(/^there is no .*(9{6}|no-such-board|nobody)/) },
      messages: [],
    });
  });

  test.each([
    [`cancelTestJob(testJob: { id: "${idOf("Build", "guix", 1)}" })`, "testJob.id: is the id of a Build"],
    [`cancelTestJob(testJob: { id: "x" })`, `testJob.id: "x" is not an id of this graph`],
    [`cancelTestJob(testJob: { id: "${idOf("TestJob", "moon", 1)}" })`, `server: no server is called "moon"`],
    [
      `cancelTestJob(testJob: { id: "${idOf("TestJob", "north", 1)}" }, server: "south")`,
      "server: the testJob is on north",
    ],
    [`cancelTestJob(testJob: { jobId: "1" })`, "server: is needed with several LAVA servers"],
    [`restartBuild(build: { id: "${idOf("Build", "guix", "x")}" })`, "build.id: "],
    [`cancelTestJob(testJob: {})`, "OneOf Input Object"],
    [`cancelTestJob(testJob: { id: "a", jobId: "1" })`, "OneOf Input Object"],
    [`cancelTestJob(testJob: { id: null })`, `"TestJobKey.id" must be non-null`],
  ])("is refused for what can't be meant: %s", async (mutation, message) => {
    north.requests.reset();
    const { change: made, messages } = await change(`${mutation} { __typename }`);
    expect(made ?? null).toBeNull();
    expect(messages.join("\n")).toContain(message);
    expect(north.requests.total()).toBe(0);
  });

  test("may be a variable, of which exactly one key is given", async () => {
    const mutation = `mutation ($key: TestJobKey!) { cancelTestJob(testJob: $key, server: "north") { __typename } }`;
    const { data } = await gateway.query(mutation, { key: { jobId: "999999" } }, headers("alice"));
    expect(data.cancelTestJob).toEqual({ __typename: "TestJobNotCanceled" });
    const { errors } = await gateway.query(mutation, { key: { id: "a", jobId: "1" } }, headers("alice"));
    expect(errors[0]?.message).toContain("TestJobKey");
  });
});
