// `compareRuns` over both sandboxes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScene } from "./scene.js";
import type { Scene } from "./scene.js";

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

const LISTS = ["newFailures", "fixed", "stillFailing", "otherwiseChanged", "missing", "added"];

/** LAVA's export of suites with their cases: `a+ b-`, passed and failed. */
function csv(suites: Record<string, string>): string {
  const rows = Object.entries(suites).flatMap(([suite, cases]) =>
    cases.split(" ").map((one) => {
      const [name, result] = [one.slice(0, -1), one.endsWith("+") ? "pass" : "fail"];
      return `"1","${suite}","${result}","None","","","","2026-11-22 03:24:20+00:00","","{}","/x","${name}",`;
    }),
  );
  const header = `"job","suite","result","measurement","unit","duration","timeout","logged","level","metadata","url","name","id","log_start_line","log_end_line"`;
  return [header, ...rows.map((row, at) => `${row}"${at}","",""`), ""].join("\r\n");
}

describe("two test jobs", () => {
  test("are compared case by case, and every case is counted once", async () => {
    const { testJobs } = await scene.query(
      `{ testJobs(first: 30, filter: { states: [FINISHED], healths: [COMPLETE] }) { nodes { id resultCounts { total fail } } } }`,
    );
    const [b, a] = testJobs.nodes.filter((job: any) => job.resultCounts.total > 5);
    const { compareRuns } = await scene.query(
      `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { ... on TestJobComparison {
        before { id } after { id } unchangedCount
        ${LISTS.map((list) => `${list}(first: 1000) { totalCount nodes { suiteName name before { result } after { result } } }`).join("\n")}
        measurementChanges { nodes { name measurementChange measurementRatio before { measurement unit } after { measurement unit } } }
      } } }`,
      { a: a.id, b: b.id },
    );
    expect(compareRuns).toMatchObject({ before: { id: a.id }, after: { id: b.id } });
    const count = (...lists: string[]) =>
      lists.reduce((sum, list) => sum + (compareRuns[list].totalCount as number), 0);
    expect(
      count("newFailures", "fixed", "stillFailing", "otherwiseChanged", "missing") + Number(compareRuns.unchangedCount),
    ).toBe(a.resultCounts.total);
    expect(
      count("newFailures", "fixed", "stillFailing", "otherwiseChanged", "added") + Number(compareRuns.unchangedCount),
    ).toBe(b.resultCounts.total);
    for (const { before, after } of compareRuns.newFailures.nodes) {
      expect([before.result === "FAIL", after.result]).toEqual([false, "FAIL"]);
    }
    for (const { measurementChange, before, after } of compareRuns.measurementChanges.nodes) {
      expect(measurementChange).toBeCloseTo(after.measurement - before.measurement);
      expect(before.unit).toBe(after.unit);
    }
  });

  test("that are one and the same differ in nothing", async () => {
    const { testJobs } = await scene.query(
      `{ testJobs(first: 1, filter: { healths: [COMPLETE] }) { nodes { id resultCounts { total fail } } } }`,
    );
    const [{ id, resultCounts }] = testJobs.nodes;
    const { compareRuns } = await scene.query(
      `query ($id: ID!) { compareRuns(a: $id, b: $id) { ... on TestJobComparison {
        unchangedCount stillFailing { totalCount } newFailures { totalCount } measurementChanges { totalCount }
      } } }`,
      { id },
    );
    expect(compareRuns).toEqual({
      unchangedCount: resultCounts.total - resultCounts.fail,
      stillFailing: { totalCount: resultCounts.fail },
      newFailures: { totalCount: 0 },
      measurementChanges: { totalCount: 0 },
    });
  });
});

