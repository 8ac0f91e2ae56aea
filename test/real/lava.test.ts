// The same promises over a real LAVA, and one job that really boots a kernel.

import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { lavaContract } from "../contract/lava.contract.js";
import { JobResultsDocument } from "../generated/graphql.js";
import type { JobResultsQuery } from "../generated/graphql.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

const lava = inject("lava");

lavaContract("a real LAVA", () => Promise.resolve({ url: lava.url, eventUrl: null, tokens: lava.tokens }));

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ lava: [{ url: lava.url }] });
});
afterAll(() => gateway.close());

test.skipIf(!lava.boots)(
  "a job that boots a kernel is submitted, followed to its end and read back in one query",
  async () => {
    const alice = asUser(lava.tokens.alice);
    const definition = jobFile("qemu-shell", `${lava.home}/http`);
    const submitted = await gateway.query(
      `mutation ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`,
      { definition },
      alice,
    );
    expect(submitted.errors).toEqual([]);
    const [jobId = ""] = submitted.data.submitTestJob.jobIds as string[];

    const follow = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state health source } }`;
    const updates = await gateway.subscribe(follow, { jobId }, alice).rest();
    expect(updates.at(-1)?.data?.testJobUpdates).toMatchObject({ state: "FINISHED", health: "COMPLETE" });
    expect(updates.map((update) => update.data?.testJobUpdates.state)).toContain("RUNNING");
    expect(updates.slice(1).map((update) => update.data?.testJobUpdates.source)).toContain("BUS");

    const { data, errors } = await gateway.query<JobResultsQuery>(JobResultsDocument, { jobId }, alice);
    expect(errors).toEqual([]);
    expect(data.testJob).toMatchObject({
      jobId,
      state: "FINISHED",
      health: "COMPLETE",
      device: { deviceType: { name: "qemu" } },
    });
    expect(data.testJob?.device?.hostname).toMatch(/^qemu-0[123]$/);
    const smoke = data.testJob?.suites?.find((suite) => suite.name === "0_smoke")?.cases.nodes ?? [];
    expect(smoke).toContainEqual(
      expect.objectContaining({ name: "memtotal", set: "memory", result: "PASS", measurement: 187.5, unit: "MB" }),
    );
    expect(smoke).toContainEqual(expect.objectContaining({ name: "no-such-tool", result: "FAIL" }));
    expect(smoke).toContainEqual(
      expect.objectContaining({ name: "build-info", reference: "https://ci.example.com/build/42" }),
    );
    expect(data.testJob?.log?.lines?.nodes).toHaveLength(5);
    expect(data.testJob?.log?.lines?.nodes.at(-1)).toMatchObject({
      level: "RESULTS",
      text: expect.stringContaining("job: pass"),
    });
  },
);

test("Etna finds the publisher's address by itself", async () => {
  const { data } = await gateway.query(`{ servers { reachable version events { source connected received } } }`);
  expect(data.servers[0]).toMatchObject({ reachable: true, events: { source: "ZMQ", connected: true } });
  expect(data.servers[0].version).toMatch(/^20\d\d\.\d\d/);
});
