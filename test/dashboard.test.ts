// examples/dashboard over the wire: its own functions against a gateway, as its page calls them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCuirassSandbox } from "../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../src/sandbox/lava/index.js";
import { startGateway } from "./support/gateway.js";
import type { TestGateway } from "./support/gateway.js";

const FOLDER = join(import.meta.dirname, "../examples/dashboard");
/** Files of the example, which are no part of the project's types. */
const load = (file: string): Promise<any> => import(join(FOLDER, file));

let cuirass: CuirassSandbox;
let lava: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  cuirass = await createCuirassSandbox();
  lava = await createLavaSandbox({ builds: () => cuirass.builds() });
  gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url }] });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

test("asks what the schema has, and describes the boards of the newest images", async () => {
  const [{ IMAGES, NOW, describe, isBad }, { query }] = [await load("dashboard.js"), await load("etna.js")];
  const schema = buildSchema(readFileSync(join(FOLDER, "../../schema.graphql"), "utf8"));
  for (const document of [IMAGES, NOW]) expect(validate(schema, parse(document))).toEqual([]);
  const { builds } = await query(gateway.origin, IMAGES);
  expect(builds.nodes).toHaveLength(8);
  const jobs = builds.nodes.flatMap(({ testJobs }: any) => testJobs.nodes);
  expect(jobs).not.toEqual([]);
  for (const job of jobs) expect(describe(job)).toMatch(/^[\w-]+: (\d+ passed, \d+ failed|incomplete|canceled)$/);
  const complete = { state: "FINISHED", health: "COMPLETE" };
  expect(isBad({ ...complete, resultCounts: { pass: 1, fail: 0 } })).toBe(false);
  expect(isBad({ ...complete, resultCounts: { pass: 1, fail: 1 } })).toBe(true);
});

test("says what is wrong with a question", async () => {
  const { query, subscribe } = await load("etna.js");
  await expect(query(gateway.origin, "{ nothing }")).rejects.toThrow("nothing");
  await expect(subscribe(gateway.origin, "{", () => undefined)).rejects.toThrow(/Syntax Error/);
});

test("follows the lab until it is left", async () => {
  const [{ NOW }, { subscribe }] = [await load("dashboard.js"), await load("etna.js")];
  const leave = new AbortController();
  const seen: string[] = [];
  const [id = ""] = lava.submit(
    "alice",
    readFileSync(join(FOLDER, "../../test/real/lava/lava/jobs/queued.yaml"), "utf8"),
  );
  await expect(
    subscribe(
      gateway.origin,
      NOW,
      ({ testJobUpdates: { state, testJob } }: any) => {
        if (testJob.jobId !== id) return;
        seen.push(state);
        if (state === "SUBMITTED") void lava.advance(Number(id), "Finished");
        if (state === "FINISHED") leave.abort();
      },
      leave.signal,
    ),
  ).rejects.toThrow(/abort/i);
  expect(seen).toEqual(["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"]);
});
