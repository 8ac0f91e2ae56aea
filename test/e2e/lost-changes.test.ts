// Changes of which nobody knows what came: a client must not be told to send them again.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { Fault } from "../../src/sandbox/fault.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { freePort } from "./scene.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
let alice: Record<string, string>;
beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 6 });
  lava = await createLavaSandbox({ jobs: 3 });
  alice = asUser(lava.users.alice.token);
  gateway = await startGateway({
    // A server that never answers is waited for no longer.
    lava: [{ url: lava.url, events: "poll", limits: { totalTimeoutMs: 1_000 } }],
    cuirass: [{ url: cuirass.url, mutations: true, limits: { totalTimeoutMs: 1_000 } }],
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});
afterEach(() => {
  lava.fault = undefined;
  cuirass.fault = undefined;
});

const SUBMIT = `mutation ($definition: String!) { submitTestJob(definition: $definition) {
  ... on TestJobsSubmitted { jobIds } ... on TestJobRefused { message } } }`;

/** A definition whose job has a name of its own. */
function named(name: string): string {
  return jobFile("queued").replace(/^job_name:.*$/m, `job_name: ${JSON.stringify(name)}`);
}

async function failureOf(query: string, variables: Record<string, unknown> = {}, headers = alice, of = gateway) {
  const { errors } = await of.query(query, variables, headers);
  expect(errors).toHaveLength(1);
  const [{ message, extensions }] = errors as [(typeof errors)[number]];
  return { message, code: extensions.code, retryable: extensions.retryable };
}

const LOST: readonly (readonly [string, Fault])[] = [
  ["is reset", { kind: "reset" }],
  ["gets no answer", { kind: "hang" }],
  ["gets a proxy's 504", { kind: "status", status: 504 }],
  ["gets a proxy's page", { kind: "html" }],
  ["gets an answer that is cut", { kind: "cut" }],
];

describe("a submission that", () => {
  test.each(LOST)("%s is not to be sent again unseen", async (what, fault) => {
    const name = `lost: ${what}`;
    lava.fault = ({ method, path }) => (method === "POST" && path.endsWith("/jobs/") ? fault : undefined);
    const first = lava.submit("bob", jobFile("queued"))[0] ?? "";
    const { message, retryable } = await failureOf(SUBMIT, { definition: named(name) });
    expect(retryable).toBe(false);
    expect(message).toContain("it may have been done");
    // LAVA took it where only its answer was lost.
    const id = Number(first) + 1;
    const taken = lava.job(id)?.description === name;
    expect(taken).toBe(fault.kind === "cut");
    expect(message).toContain(taken ? `LAVA has test job ${id} (submitted ` : "no test job of yours with this name");
  });

  test("was cut is not taken for another of the same name, or of another submitter", async () => {
    lava.submit("bob", named("nightly"));
    lava.submit("alice", named("nightly, longer"));
    lava.fault = ({ method, path }) =>
      method === "POST" && path.endsWith("/jobs/") ? { kind: "status", status: 504 } : undefined;
    const { message } = await failureOf(SUBMIT, { definition: named("nightly") });
    expect(message).toContain("no test job of yours with this name");
  });

  test("got no answer from a LAVA that answers nothing any more is told so", async () => {
    lava.fault = () => ({ kind: "reset" });
    const { message, retryable } = await failureOf(SUBMIT, { definition: named("nothing") });
    expect(retryable).toBe(false);
    expect(message).toContain("LAVA could not be asked whether it was");
  });

  test("never went out may be sent again", async () => {
    const down = await startGateway({ lava: [{ url: `http://127.0.0.1:${await freePort()}`, events: "poll" }] });
    try {
      const failure = await failureOf(SUBMIT, { definition: named("never sent") }, alice, down);
      expect(failure).toMatchObject({ code: "UPSTREAM_UNREACHABLE", retryable: true });
      expect(failure.message).not.toContain("may have been done");
    } finally {
      await down.close();
    }
  });

  test("LAVA denies was not done", async () => {
    const failure = await failureOf(SUBMIT, { definition: named("denied") }, {});
    expect(failure).toMatchObject({ code: "UPSTREAM_DENIED", retryable: false });
    expect(failure.message).not.toContain("may have been done");
  });
});

