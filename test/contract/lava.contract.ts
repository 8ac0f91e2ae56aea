// What Etna promises over a LAVA, whichever: passes over the sandbox (`npm test`) and over a real LAVA
// (`npm run test:lava`), which keeps the sandbox honest.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

export interface LavaTarget {
  readonly url: string;
  /** Null: Etna asks the server for its publisher. */
  readonly eventUrl: string | null;
  readonly tokens: { readonly admin: string; readonly alice: string; readonly bob: string };
}

interface Connection {
  readonly totalCount: number;
  readonly nodes: readonly { readonly jobId: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

const SUBMIT = `mutation ($definition: String!) { submitTestJob(definition: $definition) {
  __typename
  ... on TestJobsSubmitted { jobIds testJobs { jobId state submitter } }
  ... on TestJobRefused { message }
} }`;
const FOLLOW = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state health source testJob { jobId finishedAt } } }`;
const ORDER = ["SUBMITTED", "SCHEDULING", "SCHEDULED", "RUNNING", "CANCELING", "FINISHED"];

export function lavaContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`the LAVA contract over ${name}`, () => {
    let target: LavaTarget;
    let gateway: TestGateway;

    beforeAll(async () => {
      target = await start();
      gateway = await startGateway({ lava: [{ url: target.url, publisher: target.eventUrl }] });
      await vi.waitFor(
        async () => {
          const { data } = await gateway.query(`{ servers { events { connected } } }`);
          expect(data.servers[0].events.connected).toBe(true);
        },
        { timeout: 15_000 },
      );
    });
    afterAll(() => gateway.close());

    const submit = async (definition: string, token: string): Promise<string[]> => {
      const { data, errors } = await gateway.query(SUBMIT, { definition }, asUser(token));
      expect(errors).toEqual([]);
      expect(data.submitTestJob).toMatchObject({ __typename: "TestJobsSubmitted" });
      return data.submitTestJob.jobIds as string[];
    };

    test("a submitted job is followed from its snapshot to its end, each state once and in order, and its results are there", async () => {
      const [jobId] = await submit(jobFile("played"), target.tokens.alice);
      const updates = await gateway.subscribe(FOLLOW, { jobId }, asUser(target.tokens.alice)).rest();
      const states = updates.map((update) => update.data?.testJobUpdates.state as string);
      expect(updates.flatMap((update) => update.errors ?? [])).toEqual([]);
      expect(updates[0]?.data?.testJobUpdates.source).toBe("SNAPSHOT");
      expect(new Set(states).size).toBe(states.length);
      expect(states).toEqual([...states].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
      expect(updates.at(-1)?.data?.testJobUpdates).toMatchObject({
        state: "FINISHED",
        health: "COMPLETE",
        testJob: { jobId },
      });
      expect(updates.at(-1)?.data?.testJobUpdates.testJob.finishedAt).not.toBeNull();

      const { data, errors } = await gateway.query(
        `query ($jobId: ID!) { testJob(jobId: $jobId) {
          state health phase outcome verdict submitter visibility tags metadata { key value }
          device { hostname state deviceType { name } worker { hostname } }
          resultCounts { pass fail skip unknown total }
          suites { name internal resultCounts { total } cases(first: 5) { nodes { name result measurement unit } pageInfo { hasNextPage } } }
          log { lineCount lines(last: 3) { nodes { number level text } } }
          configuration { definition device }
        } }`,
        { jobId },
        asUser(target.tokens.alice),
      );
      expect(errors).toEqual([]);
      const job = data.testJob;
      expect(job).toMatchObject({
        state: "FINISHED",
        health: "COMPLETE",
        phase: "FINISHED",
        outcome: "SUCCEEDED",
        submitter: "alice",
        visibility: "Public",
        tags: ["played"],
        device: { deviceType: { name: "docker" } },
      });
      expect(job.metadata).toContainEqual({ key: "play-suites", value: "2" });
      expect(job.configuration.definition).toContain("play-suites");
      expect(job.configuration.device).toContain("docker");
      // play-worker: two suites of twelve cases, every seventh fails, every eleventh is skipped.
      expect(job.resultCounts).toEqual({ pass: 20, fail: 2, skip: 2, unknown: 0, total: 24 });
      expect(job.verdict).toBe("FAILED");
      expect(job.suites.map((suite: { name: string }) => suite.name).sort()).toEqual(["0_played", "1_played", "lava"]);
      const played = job.suites.find((suite: { name: string }) => suite.name === "0_played");
      expect(played.cases.nodes.map((node: { name: string }) => node.name)).toEqual([
        "case-0",
        "case-1",
        "case-2",
        "case-3",
        "case-4",
      ]);
      expect(played.cases.nodes[4]).toMatchObject({ result: "PASS", measurement: 6, unit: "ms" });
      expect(played.cases.pageInfo.hasNextPage).toBe(true);
      expect(job.log.lineCount).toBeGreaterThan(200);
      expect(job.log.lines.nodes.at(-1)).toMatchObject({ number: job.log.lineCount - 1, level: "RESULTS" });
    });

    test("a job of a group is null to others, and not one of its events reaches them", async () => {
      const [jobId = ""] = await submit(jobFile("played-private"), target.tokens.bob);
      const follow = (params: Record<string, string>) => gateway.subscribe(FOLLOW, { jobId }, params);
      const [anonymous, alice, bob] = [
        follow({}),
        follow(asUser(target.tokens.alice)),
        follow(asUser(target.tokens.bob)),
      ];
      await bob.rest();
      for (const others of [anonymous, alice]) {
        expect(await others.rest()).toMatchObject([{ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] }]);
      }
      const seen = `query ($jobId: ID!) { testJob(jobId: $jobId) { id suites { id } } }`;
      const own = await gateway.query(seen, { jobId }, asUser(target.tokens.bob));
      expect(own.data.testJob.suites.length).toBeGreaterThan(0);
      for (const headers of [{}, asUser(target.tokens.alice)]) {
        const hidden = await gateway.query(seen, { jobId }, headers);
        expect(hidden).toMatchObject({ data: { testJob: null }, errors: [] });
        // The ids of what the private job found out are no way round: REST would answer them to anybody.
        const ids = [own.data.testJob.id, ...own.data.testJob.suites.map((suite: { id: string }) => suite.id)];
        const { data, errors } = await gateway.query(
          `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
          { ids },
          headers,
        );
        expect(errors).toEqual([]);
        expect(data.nodes).toEqual(ids.map(() => null));
      }
      const list = await gateway.query(`{ testJobs(first: 5) { nodes { jobId } } }`);
      expect(list.data.testJobs.nodes).not.toContainEqual({ jobId });
    });

    test("a refused definition is an answer with LAVA's reason", async () => {
      const refused = async (definition: string) =>
        (await gateway.query(SUBMIT, { definition }, asUser(target.tokens.alice))).data.submitTestJob;
      expect(await refused("a: 1")).toMatchObject({
        __typename: "TestJobRefused",
        message: expect.stringMatching(/submitted job data/),
      });
      expect(await refused(jobFile("played").replace("device_type: docker", "device_type: nope"))).toMatchObject({
        message: expect.stringMatching(/nope/),
      });
      expect(await refused(jobFile("played").replace("[played]", "[no-such-tag]"))).toMatchObject({
        message: expect.stringMatching(/no-such-tag/),
      });
    });

    test("anonymous may not submit, and is told so", async () => {
      const { data, errors } = await gateway.query(SUBMIT, { definition: jobFile("played") });
      expect(data).toEqual({ submitTestJob: null });
      expect(errors).toMatchObject([{ path: ["submitTestJob"], extensions: { code: "UPSTREAM_DENIED" } }]);
    });

    test("whoever follows all test jobs is shown those under way, then new ones", async () => {
      const [before = ""] = await submit(jobFile("queued"), target.tokens.alice);
      const following = gateway.subscribe(
        `subscription { testJobUpdates { source testJob { jobId } } }`,
        {},
        asUser(target.tokens.alice),
      );
      const sourceOf = async (jobId: string): Promise<string | undefined> => {
        for (let result = await following.next(); result !== undefined; result = await following.next()) {
          expect(result.errors).toBeUndefined();
          const { source, testJob } = result.data?.testJobUpdates ?? {};
          if (testJob.jobId === jobId) return source as string;
        }
        return undefined;
      };
      expect(await sourceOf(before)).toBe("SNAPSHOT");
      const [after = ""] = await submit(jobFile("queued"), target.tokens.alice);
      expect(await sourceOf(after)).toBe("BUS");
      following.close();
      await gateway.query(
        `mutation ($testJobs: [TestJobKey!]!) { cancelTestJobs(testJobs: $testJobs) { __typename } }`,
        { testJobs: [before, after].map((jobId) => ({ jobId })) },
        asUser(target.tokens.alice),
      );
    });

    test("a queued job is canceled, and its subscription ends", async () => {
      const [jobId] = await submit(jobFile("queued"), target.tokens.alice);
      const following = gateway.subscribe(FOLLOW, { jobId });
      expect((await following.next())?.data?.testJobUpdates).toMatchObject({ state: "SUBMITTED", source: "SNAPSHOT" });
      const { data, errors } = await gateway.query(
        `mutation ($jobId: ID!) { cancelTestJob(testJob: { jobId: $jobId }) { ... on TestJobCanceled { testJob { jobId state health startedAt } } } }`,
        { jobId },
        asUser(target.tokens.alice),
      );
      expect(errors).toEqual([]);
      expect(data.cancelTestJob.testJob).toEqual({ jobId, state: "FINISHED", health: "CANCELED", startedAt: null });
      expect((await following.rest()).map((update) => update.data?.testJobUpdates)).toMatchObject([
        { state: "FINISHED", health: "CANCELED" },
      ]);
    });

    test("many jobs that were read just before are shown as their cancel leaves them", async () => {
      const jobIds = [
        await submit(jobFile("queued"), target.tokens.alice),
        await submit(jobFile("queued"), target.tokens.alice),
        await submit(jobFile("queued"), target.tokens.alice),
      ].flat();
      const alice = asUser(target.tokens.alice);
      const read = `query ($ids: [ID!]!) { testJobs(filter: { jobIds: $ids }) { nodes { jobId state } } ${jobIds.map((id) => `j${id}: testJob(jobId: "${id}") { state }`).join(" ")} }`;
      const cancel = `mutation ($testJobs: [TestJobKey!]!) { cancelTestJobs(testJobs: $testJobs) { ... on TestJobCanceled { jobId testJob { state health } } } }`;
      // Read until memory answers.
      for (let at = 0; at < 2; at += 1) expect((await gateway.query(read, { ids: jobIds }, alice)).errors).toEqual([]);
      const { data, errors } = await gateway.query(cancel, { testJobs: jobIds.map((jobId) => ({ jobId })) }, alice);
      expect(errors).toEqual([]);
      expect(data.cancelTestJobs).toEqual(
        jobIds.map((jobId) => ({ jobId, testJob: { state: "FINISHED", health: "CANCELED" } })),
      );
    });

    test("somebody else's job is not canceled", async () => {
      const [jobId] = await submit(jobFile("queued"), target.tokens.alice);
      const cancel = `mutation ($jobId: ID!) { cancelTestJob(testJob: { jobId: $jobId }) { __typename } }`;
      const { errors } = await gateway.query(cancel, { jobId }, asUser(target.tokens.bob));
      expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      await gateway.query(cancel, { jobId }, asUser(target.tokens.alice));
    });

    test("a multinode job has a job for each node, found by its sub id", async () => {
      const ids = await submit(jobFile("qemu-multinode"), target.tokens.alice);
      expect(ids).toEqual([expect.stringMatching(/^\d+\.0$/), expect.stringMatching(/^\d+\.1$/)]);
      for (const subId of ids) {
        // To others than its submitter, that a job is not there may be said for two seconds more.
        await vi.waitFor(async () => {
          const { data, errors } = await gateway.query(`query ($id: ID!) { testJob(jobId: $id) { jobId subId } }`, {
            id: subId,
          });
          expect(errors).toEqual([]);
          expect(data.testJob).toMatchObject({ subId });
        }, 5_000);
        await gateway.query(
          `mutation ($id: ID!) { cancelTestJob(testJob: { jobId: $id }) { __typename } }`,
          { id: subId },
          asUser(target.tokens.alice),
        );
      }
    });

    test("pages of test jobs join to the whole list, in both directions", async () => {
      const page = `query ($first: Int, $after: String, $last: Int, $before: String) {
        testJobs(first: $first, after: $after, last: $last, before: $before, filter: { states: [FINISHED], deviceTypes: ["beaglebone-black"] }) {
          totalCount nodes { jobId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
      const forward: string[] = [];
      let total = 0;
      for (let after: string | null = null; ;) {
        const testJobs: Connection = (await gateway.query(page, { first: 3, after })).data.testJobs;
        forward.push(...testJobs.nodes.map((node) => node.jobId));
        total = testJobs.totalCount;
        after = testJobs.pageInfo.endCursor;
        if (!testJobs.pageInfo.hasNextPage) break;
      }
      expect(forward.length).toBe(total);
      expect(forward).toEqual([...new Set(forward)].sort((a, b) => Number(b) - Number(a)));
      const backward: string[] = [];
      for (let before: string | null = null; ;) {
        const testJobs: Connection = (await gateway.query(page, { last: 3, before })).data.testJobs;
        backward.unshift(...testJobs.nodes.map((node) => node.jobId));
        before = testJobs.pageInfo.startCursor;
        if (!testJobs.pageInfo.hasPreviousPage) break;
      }
      expect(backward).toEqual(forward);
    });

    test("the lab is there: devices, types, workers, and the node behind each id", async () => {
      const { data, errors } = await gateway.query(`{
        devices(first: 100) { totalCount nodes { id hostname state health tags deviceType { name } worker { hostname state } currentJob { jobId } } }
        deviceTypes(first: 100) { nodes { id name devices(first: 50) { nodes { hostname } } } }
        workers(first: 100) { nodes { id hostname health devices(first: 50) { nodes { hostname } } } }
      }`);
      expect(errors).toEqual([]);
      expect(data.devices.nodes.length).toBe(data.devices.totalCount);
      expect(data.devices.nodes).toContainEqual(
        expect.objectContaining({ hostname: "qemu-01", deviceType: { name: "qemu" }, tags: ["virtual"] }),
      );
      expect(
        data.deviceTypes.nodes.find((type: { name: string }) => type.name === "qemu").devices.nodes,
      ).toContainEqual({ hostname: "qemu-02" });
      const ids = [data.devices.nodes[0].id, data.deviceTypes.nodes[0].id, data.workers.nodes[0].id];
      const nodes = await gateway.query(`query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }`, { ids });
      expect(nodes.data.nodes).toEqual([
        { __typename: "Device", id: ids[0] },
        { __typename: "DeviceType", id: ids[1] },
        { __typename: "Worker", id: ids[2] },
      ]);
      // A device type that only secret-team may see.
      expect(
        (await gateway.query(`{ deviceType(name: "fvp") { name } device(hostname: "fvp-01") { hostname } }`)).data,
      ).toEqual({ deviceType: null, device: null });
      const bobs = await gateway.query(
        `{ deviceType(name: "fvp") { name } device(hostname: "fvp-01") { hostname } }`,
        {},
        asUser(target.tokens.bob),
      );
      expect(bobs.data).toEqual({ deviceType: { name: "fvp" }, device: { hostname: "fvp-01" } });
    });

    test("the viewer is whom the token says, and a wrong token is refused", async () => {
      const who = `{ viewer { accounts { user } } }`;
      expect((await gateway.query(who)).data.viewer.accounts).toEqual([{ user: null }]);
      expect((await gateway.query(who, {}, asUser(target.tokens.bob))).data.viewer.accounts).toEqual([{ user: "bob" }]);
      const wrong = await gateway.query(who, {}, asUser("no-such-token"));
      expect(wrong.errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      expect(JSON.stringify(wrong)).not.toContain("no-such-token");
      expect(gateway.logLines.join("")).not.toContain("no-such-token");
    });

    test("what does not exist is null; what can't exist is refused with its range", async () => {
      expect(await gateway.query(`{ testJob(jobId: "999999") { id } device(hostname: "nope") { id } }`)).toMatchObject({
        data: { testJob: null, device: null },
        errors: [],
      });
      const refused = async (query: string) => (await gateway.query(query)).errors;
      for (const query of [
        `{ testJob(jobId: "abc") { id } }`,
        `{ testJob(jobId: "1", server: "nope") { id } }`,
        `{ testJobs(first: -1) { nodes { id } } }`,
        `{ testJobs(first: 101) { nodes { id } } }`,
        `{ testJobs(after: "junk") { nodes { id } } }`,
        `{ node(id: "junk") { id } }`,
      ]) {
        expect(await refused(query), query).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
      }
      expect((await refused(`{ testJobs(first: 101) { nodes { id } } }`))[0]?.message).toMatch(
        /first: 101 .* 0 to 100/,
      );
    });
  });
}
