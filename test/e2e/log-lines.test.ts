// `logLines`: the live tail of a test job's and of a build's log.

import { afterAll, beforeAll, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;

beforeAll(async () => {
  [lava, cuirass] = await Promise.all([createLavaSandbox(), createCuirassSandbox()]);
  gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url }] });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

const TAIL = `subscription ($run: ID!, $from: Int) { logLines(run: $run, from: $from) { lines { number text } nextLine finished } }`;

interface Batch {
  readonly lines: readonly { readonly number: number; readonly text: string }[];
  readonly nextLine: number;
  readonly finished: boolean;
}

const linesOf = (results: readonly { readonly data?: Record<string, any> | null | undefined }[]) =>
  results.flatMap(({ data }) => (data?.logLines as Batch).lines);

test("a test job's log comes line by line while it runs, without gaps, to its last line", async () => {
  const [jobId] = lava.submit("alice", jobFile("played").replace("play-seconds: '1'", "play-seconds: '2'"));
  const { data } = await gateway.query(`query ($jobId: ID!) { testJob(jobId: $jobId) { id } }`, { jobId });
  const results = await gateway.subscribe(TAIL, { run: data.testJob.id }).rest();
  const lines = linesOf(results);
  expect(results.length).toBeGreaterThan(1);
  expect(lines.map((line) => line.number)).toEqual(lines.map((_, at) => at));
  expect(results.map((result) => result.data?.logLines.finished as boolean).indexOf(true)).toBe(results.length - 1);
  const after = await gateway.query(`query ($jobId: ID!) { testJob(jobId: $jobId) { log { lineCount } } }`, { jobId });
  expect(lines.length).toBe(after.data.testJob.log.lineCount);
});

test("a finished job's log is delivered from the line asked for, and completes", async () => {
  const { data } = await gateway.query(`{ testJob(jobId: "4") { id log { lineCount } } }`);
  const total = data.testJob.log.lineCount as number;
  const lines = linesOf(await gateway.subscribe(TAIL, { run: data.testJob.id, from: total - 2_500 }).rest());
  expect(lines.map((line) => line.number)).toEqual(Array.from({ length: 2_500 }, (_, at) => total - 2_500 + at));
});

test("a build's log grows with the build", async () => {
  const { data } = await gateway.query(`{ buildQueue(first: 100) { nodes { id buildId status } } }`);
  const build = data.buildQueue.nodes.find((node: { status: string }) => node.status === "SCHEDULED");
  const following = gateway.subscribe(TAIL, { run: build.id });
  cuirass.advance(build.buildId, "started");
  cuirass.growLog(build.buildId, 500);
  const first = (await following.next())?.data?.logLines as Batch;
  expect(first.finished).toBe(false);
  cuirass.growLog(build.buildId, 50);
  cuirass.advance(build.buildId, "succeeded");
  const lines = [...first.lines, ...linesOf(await following.rest())];
  expect(lines.map((line) => line.number)).toEqual(lines.map((_, at) => at));
  const log = await gateway.query(`query ($id: Int!) { build(buildId: $id) { log { lineCount } } }`, {
    id: build.buildId,
  });
  expect(lines.length).toBe(log.data.build.log.lineCount);
});

test("a private job's log is followed by those who may see it, and by nobody else", async () => {
  const [jobId] = lava.submit("bob", jobFile("played-private"));
  const bob = asUser(lava.users.bob.token);
  const { data } = await gateway.query(`query ($jobId: ID!) { testJob(jobId: $jobId) { id } }`, { jobId }, bob);
  const run = data.testJob.id as string;
  expect(await gateway.subscribe(TAIL, { run }).rest()).toMatchObject([
    { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
  ]);
  expect(linesOf(await gateway.subscribe(TAIL, { run }, bob).rest()).length).toBeGreaterThan(100);
});

test("a run that is none is refused", async () => {
  for (const run of ["junk", Buffer.from("Device:lava:qemu-01").toString("base64url")]) {
    expect(await gateway.subscribe(TAIL, { run }).rest(), run).toMatchObject([
      { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
  }
});
