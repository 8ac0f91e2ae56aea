// Nothing that an operation asks of a server goes past its scope: each request carries the operation's id and is counted.

import { afterAll, beforeAll, expect, test } from "vitest";
import { LAVA_VERSIONS, createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

const OPERATIONS: Readonly<Record<string, (jobIds: readonly string[]) => string>> = {
  "a cancel": ([first = ""]) => `mutation { cancelTestJob(testJob: { jobId: "${first}" }) { __typename } }`,
  "many cancels": (jobIds) =>
    `mutation { cancelTestJobs(testJobs: [${jobIds.map((id) => `{ jobId: "${id}" }`).join(" ")}]) { __typename } }`,
  "a submission": () =>
    `mutation { submitTestJob(definition: ${JSON.stringify(jobFile("queued"))}) { __typename ... on TestJobsSubmitted { testJobs { state } } } }`,
  "a judgement": () => `mutation { validateTestJob(definition: "a: [") { __typename } }`,
  "a device's health": () =>
    `mutation { setDeviceHealth(device: { hostname: "juno-01" }, health: GOOD) { ... on DeviceHealthChanged { device { health } } } }`,
  "what a server says of itself": () =>
    `{ servers { capabilities ... on LavaServer { user masterConfig { eventTopic } methods { name } tags { name } } } viewer { accounts { user } } }`,
  "a list by states and metadata": () =>
    `{ testJobs(filter: { states: [RUNNING, FINISHED], metadata: [{ key: "x", value: "y" }] }) { totalCount nodes { jobId } } }`,
  "a test job with its log and results": ([first = ""]) =>
    `{ testJob(jobId: "${first}") { log { lineCount lines(last: 2) { nodes { text } } } suites { name } visibility metadata { key } failure { message } } }`,
};

for (const version of LAVA_VERSIONS) {
  let lava: LavaSandbox;
  let gateway: TestGateway;
  beforeAll(async () => {
    lava = await createLavaSandbox({ version });
  });
  afterAll(() => lava.close());

  test.each(Object.keys(OPERATIONS))(`%s, on LAVA ${version}`, async (name) => {
    // One that has learned nothing yet, and has no events to look for.
    gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    const jobIds = [1, 2].flatMap(() => lava.submit("alice", jobFile("queued")));
    const seen: { readonly path: string; readonly id: unknown }[] = [];
    lava.fault = ({ path, headers }) => {
      seen.push({ path, id: headers["x-request-id"] });
      return undefined;
    };
    const headers = { ...asUser(lava.users.admin.token), "X-Request-Id": "of-this-operation", "X-Etna-Trace": "1" };
    const { extensions } = await traced(gateway.origin, OPERATIONS[name]?.(jobIds) ?? "", headers);
    lava.fault = undefined;
    await gateway.close();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter(({ id }) => id !== "of-this-operation")).toEqual([]);
    expect(extensions.etna.upstreamCalls).toBe(seen.length);
  });
}

async function traced(origin: string, query: string, headers: Record<string, string>) {
  const reply = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  const answer = (await reply.json()) as { errors?: unknown; extensions: { etna: { upstreamCalls: number } } };
  expect(answer.errors).toBeUndefined();
  return answer;
}
