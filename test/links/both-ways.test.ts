// Both ways of a link must tell the same: over the whole history of the sandbox lab, for each form of a sign, for each
// viewer, and with a second Cuirass.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import { createScene } from "./scene.js";
import type { Scene } from "./scene.js";

interface LinkedJob {
  readonly jobId: string;
  readonly build: { readonly buildId: number } | null;
  readonly buildLinks: readonly { readonly evidence: string; readonly matched: string }[];
}
interface Edge {
  readonly evidence: string;
  readonly matched: string;
  readonly node: { readonly jobId: string };
}

const FROM_BUILD = `query ($buildId: Int!, $server: String) { build(buildId: $buildId, server: $server) {
  testJobs(first: 100) { edges { evidence matched node { jobId } } pageInfo { hasNextPage } }
} }`;
const FROM_JOB = `query ($jobId: ID!) { testJob(jobId: $jobId) {
  build { buildId server { name } } buildLinks { evidence matched build { buildId server { name } } }
} }`;

describe("a build and its test jobs", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene();
  });
  afterAll(() => scene.close());

  const edgesOf = async (buildId: number, headers: Record<string, string> = {}): Promise<readonly Edge[]> => {
    const { data, errors } = await scene.gateway.query(FROM_BUILD, { buildId }, headers);
    expect(errors).toEqual([]);
    expect(data.build.testJobs.pageInfo.hasNextPage).toBe(false);
    return data.build.testJobs.edges as Edge[];
  };

  it("agree over the whole history, and no other job appears", async () => {
    const admin = asUser(scene.lava.users.admin.token);
    const all = `{ testJobs(first: 100) { totalCount nodes { jobId build { buildId } buildLinks { evidence matched } } } }`;
    const { data, errors } = await scene.gateway.query(all, {}, admin);
    expect(errors).toEqual([]);
    const jobs = data.testJobs.nodes as LinkedJob[];
    expect(jobs).toHaveLength(data.testJobs.totalCount as number);

    const expected = new Map<number, string[]>();
    for (const { jobId, build } of jobs) {
      if (build !== null) expected.set(build.buildId, [...(expected.get(build.buildId) ?? []), jobId]);
    }
    // The history tests a build with every third of its 60 jobs.
    expect([...expected.values()].flat()).toHaveLength(20);
    const found = new Map<number, string[]>();
    for (const { buildId } of scene.cuirass.builds().slice(0, 40)) {
      const edges = await edgesOf(buildId, admin);
      if (edges.length > 0)
        found.set(
          buildId,
          edges.map(({ node }) => node.jobId),
        );
    }
    expect(found).toEqual(expected);
  });

  it("say the same about what the link rests on, for every form", async () => {
    const [build] = scene.cuirass.builds();
    if (build === undefined) throw new Error("the sandbox has no builds");
    const { buildId, storePath, buildUrl } = build;
    const page = buildUrl.replace(/\/details$/, "");
    const { data } = await scene.gateway.query(`query ($id: Int!) { build(buildId: $id) { derivation } }`, {
      id: buildId,
    });
    const derivation = data.build.derivation as string;
    const forms: readonly [string, string, string][] = [
      [scene.submit({ "build-url": buildUrl }), "METADATA", page],
      [scene.submit({ "build-id": String(buildId) }), "METADATA", String(buildId)],
      [scene.submit({ "store-path": storePath }), "METADATA", storePath],
      [scene.submit({ derivation }), "METADATA", derivation],
      [scene.submit({}, `https://substitutes.example.org${storePath}/Image`), "STORE_PATH", storePath],
      [scene.submit({}, `${page}/log`), "BUILD_URL", page],
    ];
    const edges = await edgesOf(buildId);
    for (const [jobId, evidence, matched] of forms) {
      expect(edges).toContainEqual({ evidence, matched, node: { jobId } });
      const { data } = await scene.gateway.query(FROM_JOB, { jobId });
      expect(data.testJob).toEqual({
        build: { buildId, server: { name: "cuirass" } },
        buildLinks: [{ evidence, matched, build: { buildId, server: { name: "cuirass" } } }],
      });
    }
    // Newest first, whatever was searched for to find them.
    const ids = edges.map(({ node }) => Number(node.jobId));
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
  });

  it("do not take a text for a sign where it is none", async () => {
    const build = scene.cuirass.builds()[3];
    if (build === undefined) throw new Error("the sandbox has no builds");
    const { buildId, storePath } = build;
    const page = build.buildUrl.replace(/\/details$/, "");
    const hash = storePath.slice("/gnu/store/".length).slice(0, 32);
    const before = await edgesOf(buildId);
    for (const jobId of [
      scene.submit({ note: `build-id: ${buildId}` }),
      scene.submit({ "build-url": `${page}1/details` }),
      scene.submit({ "build-id": `${buildId}1` }),
      scene.submit({ "build-url": page.replace("/build/", "/eval/") }),
      scene.submit({ "store-path": `/gnu/store/${hash}0-longer` }),
      scene.submit({ note: `# ${storePath.slice("/gnu".length)}` }),
      scene.submit({}, `https://elsewhere.example.org/build/${buildId}`),
    ]) {
      const { data, errors } = await scene.gateway.query(FROM_JOB, { jobId });
      expect(errors).toEqual([]);
      expect(data.testJob).toEqual({ build: null, buildLinks: [] });
    }
    expect(await edgesOf(buildId)).toEqual(before);
  });

  it("show a private job to nobody but its group", async () => {
    const all = `{ testJobs(first: 100) { nodes { jobId visibility build { buildId } } } }`;
    const bob = asUser(scene.lava.users.bob.token);
    const { data } = await scene.gateway.query(all, {}, bob);
    const secret = data.testJobs.nodes.find((job: any) => job.build !== null && job.visibility !== "Public");
    const holds = async (headers: Record<string, string>) =>
      (await edgesOf(secret.build.buildId as number, headers)).some(({ node }) => node.jobId === secret.jobId);
    expect(await holds(bob)).toBe(true);
    expect(await holds({})).toBe(false);
    expect(await holds(asUser(scene.lava.users.alice.token))).toBe(false);
  });
});

