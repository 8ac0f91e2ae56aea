// `search` over both sandboxes, and what a text can be.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTerm } from "../../src/ci/search.js";
import { createScene } from "../links/scene.js";
import type { Scene } from "../links/scene.js";

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const SEARCH = `query ($text: String!, $first: Int = 20) { search(text: $text, first: $first) {
  matched server { name } node {
    __typename id
    ... on TestJob { jobId name } ... on Device { hostname } ... on DeviceType { typeName: name } ... on Worker { hostname }
    ... on Build { buildId job } ... on Evaluation { evaluationId } ... on Specification { specificationName: name }
  }
} }`;

async function search(text: string, first = 20) {
  return (await scene.query(SEARCH, { text, first })).search as Record<string, any>[];
}

describe("a text", () => {
  test("is one thing only, or else a name", () => {
    const kinds = (text: string) =>
      Object.entries(readTerm(text)).flatMap(([kind, value]) => (kind === "text" || value === null ? [] : [kind]));
    expect(kinds(" 42 ")).toEqual(["number"]);
    expect(kinds("2008.1")).toEqual(["subId"]);
    expect(kinds("m5i5ymlsjpvm86pywclj45cy55hja9v1-qcow2-image-1.0/disk")).toEqual(["storePath"]);
    expect(kinds("8fddcb6")).toEqual(["commit"]);
    expect(kinds("https://ci.example.org/build/1")).toEqual(["url"]);
    expect(kinds("qemu-01")).toEqual(["name"]);
    expect(kinds("99999999999")).toEqual(["commit"]);
    expect(kinds("0")).toEqual(["name"]);
  });
});

describe("search", () => {
  test("finds a number as test job, build and evaluation, with three requests", async () => {
    const [build] = scene.cuirass.builds();
    scene.lava.requests.reset();
    scene.cuirass.requests.reset();
    const hits = await search(String(build?.evaluation));
    expect(hits).toContainEqual(
      expect.objectContaining({
        matched: "NUMBER",
        node: expect.objectContaining({ evaluationId: build?.evaluation }),
      }),
    );
    expect(scene.lava.requests.total() + scene.cuirass.requests.total()).toBe(3);
    const [hit] = await search(String(build?.buildId));
    expect(hit).toMatchObject({ matched: "NUMBER", server: { name: "cuirass" }, node: { buildId: build?.buildId } });
  });

  test("finds a node of a multinode job by its sub id", async () => {
    const ids = scene.lava.submit(
      "alice",
      `job_name: two\nvisibility: public\npriority: medium\ntimeouts:\n  job: {minutes: 5}\n  action: {minutes: 3}\n  connection: {minutes: 2}
protocols:\n  lava-multinode:\n    roles:\n      a: {device_type: qemu, count: 1}\n      b: {device_type: qemu, count: 1}\n    timeout: {minutes: 3}
actions:\n- deploy: {role: [a, b], to: tmpfs, images: {kernel: {url: 'file:///srv/Image'}}}\n- boot: {role: [a, b], method: qemu, prompts: ['#']}\n`,
    );
    const [hit, ...others] = await search(ids[1] ?? "");
    expect(others).toEqual([]);
    expect(hit).toMatchObject({ matched: "NUMBER", node: { __typename: "TestJob", name: "two" } });
  });

  test("finds devices, workers, types and jobs by a part of their name, in four requests to LAVA", async () => {
    scene.lava.requests.reset();
    const hits = await search("QEMU", 50);
    expect(scene.lava.requests.total()).toBe(4);
    const matched = hits.map((hit) => hit.matched as string);
    expect(matched).toContain("HOSTNAME");
    expect(matched).toContain("DEVICE_TYPE");
    expect(matched.indexOf("HOSTNAME")).toBeLessThan(matched.indexOf("DEVICE_TYPE"));
    for (const { node } of hits) expect((node.hostname ?? node.typeName ?? node.name).toLowerCase()).toContain("qemu");
  });

  test("finds specifications by a part of their name, and builds by the job's, with or without system", async () => {
    expect(await search("core-pack")).toMatchObject([
      { matched: "SPECIFICATION", node: { specificationName: "core-packages-team" } },
    ]);
    for (const text of ["hello.x86_64-linux", "hello"]) {
      scene.cuirass.requests.reset();
      const hits = (await search(text)).filter((hit) => hit.matched === "JOB");
      expect(hits.map((hit) => hit.node.job)).toContain("hello.x86_64-linux");
      expect(scene.cuirass.requests.total()).toBeLessThanOrEqual(5);
    }
  });

  test("finds a store path's build and the test jobs on it, and a commit's evaluations", async () => {
    const [build] = scene.cuirass.builds();
    if (build === undefined) throw new Error("the sandbox has no builds");
    const jobId = scene.submit({ "store-path": build.storePath });
    const hits = await search(build.storePath);
    expect(hits[0]).toMatchObject({ matched: "STORE_PATH", node: { buildId: build.buildId } });
    expect(hits.slice(1)).toContainEqual(
      expect.objectContaining({ matched: "DEFINITION", node: expect.objectContaining({ jobId }) }),
    );
    const commits = await search(build.commit.slice(0, 8));
    expect(commits).toContainEqual(
      expect.objectContaining({ matched: "COMMIT", node: expect.objectContaining({ evaluationId: build.evaluation }) }),
    );
  });

  test("finds what an address is the page of, and nothing for another server's", async () => {
    const [build] = scene.cuirass.builds();
    expect(await search(build?.buildUrl ?? "")).toMatchObject([
      { matched: "ADDRESS", node: { buildId: build?.buildId } },
    ]);
    expect(await search(`${scene.lava.url}/scheduler/job/1`)).toMatchObject([
      { matched: "ADDRESS", node: { __typename: "TestJob", jobId: "1" } },
    ]);
    const { host } = new URL(scene.lava.url);
    for (const [address, node] of [
      [`https://${host}/scheduler/job/1/definition#L3`, { jobId: "1" }],
      [`HTTP://${host}/results/1/0_smoke?limit=5`, { jobId: "1" }],
      [`${scene.lava.url}/scheduler/device/qemu-01`, { hostname: "qemu-01" }],
      [`${scene.lava.url}/scheduler/device_type/qemu`, { typeName: "qemu" }],
      [`${scene.lava.url}/scheduler/worker/worker-01`, { hostname: "worker-01" }],
    ] as const) {
      expect(await search(address), address).toMatchObject([{ matched: "ADDRESS", node }]);
    }
    expect(await search("https://elsewhere.example.org/build/1")).toEqual([]);
  });

  test("names a dead server once and shows what the others have", async () => {
    scene.lava.fault = () => ({ kind: "reset" });
    const { data, errors } = await scene.gateway.query(SEARCH, { text: "images" });
    scene.lava.fault = undefined;
    expect(data.search).toMatchObject([{ node: { specificationName: "images" } }]);
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_UNREACHABLE", server: "lava" } }]);
  });

  test("refuses nothing, too much and too many", async () => {
    for (const [variables, argument] of [
      [{ text: "  " }, "text"],
      [{ text: "x".repeat(301) }, "text"],
      [{ text: "x", first: 51 }, "first"],
    ] as const) {
      const { errors } = await scene.gateway.query(SEARCH, variables);
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument } }]);
    }
    expect(await search("x", 0)).toEqual([]);
  });

  test("passes on no text that would make Cuirass' query another one", async () => {
    expect(await search("hello&nr=1000")).toEqual([]);
    expect(await search("ü b")).toEqual([]);
  });
});
