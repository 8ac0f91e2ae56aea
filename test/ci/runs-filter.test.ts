// `runs(filter:)` over both sandboxes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScene } from "../links/scene.js";
import type { Scene } from "../links/scene.js";

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const RUNS = `query ($filter: RunFilter, $server: String, $first: Int = 20) { runs(first: $first, filter: $filter, server: $server) {
  totalCount nodes { __typename name phase outcome createdAt startedAt finishedAt server { name } }
} }`;

async function runs(filter: Record<string, unknown>, first = 20) {
  const data = await scene.query(RUNS, { filter, first });
  return data.runs.nodes as Record<string, any>[];
}

describe("runs", () => {
  test("of one kind ask only the servers that have it", async () => {
    scene.lava.requests.reset();
    scene.cuirass.requests.reset();
    expect(new Set((await runs({ kinds: ["BUILD"] })).map((run) => run.__typename))).toEqual(new Set(["Build"]));
    expect(scene.lava.requests.total()).toBe(0);
    scene.cuirass.requests.reset();
    expect(new Set((await runs({ kinds: ["TEST_JOB"] })).map((run) => run.__typename))).toEqual(new Set(["TestJob"]));
    expect(scene.cuirass.requests.total()).toBe(0);
  });

  test("of one server are of no other, and an unknown server is refused by name", async () => {
    const { runs: ofLava } = await scene.query(RUNS, { server: "lava" });
    expect(new Set(ofLava.nodes.map((run: any) => run.server.name))).toEqual(new Set(["lava"]));
    const { errors } = await scene.gateway.query(RUNS, { server: "nope" });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "server" } }]);
  });

  test("with a text in the name are found on both systems, whatever the case", async () => {
    const all = await runs({}, 100);
    for (const type of ["TestJob", "Build"]) {
      const name = all.find((run) => run.__typename === type)?.name as string;
      const text = name.slice(1, 6).toUpperCase();
      const found = await runs({ text, kinds: [type === "Build" ? "BUILD" : "TEST_JOB"] }, 5);
      expect(found.length).toBeGreaterThan(0);
      for (const run of found) expect(run.name.toUpperCase()).toContain(text);
    }
  });

  test("created after a time are later than it, by creation, start or end, and none is left out", async () => {
    for (const kind of ["TEST_JOB", "BUILD"]) {
      const timeOf = (run: Record<string, any>) => String(run.createdAt ?? run.startedAt ?? run.finishedAt);
      const all = (await runs({ kinds: [kind] }, 100)).filter((run) => timeOf(run) !== "null");
      const since = timeOf(all[Math.floor(all.length / 2)] ?? {});
      const expected = all.filter((run) => Date.parse(timeOf(run)) > Date.parse(since));
      const found = await runs({ kinds: [kind], createdAfter: since }, 100);
      for (const run of found) expect(Date.parse(timeOf(run))).toBeGreaterThan(Date.parse(since));
      expect(found).toEqual(expect.arrayContaining(expected));
    }
    expect(await runs({ createdAfter: "2100-01-01T00:00:00Z" })).toEqual([]);
  });

  test("of each outcome are of no other, those that have not ended included", async () => {
    for (const outcome of ["SUCCEEDED", "FAILED", "CANCELED", "PENDING"]) {
      const found = await runs({ outcomes: [outcome] });
      expect(new Set(found.map((run) => run.outcome))).toEqual(new Set([outcome]));
      expect(new Set(found.map((run) => run.phase === "FINISHED"))).toEqual(new Set([outcome !== "PENDING"]));
    }
    const mixed = await runs({ outcomes: ["PENDING", "FAILED"], phases: ["RUNNING", "FINISHED"] }, 100);
    const words = new Set(mixed.map((run) => `${run.phase} ${run.outcome}`));
    expect(words).toEqual(new Set(["RUNNING PENDING", "FINISHED FAILED"]));
    expect(await runs({ outcomes: ["PENDING"], phases: ["FINISHED"] })).toEqual([]);
  });

  test("have a verdict: a test job whose test cases failed did not pass, though LAVA calls it complete", async () => {
    const list = `{ runs(first: 100, filter: { kinds: [TEST_JOB] }) {
      nodes { outcome verdict ... on TestJob { health resultCounts { fail } } } } builds(first: 20) { nodes { outcome verdict } } }`;
    const data = await scene.query(list);
    const passes = (run: any) => run.outcome === "SUCCEEDED" && (run.resultCounts?.fail ?? 0) === 0;
    for (const run of [...data.runs.nodes, ...data.builds.nodes]) {
      const rule = passes(run) ? "PASSED" : run.outcome === "SUCCEEDED" ? "FAILED" : run.outcome;
      expect(run, JSON.stringify(run)).toMatchObject({ verdict: rule });
    }
    const complete = data.runs.nodes.filter(({ health }: any) => health === "COMPLETE");
    expect(new Set(complete.map(({ verdict }: any) => verdict))).toEqual(new Set(["PASSED", "FAILED"]));
  });

  test("with an empty text are refused, since LAVA would return everything", async () => {
    const { data, errors } = await scene.gateway.query(RUNS, { filter: { text: "" } });
    expect(data.runs).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "filter.text" } }]);
  });

  test("of the other system stand when one is down, and it is named", async () => {
    scene.lava.fault = () => ({ kind: "reset" });
    const { data, errors } = await scene.gateway.query(RUNS, { filter: { text: "a" } });
    scene.lava.fault = undefined;
    expect(data.runs.nodes.length).toBeGreaterThan(0);
    expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_UNREACHABLE", server: "lava" } }]);
    expect(data.runs.totalCount).toBeNull();
  });
});