test("two test jobs, the second with one more definition in front, are compared definition by definition", async () => {
  const { testJobs } = await scene.query(
    `{ testJobs(first: 2, filter: { healths: [COMPLETE] }) { nodes { id jobId } } }`,
  );
  const [b, a] = testJobs.nodes;
  const results: Record<string, string> = {
    [a.jobId]: csv({ "0_smoke": "a+ b+", "1_net": "c-", "2_twice": "d+", "3_twice": "d-" }),
    [b.jobId]: csv({ "0_new": "a-", "1_smoke": "a+ b-", "2_net": "c+", "3_twice": "d+", "4_twice": "d-", other: "e+" }),
  };
  scene.lava.fault = ({ path }) => {
    const body = results[/jobs\/(\d+)\/csv/.exec(path)?.[1] ?? ""];
    return body === undefined ? undefined : { kind: "status", status: 200, body, contentType: "application/csv" };
  };
  try {
    const { compareRuns } = await scene.query(
      `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { ... on TestJobComparison {
        ${LISTS.map((list) => `${list} { nodes { suiteName name } }`).join("\n")} unchangedCount } } }`,
      { a: a.id, b: b.id },
    );
    const names = LISTS.map((list) => compareRuns[list].nodes.map((one: any) => `${one.suiteName} ${one.name}`));
    expect(names).toEqual([["1_smoke b"], ["2_net c"], ["4_twice d"], [], [], ["0_new a", "other e"]]);
    expect(compareRuns.unchangedCount).toBe(2);
  } finally {
    scene.lava.fault = undefined;
  }
});

describe("two evaluations", () => {
  test("are compared job by job, with one request for the jobs of each", async () => {
    const { evaluations } = await scene.query(
      `{ evaluations(first: 10, specification: "master") { nodes { id status summary { total } } } }`,
    );
    const [b, a] = evaluations.nodes.filter((one: any) => one.summary.total > 0);
    scene.cuirass.requests.reset();
    const { compareRuns } = await scene.query(
      `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { ... on EvaluationComparison {
        before { id } after { id } unchangedCount
        ${LISTS.map((list) => `${list}(first: 1000) { totalCount nodes { name before { statusCode } after { statusCode } } }`).join("\n")}
      } } }`,
      { a: a.id, b: b.id },
    );
    expect(scene.cuirass.requests.counts()).toEqual({ "GET /api/evaluation": 2, "GET /api/jobs": 2 });
    const kept = ["newFailures", "fixed", "stillFailing", "otherwiseChanged", "missing"];
    const total = kept.reduce((sum, list) => sum + (compareRuns[list].totalCount as number), 0);
    expect(total + Number(compareRuns.unchangedCount)).toBe(a.summary.total);
    for (const { before, after } of compareRuns.fixed.nodes) {
      expect(before.statusCode).toBeGreaterThan(0);
      expect(after.statusCode).toBe(0);
    }
  });
});

describe("what can't be compared", () => {
  const compare = async (a: string, b: string) => {
    const { data, errors } = await scene.gateway.query(
      `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { __typename } }`,
      { a, b },
    );
    return {
      value: data.compareRuns as unknown,
      errors: errors.map(({ message, extensions }) => [message, extensions.code]),
    };
  };

  test("is refused with the argument's name and the reason", async () => {
    const { testJobs, evaluations, builds } = await scene.query(
      `{ testJobs(first: 1) { nodes { id } } evaluations(first: 1) { nodes { id } } builds(first: 1) { nodes { id } } }`,
    );
    const [job, evaluation, build] = [testJobs, evaluations, builds].map(({ nodes }) => nodes[0].id as string);
    const refused = async (a = "", b = "") => (await compare(a, b)).errors;
    expect(await refused(job, evaluation)).toEqual([
      ["b: is the id of another kind than `a`: Evaluation, not TestJob", "BAD_USER_INPUT"],
    ]);
    expect(await refused(build, job)).toEqual([
      ["a: is the id of a Build; test jobs and evaluations can be compared", "BAD_USER_INPUT"],
    ]);
    expect(await refused(job, "nonsense")).toEqual([
      ["b: is not an id of this graph; take one from a field `id`", "BAD_USER_INPUT"],
    ]);
  });

  test("is null when one of them is not there", async () => {
    const { testJobs } = await scene.query(`{ testJobs(first: 1) { nodes { id } } }`);
    const missing = Buffer.from("TestJob:lava:999999").toString("base64url");
    expect(await compare(testJobs.nodes[0].id as string, missing)).toEqual({ value: null, errors: [] });
  });
});