describe("two Cuirass servers", () => {
  it("make a bare number say nothing, and an address its own server", async () => {
    const [one, two] = [await createCuirassSandbox({ evaluations: 6 }), await createCuirassSandbox({ evaluations: 6 })];
    const lava = await createLavaSandbox({ jobs: 0, events: false });
    const gateway = await startGateway({
      lava: [{ url: lava.url, events: "poll" }],
      cuirass: [
        { name: "one", url: one.url },
        { name: "two", url: two.url },
      ],
    });
    const [build] = two.builds();
    if (build === undefined) throw new Error("the sandbox has no builds");
    const { buildId, buildUrl } = build;
    const submit = (metadata: string) => {
      const head = "job_name: x\nvisibility: public\ntimeouts: {job: {minutes: 5}}\ndevice_type: qemu\n";
      const [id = ""] = lava.submit("alice", `${head}metadata: {${metadata}}\nactions: [{deploy: {to: tmpfs}}]\n`);
      return id;
    };
    const bare = submit(`build-id: ${buildId}`);
    // A search for the address brings this one; it is no sign there, and the number still none.
    const mentioned = submit(`build-id: ${buildId}, note: 'see ${buildUrl}'`);
    const addressed = submit(`build-url: '${buildUrl}'`);

    const fromJob = async (jobId: string): Promise<unknown> => (await gateway.query(FROM_JOB, { jobId })).data.testJob;
    expect(await fromJob(bare)).toEqual({ build: null, buildLinks: [] });
    expect(await fromJob(mentioned)).toEqual({ build: null, buildLinks: [] });
    expect(await fromJob(addressed)).toMatchObject({ build: { buildId, server: { name: "two" } }, buildLinks: [{}] });

    const fromBuild = async (server: string): Promise<string[]> => {
      const { data, errors } = await gateway.query(FROM_BUILD, { buildId, server });
      expect(errors).toEqual([]);
      return data.build.testJobs.edges.map(({ node }: Edge) => node.jobId) as string[];
    };
    expect(await fromBuild("one")).toEqual([]);
    expect(await fromBuild("two")).toEqual([addressed]);

    await gateway.close();
    await Promise.all([lava.close(), one.close(), two.close()]);
  });
});
