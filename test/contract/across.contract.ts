// What Etna promises over all servers at once, as far as a LAVA alone can show it: one list, one search, one
// comparison. Passes over the sandbox and over a real LAVA.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";

const COMMIT = "5ca1ab1e".repeat(5);

export function acrossContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`what goes across servers, over ${name}`, () => {
    let target: LavaTarget;
    let gateway: TestGateway;
    /** Two played jobs, of which the second has more cases, and a private one of bob's. */
    let jobs: { readonly a: string; readonly b: string; readonly hidden: string };

    beforeAll(async () => {
      target = await start();
      gateway = await startGateway({ lava: [{ url: target.url, publisher: target.eventUrl }] });
      const play = async (definition: string, token: string): Promise<string> => {
        const { data, errors } = await gateway.query(
          `mutation ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`,
          { definition },
          asUser(token),
        );
        expect(errors).toEqual([]);
        const [jobId] = data.submitTestJob.jobIds as string[];
        const follow = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state } }`;
        await gateway.subscribe(follow, { jobId }, asUser(token)).rest();
        return jobId ?? "";
      };
      const marked = jobFile("played").replace("source: etna", `source: etna\n  source-sha: ${COMMIT}`);
      jobs = {
        a: await play(marked, target.tokens.alice),
        b: await play(marked.replace("'12'", "'15'"), target.tokens.alice),
        hidden: await play(jobFile("played-private"), target.tokens.bob),
      };
    }, 60_000);
    afterAll(() => gateway.close());

    const query = async (document: string, variables = {}, token: string | null = target.tokens.alice) => {
      const { data, errors } = await gateway.query(document, variables, token === null ? {} : asUser(token));
      expect(errors).toEqual([]);
      return data;
    };

    const SEARCH = `query ($text: String!) { search(text: $text, first: 50) { matched node {
      __typename ... on TestJob { jobId name } ... on Device { hostname } ... on Worker { hostname } ... on DeviceType { type: name }
    } } }`;
    const search = async (text: string, token: string | null = target.tokens.alice) =>
      (await query(SEARCH, { text }, token)).search as Record<string, any>[];

    test("a search finds a job by number, by address, by a commit in its definition, and by its description", async () => {
      const byNumber = { matched: "NUMBER", node: { __typename: "TestJob", jobId: jobs.a, name: "played job" } };
      expect(await search(jobs.a)).toEqual([byNumber]);
      expect(await search(`${target.url}/scheduler/job/${jobs.a}`)).toEqual([{ ...byNumber, matched: "ADDRESS" }]);
      expect((await search(COMMIT)).slice(0, 2).map(({ matched, node }) => [matched, node.jobId])).toEqual([
        ["DEFINITION", jobs.b],
        ["DEFINITION", jobs.a],
      ]);
      expect(await search("PLAYED JOB")).toContainEqual({ ...byNumber, matched: "DESCRIPTION" });
    });

    test("a search finds devices, workers and types by a part of their name, whatever the case", async () => {
      const hits = await search("QEMU");
      expect(hits).toContainEqual({ matched: "HOSTNAME", node: { __typename: "Device", hostname: "qemu-01" } });
      expect(hits).toContainEqual({ matched: "DEVICE_TYPE", node: { __typename: "DeviceType", type: "qemu" } });
      expect(await search("worker-01")).toContainEqual({
        matched: "HOSTNAME",
        node: { __typename: "Worker", hostname: "worker-01" },
      });
    });

    test("a search shows nobody a private job, whichever way it is looked for", async () => {
      for (const text of [jobs.hidden, `${target.url}/scheduler/job/${jobs.hidden}`, "PLAYED JOB OF SECRET-TEAM"]) {
        expect((await search(text, target.tokens.bob)).map(({ node }) => node.jobId)).toContain(jobs.hidden);
        for (const token of [null, target.tokens.alice]) {
          expect((await search(text, token)).map(({ node }) => node.jobId)).not.toContain(jobs.hidden);
        }
      }
    });

    test("runs are those since a time, with a text, of a kind and an outcome", async () => {
      const { testJob } = await query(`query ($id: ID!) { testJob(jobId: $id) { createdAt } }`, { id: jobs.a });
      const list = `query ($filter: RunFilter) { runs(first: 50, filter: $filter) { nodes { createdAt ... on TestJob { jobId name } } } }`;
      const { runs } = await query(list, {
        filter: { createdAfter: testJob.createdAt, text: "PLAYED", kinds: ["TEST_JOB"], outcomes: ["SUCCEEDED"] },
      });
      const ids = runs.nodes.map((run: { jobId: string }) => run.jobId);
      expect(ids).toContain(jobs.b);
      expect(ids).not.toContain(jobs.a);
      for (const run of runs.nodes) {
        expect(run.name.toLowerCase()).toContain("played");
        expect(Date.parse(run.createdAt as string)).toBeGreaterThanOrEqual(Date.parse(testJob.createdAt as string));
      }
      expect((await query(list, { filter: { kinds: ["BUILD"] } })).runs.nodes).toEqual([]);
    });

    test("builds and evaluations find the jobs whose definition points to them, as LAVA stores definitions", async () => {
      const cuirass = await createCuirassSandbox();
      const linked = await startGateway({
        lava: [{ url: target.url, events: "poll" }],
        cuirass: [{ url: cuirass.url }],
      });
      const { builds } = (
        await linked.query(
          `{ builds(first: 50, filter: { specification: "images" }) { nodes { buildId products { url } } } }`,
        )
      ).data;
      const withProduct = builds.nodes.find((node: any) => node.products.length > 0);
      const url = withProduct.products[0].url as string;
      const build = cuirass.builds().find(({ buildId }) => buildId !== withProduct.buildId);
      const definition = jobFile("queued")
        .replace(/^metadata:\n/m, "")
        .replace(
          /^actions:/m,
          `metadata:\n  build-id: ${build?.buildId}\n  evaluation: "${build?.evaluation}"\nactions:`,
        )
        .replace(
          /^actions:\n/m,
          `actions:\n- deploy: {timeout: {minutes: 2}, to: tmpfs, images: {rootfs: {url: '${url}'}}}\n`,
        );
      const submitted = await linked.query(
        `mutation ($definition: String!) { submitTestJob(definition: $definition) { __typename ... on TestJobsSubmitted { jobIds } } }`,
        { definition },
        asUser(target.tokens.alice),
      );
      expect(submitted.errors).toEqual([]);
      const [jobId] = submitted.data.submitTestJob.jobIds as string[];
      const { data, errors } = await linked.query(
        `query ($build: Int!, $product: Int!, $evaluation: Int!, $jobId: ID!) {
          byNumber: build(buildId: $build) { testJobs(first: 1) { edges { evidence matched node { jobId } } } }
          byProduct: build(buildId: $product) { testJobs(first: 1) { edges { evidence matched node { jobId } } } }
          evaluation(evaluationId: $evaluation) { testJobs(first: 1) { edges { evidence matched node { jobId } } } }
          testJob(jobId: $jobId) { buildLinks { evidence build { buildId } } evaluation { evaluationId } }
        }`,
        { build: build?.buildId, product: withProduct.buildId, evaluation: build?.evaluation, jobId },
        asUser(target.tokens.alice),
      );
      await linked.query(
        `mutation ($jobId: ID!) { cancelTestJob(testJob: { jobId: $jobId }) { __typename } }`,
        { jobId },
        asUser(target.tokens.alice),
      );
      await linked.close();
      await cuirass.close();
      expect(errors).toEqual([]);
      const edge = (evidence: string, matched: string) => ({
        testJobs: { edges: [{ evidence, matched, node: { jobId } }] },
      });
      expect(data.byNumber).toEqual(edge("METADATA", String(build?.buildId)));
      expect(data.evaluation).toEqual(edge("METADATA", String(build?.evaluation)));
      expect(data.byProduct).toEqual(edge("PRODUCT_URL", url));
      expect(data.testJob.evaluation).toEqual({ evaluationId: build?.evaluation });
      expect(data.testJob.buildLinks.map((link: any) => link.build.buildId)).toContain(withProduct.buildId);
    });

    test("two jobs are compared case by case", async () => {
      const ids = await query(
        `query ($a: ID!, $b: ID!) { a: testJob(jobId: $a) { id } b: testJob(jobId: $b) { id } }`,
        jobs,
      );
      const { compareRuns } = await query(
        `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { ... on TestJobComparison {
          unchangedCount newFailures { totalCount } fixed { totalCount } otherwiseChanged { totalCount } missing { totalCount }
          stillFailing { nodes { suiteName name before { result } after { result } } }
          added { totalCount nodes { suiteName name before { id } after { result } } }
        } } }`,
        { a: ids.a.id, b: ids.b.id },
      );
      // play-worker: two suites of twelve or fifteen cases, of which every seventh fails.
      expect(compareRuns).toMatchObject({
        newFailures: { totalCount: 0 },
        fixed: { totalCount: 0 },
        otherwiseChanged: { totalCount: 0 },
        missing: { totalCount: 0 },
        added: { totalCount: 6 },
      });
      expect(compareRuns.stillFailing.nodes.map((node: any) => [node.suiteName, node.before.result])).toEqual([
        ["0_played", "FAIL"],
        ["1_played", "FAIL"],
      ]);
      expect(compareRuns.added.nodes[0]).toMatchObject({ suiteName: "0_played", name: "case-12", before: null });
      expect(compareRuns.unchangedCount).toBe(22);
    });

    test("a comparison with a private job is null to others", async () => {
      const see = `query ($a: ID!, $b: ID!) { a: testJob(jobId: $a) { id } b: testJob(jobId: $b) { id } }`;
      const ids = await query(see, { a: jobs.a, b: jobs.hidden }, target.tokens.bob);
      const compare = `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { __typename } }`;
      const variables = { a: ids.a.id, b: ids.b.id };
      expect((await query(compare, variables, target.tokens.bob)).compareRuns).toEqual({
        __typename: "TestJobComparison",
      });
      expect((await query(compare, variables)).compareRuns).toBeNull();
      expect((await query(compare, variables, null)).compareRuns).toBeNull();
    });
  });
}
