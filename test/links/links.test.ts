// Edges between the systems, over both sandboxes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScene } from "./scene.js";
import type { Scene } from "./scene.js";

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const JOB = `query ($id: ID!) { testJob(jobId: $id) {
  build { buildId } buildLinks { evidence matched build { buildId } }
  evaluation { evaluationId } evaluationLinks { evidence matched evaluation { evaluationId } }
} }`;

interface Product {
  readonly buildId: number;
  readonly url: string;
}

async function newestProduct(): Promise<Product> {
  const { builds } = await scene.query(
    `{ builds(first: 50, filter: { specification: "images" }) { nodes { buildId products { url } } } }`,
  );
  const build = builds.nodes.find(({ products }: { products: unknown[] }) => products.length > 0);
  return { buildId: build.buildId as number, url: build.products[0].url as string };
}

describe("a build product's address", () => {
  test("links a test job and the build, both ways, and many jobs cost no more requests than one", async () => {
    const { buildId, url } = await newestProduct();
    const ids = [scene.submit({}, url), scene.submit({}, `${url}?x=y`)];
    const { testJob } = await scene.query(JOB, { id: ids[0] });
    expect(testJob.build).toEqual({ buildId });
    expect(testJob.buildLinks).toEqual([{ evidence: "PRODUCT_URL", matched: url, build: { buildId } }]);

    const { build } = await scene.query(
      `query ($id: Int!) { build(buildId: $id) { testJobs(first: 5) { edges { evidence matched node { jobId } } } } }`,
      { id: buildId },
    );
    expect(build.testJobs.edges.slice(0, 2)).toEqual(
      [...ids].reverse().map((jobId) => ({ evidence: "PRODUCT_URL", matched: url, node: { jobId } })),
    );

    scene.cuirass.requests.reset();
    await scene.query(`{ testJobs(first: 2) { nodes { build { buildId } } } }`);
    expect(scene.cuirass.requests.counts()).toEqual({ "GET /specifications": 1, "GET /api/latestbuilds": 1 });
  });

  test("that is no product's, or of another server, links nothing", async () => {
    for (const url of [`${scene.cuirass.url}/download/2000000000`, "https://ci.example.org/download/1"]) {
      const { testJob } = await scene.query(JOB, { id: scene.submit({}, url) });
      expect(testJob).toMatchObject({ build: null, buildLinks: [] });
    }
  });
});

describe("an evaluation", () => {
  test("is found by its address and by its number, and finds the jobs that name it", async () => {
    const { evaluation } = scene.cuirass.builds()[0] ?? { evaluation: 0 };
    const byUrl = scene.submit({ "evaluation-url": `${scene.cuirass.url}/eval/${evaluation}` });
    const byNumber = scene.submit({ evaluation: String(evaluation) });
    for (const id of [byUrl, byNumber]) {
      const { testJob } = await scene.query(JOB, { id });
      expect(testJob.evaluation).toEqual({ evaluationId: evaluation });
    }
    const found = await scene.query(
      `query ($id: Int!) { evaluation(evaluationId: $id) { testJobs(first: 2) { edges { evidence node { jobId } } } } }`,
      { id: evaluation },
    );
    expect(found.evaluation.testJobs.edges).toEqual([
      { evidence: "METADATA", node: { jobId: byNumber } },
      { evidence: "METADATA", node: { jobId: byUrl } },
    ]);
  });

  test("is found by a commit when it is the only one of that commit, and listed among several", async () => {
    const { evaluations } = await scene.query(
      `{ evaluations(first: 20) { nodes { evaluationId checkouts { commit } } } }`,
    );
    const byCommit = new Map<string, number[]>();
    for (const { evaluationId, checkouts } of evaluations.nodes) {
      for (const { commit } of checkouts) byCommit.set(commit, [...(byCommit.get(commit) ?? []), evaluationId]);
    }
    const [lone, [only]] = [...byCommit].find(([, ids]) => ids.length === 1) ?? ["", [0]];
    const single = scene.submit({ "source-sha": lone });
    expect((await scene.query(JOB, { id: single })).testJob).toMatchObject({
      evaluation: { evaluationId: only },
      evaluationLinks: [{ evidence: "COMMIT", matched: lone, evaluation: { evaluationId: only } }],
    });
    const found = await scene.query(
      `query ($id: Int!) { evaluation(evaluationId: $id) { testJobs(first: 1) { edges { evidence matched node { jobId } } } } }`,
      { id: only },
    );
    expect(found.evaluation.testJobs.edges).toEqual([{ evidence: "COMMIT", matched: lone, node: { jobId: single } }]);

    const shared = [...byCommit].find(([, ids]) => ids.length > 1);
    if (shared === undefined) return;
    const several = await scene.query(JOB, { id: scene.submit({ commit: shared[0] }) });
    expect(several.testJob.evaluation).toBeNull();
    expect(several.testJob.evaluationLinks.map((link: any) => link.evaluation.evaluationId)).toEqual(shared[1]);
  });
});

describe("jobs that a text search brings by mistake", () => {
  test("neither are shown nor hide the right ones behind them, and pages repeat and lose none", async () => {
    const build = scene.cuirass.builds()[1];
    if (build === undefined) throw new Error("the sandbox has no builds");
    const right: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      right.unshift(scene.submit({ "build-id": String(build.buildId) }));
      scene.submit({ "build-id": `${build.buildId}${n}` });
      scene.submit({ "build-id": `${build.buildId}${n}1` });
    }
    const seen: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 20; pages += 1) {
      const data: Record<string, any> = await scene.query(
        `query ($id: Int!, $after: String) { build(buildId: $id) {
          testJobs(first: 2, after: $after) { nodes { jobId } pageInfo { hasNextPage endCursor } }
        } }`,
        { id: build.buildId, after },
      );
      const { nodes, pageInfo } = data.build.testJobs;
      seen.push(...nodes.map(({ jobId }: { jobId: string }) => jobId));
      if (pageInfo.hasNextPage !== true) break;
      after = pageInfo.endCursor as string;
    }
    expect(seen.slice(0, 6)).toEqual(right);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
