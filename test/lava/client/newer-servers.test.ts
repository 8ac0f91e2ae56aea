// Where versions of LAVA differ (lava.md, section 10): over the sandbox as each of them, and over recorded answers.

import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { LAVA_VERSIONS, createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";
import { startStubLava } from "../../support/stub-lava.js";
import type { StubCall, StubLava, StubReply } from "../../support/stub-lava.js";

const fixture = (path: string) => readFileSync(new URL(`../../fixtures/lava/${path}`, import.meta.url), "utf8");
/** An answer of LAVA 2026.10. */
const newer = (name: string): unknown => JSON.parse(fixture(`../lava-2026.10/${name}.json`));
const JOB = JSON.parse(fixture("rest/job.json")) as Record<string, unknown>;
const NODE = JSON.parse(fixture("rest/job-multinode.json")) as { readonly id: number; readonly definition: string };
const BARE = "job_name: x\n";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(routes: Record<string, (call: StubCall) => StubReply>): Promise<[TestGateway, StubLava]> {
  const stub = await startStubLava({
    "GET system/version/": () => ({ body: { version: "2026.10" } }),
    "GET system/whoami/": () => ({ body: { user: "alice" } }),
    ...routes,
  });
  const gateway = await startGateway({ lava: [{ url: stub.url, events: "poll" }] });
  open.push(stub, gateway);
  return [gateway, stub];
}

function list(jobs: readonly unknown[]): StubReply {
  return { body: { count: jobs.length, results: jobs } };
}

it("cancels many test jobs in one request, alike in every version, and shows each as it is afterwards", async () => {
  for (const version of LAVA_VERSIONS) {
    const lava = await createLavaSandbox({ version, events: false });
    const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    open.push(lava, gateway);
    const ids = ["alice", "alice", "bob", "alice"].flatMap((user) => lava.submit(user, jobFile("queued")));
    lava.requests.reset();
    const { data, errors } = await gateway.query(
      `mutation ($testJobs: [TestJobKey!]!) { cancelTestJobs(testJobs: $testJobs) { ... on TestJobCanceled { jobId testJob { state } } } }`,
      { testJobs: ids.map((jobId) => ({ jobId })) },
      asUser(lava.users.alice.token),
    );
    expect(errors, version).toMatchObject([
      {
        path: ["cancelTestJobs", 2],
        extensions: { code: "UPSTREAM_DENIED" },
        message: expect.stringMatching(ids[2] ?? ""),
      },
    ]);
    const canceled = (at: number) => ({ jobId: ids[at], testJob: { state: "FINISHED" } });
    expect(data.cancelTestJobs, version).toEqual([canceled(0), canceled(1), null, canceled(3)]);
    expect(lava.requests.counts(), version).toEqual({
      "GET jobs/": 2,
      "GET system/whoami/": 1,
      "RPC system.multicall": 1,
    });
  }
});

it("opens a suite's export without a look at the job where LAVA checks the results' rights itself", async () => {
  for (const version of LAVA_VERSIONS) {
    const lava = await createLavaSandbox({ version, events: false, jobs: 0 });
    const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }], remembers: false });
    open.push(lava, gateway);
    const job = lava.submit("bob", jobFile("played-private"))[0] ?? "";
    await lava.advance(Number(job), "Finished");
    const suites = `query ($job: ID!) { testJob(jobId: $job) { suites { name } } }`;
    const { data } = await gateway.query(suites, { job }, asUser(lava.users.bob.token));
    const [{ name }] = data.testJob.suites;
    const read = (user: "alice" | "bob") =>
      fetch(`${gateway.origin}/export/lava/lava/${job}/${name}.csv`, { headers: asUser(lava.users[user].token) });
    lava.requests.reset();
    expect((await read("bob")).status, version).toBe(200);
    expect(lava.requests.counts()["GET jobs/"] ?? 0, version).toBe(version === "2026.10" ? 0 : 1);
    expect((await read("alice")).status, version).toBe(404);
  }
});