test("a resubmission whose answer is cut says which test job it became", async () => {
  lava.submit("alice", named("again"));
  const id = lava.submit("alice", named("again, please"))[0] ?? "";
  lava.fault = ({ path }) => (path.endsWith("/resubmit/") ? { kind: "cut" } : undefined);
  const query = `mutation ($id: ID!) { resubmitTestJob(testJob: { jobId: $id }) { __typename } }`;
  const { message, retryable } = await failureOf(query, { id });
  expect(retryable).toBe(false);
  expect(message).toMatch(new RegExp(`LAVA has test job ${Number(id) + 1} \\(submitted .*\\), ${id} \\(`));
});

describe.each(["reset", "hang"] as const)("when the call is lost (%s)", (kind) => {
  test.each([
    [`cancelTestJob(testJob: { jobId: "JOB" }) { __typename }`, () => alice],
    [`setDeviceHealth(device: { hostname: "bbb-01" }, health: BAD, reason: "x") { __typename }`, admin],
    [`setWorkerHealth(worker: { hostname: "worker-lab" }, health: MAINTENANCE, reason: "x") { __typename }`, admin],
  ])("%s of LAVA is not to be sent again unseen", async (change, headers) => {
    const job = lava.submit("alice", jobFile("queued"))[0] ?? "";
    lava.fault = ({ method, rpcMethod = "" }) =>
      method === "POST" && !/show|whoami/.test(rpcMethod) ? { kind } : undefined;
    const { message, retryable } = await failureOf(`mutation { ${change.replace("JOB", job)} }`, {}, headers());
    expect([message, retryable]).toEqual([expect.stringContaining("it may have been done"), false]);
  });

  test.each([
    `evaluateSpecification(specification: { name: "master" }) { __typename }`,
    `restartBuild(build: { buildId: BUILD }) { __typename }`,
    `retryEvaluation(evaluation: { evaluationId: EVALUATION }) { __typename }`,
  ])("%s of Cuirass is not to be sent again unseen", async (change) => {
    const { data } = await gateway.query(`{ builds(first: 1) { nodes { buildId evaluation { evaluationId } } } }`);
    const [build] = data.builds.nodes;
    const mutation = change.replace("BUILD", build.buildId).replace("EVALUATION", build.evaluation.evaluationId);
    cuirass.fault = ({ path }) => (/admin|hook/.test(path) ? { kind } : undefined);
    const { message, retryable } = await failureOf(`mutation { ${mutation} }`);
    expect([message, retryable]).toEqual([expect.stringContaining("it may have been done"), false]);
  });
});

describe("a change that meets the operation's deadline", () => {
  /** In which an operation has a second, and the servers have the usual 30. */
  let hasty: TestGateway;
  beforeAll(async () => {
    hasty = await startGateway({
      lava: [{ url: lava.url, events: "poll" }],
      clients: { limits: { deadlineMs: 1_000 } },
    });
  });
  afterAll(() => hasty.close());

  test("says that it may have been done, whether or not it is known by then what came of it", async () => {
    let seen: string[] = [];
    lava.fault = ({ method, path }) => {
      if (path.includes("/jobs/")) seen.push(method);
      // What is looked for afterwards does not come in time either, so that nothing more is known than the deadline.
      return path.includes("/jobs/") ? { kind: "hang" } : undefined;
    };
    const late = await failureOf(SUBMIT, { definition: named("late") }, alice, hasty);
    expect(seen).toContain("POST");
    expect(late).toMatchObject({ retryable: false, message: expect.stringContaining("may have been done") });

    seen = [];
    lava.fault = ({ method, path }) => (method === "POST" && path.endsWith("/jobs/") ? { kind: "hang" } : undefined);
    const known = await failureOf(SUBMIT, { definition: named("late, and looked for") }, alice, hasty);
    expect(known).toMatchObject({ retryable: false, message: expect.stringContaining("may have been done") });
  });

  test("and was made, but can't be read back, is an answer without the job", async () => {
    const job = lava.submit("alice", jobFile("queued"))[0] ?? "";
    let canceled = false;
    lava.fault = ({ rpcMethod, path }) => {
      canceled ||= rpcMethod === "scheduler.jobs.cancel" || rpcMethod === "system.multicall";
      return canceled && path.includes("/jobs/") ? { kind: "hang" } : undefined;
    };
    const query = `mutation { cancelTestJob(testJob: { jobId: "${job}" }) { ... on TestJobCanceled { testJob { state } } } }`;
    const { data, errors } = await hasty.query(query, {}, alice);
    expect(lava.job(Number(job))?.state).toBe("Finished");
    expect([data, errors]).toEqual([{ cancelTestJob: { testJob: null } }, []]);
  });
});

function admin(): Record<string, string> {
  return asUser(lava.users.admin.token);
}