it("answers for jobs that had ended when the others could not be canceled", async () => {
  const [gateway] = await start({
    "GET jobs/": () =>
      list([
        { ...JOB, id: 2, state: "Finished" },
        { ...JOB, id: 1, state: "Running" },
      ]),
    "POST RPC2": () => ({ status: 500, body: "" }),
  });
  const { data, errors } = await gateway.query(
    `mutation { cancelTestJobs(testJobs: [{ jobId: "1" }, { jobId: "2" }]) { ... on TestJobNotCanceled { reason } } }`,
    {},
    asUser("t"),
  );
  expect(errors).toMatchObject([{ path: ["cancelTestJobs", 0], extensions: { code: "UPSTREAM_FAILED" } }]);
  expect(data.cancelTestJobs).toEqual([null, { reason: "FINISHED" }]);
});

it("reads the place of a definition's fault out of a newer server's message", async () => {
  const [gateway, stub] = await start({ "POST jobs/validate/": () => ({ body: newer("validate-bad") }) });
  const { data } = await gateway.query(
    `mutation { validateTestJob(definition: "x") { ... on TestJobInvalid { message path } } }`,
  );
  expect(data.validateTestJob).toEqual({ message: "not a valid value", path: ["priority"] });
  expect(stub.calls).toHaveLength(1);
});

it("takes LAVA 2020.12's fault over a value of the wrong type for a judgement, as newer ones give it", async () => {
  const body = readFileSync(new URL("../../fixtures/lava-2020.12/validate-bad.html", import.meta.url), "utf8");
  const [gateway] = await start({ "POST jobs/validate/": () => ({ status: 500, body }) });
  const { data, errors } = await gateway.query(
    `mutation { validateTestJob(definition: "x") { ... on TestJobInvalid { message path } } }`,
  );
  expect(errors).toEqual([]);
  expect(data.validateTestJob).toEqual({
    message: "'>=' not supported between instances of 'list' and 'int'",
    path: null,
  });
});

it("tells anonymous that a submission needs a token, whatever an old LAVA thinks of the definition", async () => {
  const body: unknown = JSON.parse(
    readFileSync(new URL("../../fixtures/lava-2020.12/submit-anonymous.json", import.meta.url), "utf8"),
  );
  const [gateway] = await start({ "POST jobs/": () => ({ status: 400, body }) });
  const { data, errors } = await gateway.query(`mutation { submitTestJob(definition: "a: 1") { __typename } }`);
  expect(data.submitTestJob).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
});

it("takes a failure while a definition is judged for a failure, unless it is about the YAML", async () => {
  const [gateway] = await start({ "POST jobs/validate/": () => ({ status: 500, body: "<h2>out of memory</h2>" }) });
  const { errors } = await gateway.query(`mutation { validateTestJob(definition: "x") { __typename } }`);
  expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_FAILED" } }]);
});

it.each([
  [
    400,
    "text/html",
    "<title>400 Bad Request</title>",
    `answered 400: a page "400 Bad Request", which is not LAVA's: a proxy's, perhaps`,
  ],
  [
    413,
    "text/html",
    "<title>413 Request Entity Too Large</title>",
    `answered 413: a page "413 Request Entity Too Large"`,
  ],
  [502, "text/plain", "no healthy upstream", "answered 502: no healthy upstream"],
])(
  "takes no proxy's answer to a submission for LAVA's judgement: %i %s",
  async (status, contentType, body, message) => {
    const lava = await createLavaSandbox({ events: false, jobs: 0 });
    const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    open.push(lava, gateway);
    lava.fault = ({ method }) => (method === "POST" ? { kind: "status", status, contentType, body } : undefined);
    const { data, errors } = await gateway.query(
      `mutation { submitTestJob(definition: "a: 1") { __typename } }`,
      {},
      asUser(lava.users.alice.token),
    );
    expect(data.submitTestJob).toBeNull();
    expect(errors).toMatchObject([{ message: expect.stringContaining(message) }]);
  },
);

it("has a worker's reason noted by servers that can", async () => {
  const [gateway, stub] = await start({
    "GET workers/": () => ({ body: JSON.parse(fixture("rest/workers.json")) as unknown }),
    "POST workers/worker-01/set_health/": () => ({ status: 202, body: newer("worker-set-health") }),
  });
  const { data, errors } = await gateway.query(
    `mutation { setWorkerHealth(worker: { hostname: "worker-01" }, health: MAINTENANCE, reason: "dust") {
      ... on WorkerHealthChanged { reasonRecorded previousHealth } } }`,
    {},
    asUser("t"),
  );
  expect(errors).toEqual([]);
  expect(data.setWorkerHealth).toEqual({ reasonRecorded: true, previousHealth: "ACTIVE" });
  const post = stub.calls.find(({ route }) => route.startsWith("POST"));
  expect(JSON.parse(post?.body ?? "")).toEqual({ health: "MAINTENANCE", reason: "dust" });
});

it("shows LAVA's refusal of a device's health as an answer", async () => {
  const [gateway] = await start({
    "GET devices/": () => ({ body: JSON.parse(fixture("rest/devices.json")) as unknown }),
    "POST devices/qemu-01/set_health/": () => ({ status: 400, body: { message: "Wrong device health LOOPING" } }),
  });
  const { data, errors } = await gateway.query(
    `mutation { setDeviceHealth(device: { hostname: "qemu-01" }, health: LOOPING) { ... on HealthRefused { message } } }`,
    {},
    asUser("t"),
  );
  expect(errors).toEqual([]);
  expect(data.setDeviceHealth).toEqual({ message: "Wrong device health LOOPING" });
});

const METADATA = `{ testJobs(first: 3) { nodes { metadata { key value } storedMetadata { key value } } } }`;

it("takes metadata from a newer server's own field where the definition has none that can be read", async () => {
  const job = newer("job-metadata-kinds") as Record<string, unknown>;
  const [gateway, stub] = await start({ "GET jobs/": () => list([{ ...job, definition: "a: [" }]) });
  const { data, errors } = await gateway.query(METADATA);
  expect(errors).toEqual([]);
  expect(data.testJobs.nodes[0].metadata).toEqual([
    { key: "pr", value: "0815" },
    { key: "hex", value: "31" },
    { key: "sha", value: "0e12345" },
    { key: "a__b", value: "dunder" },
    { key: "flag", value: "true" },
    { key: "list", value: '["a","b"]' },
    { key: "text", value: "hello world" },
    { key: "when", value: "2026-11-29" },
    { key: "empty", value: "" },
    { key: "ratio", value: "1.5" },
    { key: "stamp", value: "2026-11-29 12:00:00+00:00" },
    { key: "nested", value: '{"id":"5","branch":"main"}' },
    { key: "with,comma", value: "x" },
    { key: "build-number", value: "4711" },
    { key: "play-seconds", value: "1" },
  ]);
  expect(stub.calls.map(({ route }) => route)).toEqual(["GET jobs/"]);
});

const STORED = [
  { key: "build-number", value: "1004" },
  { key: "job.original", value: "8" },
  { key: "kernel-branch", value: "next-20261110" },
  { key: "target", value: "qemu-03" },
];

it("takes metadata that an old server stored itself, in one request for all jobs of a page", async () => {
  const answer = fixture("xmlrpc/results.get_testjob_metadata.res.xml");
  const value = /<value><array>.*<\/array><\/value>/s.exec(answer)?.[0] ?? "";
  const boxed = `<value><array><data>${value}</data></array></value>`;
  const [gateway, stub] = await start({
    "GET jobs/": () =>
      list([
        { ...JOB, id: 3, definition: BARE },
        { ...JOB, id: 2 },
        { ...JOB, id: 1, definition: BARE },
      ]),
    "POST RPC2": () => ({
      body: `<?xml version='1.0'?><methodResponse><params><param><value><array><data>${boxed.repeat(3)}</data></array></value></param></params></methodResponse>`,
    }),
  });
  const { data, errors } = await gateway.query(METADATA, {}, asUser("t"));
  expect(errors).toEqual([]);
  const [first, second, third] = data.testJobs.nodes as { metadata: unknown; storedMetadata: unknown }[];
  expect(first).toEqual({ metadata: [], storedMetadata: STORED });
  expect(second?.metadata).toContainEqual({ key: "source", value: "etna" });
  expect(third).toEqual({ metadata: [], storedMetadata: STORED });
  expect(stub.calls.map(({ route }) => route)).toEqual(["GET jobs/", "GET system/whoami/", "POST RPC2"]);
});

it("asks an old server for each job when nobody is logged in, and not for jobs that run", async () => {
  const [gateway, stub] = await start({
    "GET jobs/": () =>
      list([
        { ...JOB, id: 2, definition: BARE },
        { ...JOB, id: 1, definition: BARE, state: "Running" },
      ]),
    "GET jobs/2/metadata/": () => ({ body: JSON.parse(fixture("rest/job-metadata-old.json")) as unknown }),
  });
  const { data, errors } = await gateway.query(METADATA);
  expect(errors).toEqual([]);
  expect(data.testJobs.nodes).toEqual([
    { metadata: [], storedMetadata: STORED },
    { metadata: [], storedMetadata: [] },
  ]);
  expect(stub.calls.map(({ route }) => route)).toEqual(["GET jobs/", "GET jobs/2/metadata/"]);
});

it("says which job's stored metadata could not be read, and shows the others", async () => {
  const [gateway] = await start({
    "GET jobs/": () =>
      list([
        { ...JOB, id: 2, definition: BARE },
        { ...JOB, id: 1, definition: BARE },
      ]),
    "GET jobs/2/metadata/": () => ({ body: { metadata: 5 } }),
    "GET jobs/1/metadata/": () => ({ body: { metadata: [] } }),
  });
  const { data, errors } = await gateway.query(METADATA);
  expect(data.testJobs.nodes).toEqual([
    { metadata: [], storedMetadata: null },
    { metadata: [], storedMetadata: [] },
  ]);
  expect(errors).toMatchObject([
    { path: ["testJobs", "nodes", 0, "storedMetadata"], extensions: { code: "UPSTREAM_MALFORMED" } },
  ]);
});

it("finds the siblings of all multinode jobs of a page in one request, and takes no other job for one", async () => {
  const other = "11111111-2222-4333-8444-555555555555";
  const mark = "6e54302d-8ec8-4bff-8a1f-542fc5982ea2";
  const node = (id: number, group: string) => ({
    ...NODE,
    id,
    definition: NODE.definition.replace(mark, group),
  });
  const all = [node(13, other), node(12, other), node(11, mark), node(10, mark), { ...JOB, id: 9 }];
  const [gateway, stub] = await start({
    "GET jobs/": ({ query }) => list(query.has("target_group__in") ? [...all].reverse() : all),
  });
  const { data, errors } = await gateway.query(
    `{ testJobs(first: 10) { nodes { jobId multinode { size siblings { jobId } } } } }`,
  );
  expect(errors).toEqual([]);
  const siblings = (jobId: string) => ({ size: 2, siblings: [{ jobId }] });
  expect(data.testJobs.nodes).toEqual([
    { jobId: "13", multinode: siblings("12") },
    { jobId: "12", multinode: siblings("13") },
    { jobId: "11", multinode: siblings("10") },
    { jobId: "10", multinode: siblings("11") },
    { jobId: "9", multinode: null },
  ]);
  expect(stub.calls.map(({ query }) => query.get("target_group__in"))).toEqual([null, `${other},${mark}`]);
  expect(stub.calls[1]?.query.get("limit")).toBe("4");
});
