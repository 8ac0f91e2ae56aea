// Exports of a job whose results are larger than what a query may answer, through the whole gateway.

import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import Papa from "papaparse";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

const CASES = 60_000;
const PATH = "/export/lava/lava/1.csv";

let sandbox: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ jobs: 0, events: false, largeJob: { cases: CASES, logLines: 0 } });
  gateway = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }] });
});
beforeEach(() => {
  sandbox.fault = undefined;
  sandbox.requests.reset();
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});

const open = async (): Promise<IncomingMessage> =>
  ((await once(get(`${gateway.origin}${PATH}`, { agent: false }), "response")) as [IncomingMessage])[0];

/** On a busy machine the news that a connection has ended takes its time. */
const untilInFlight = (count: number) =>
  vi.waitFor(() => expect(sandbox.requests.inFlight).toBe(count), { timeout: 10_000 });

test("a query refuses more than 4 MiB and names the limit; the download has no such limit", async () => {
  const { data, errors } = await gateway.query(
    `{ testJob(jobId: "1") { state export(format: CSV) { contentType url text } } }`,
  );
  expect(data.testJob).toEqual({
    state: "FINISHED",
    export: { contentType: "text/csv; charset=utf-8", url: PATH, text: null },
  });
  expect(errors).toMatchObject([
    {
      path: ["testJob", "export", "text"],
      message: expect.stringContaining("4194304"),
      extensions: { code: "LIMIT_EXCEEDED" },
    },
  ]);
  const text = await (await fetch(`${gateway.origin}${PATH}`)).text();
  expect(text.length).toBeGreaterThan(8 * 1024 * 1024);
  expect(Papa.parse(text, { skipEmptyLines: true }).data).toHaveLength(CASES + 2);
});

test("its address is whole where the gateway knows its own, also in a folder", async ({ onTestFinished }) => {
  const url = "https://ci.example.org/etna";
  const known = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }], url });
  onTestFinished(() => known.close());
  const { data } = await known.query(`{ testJob(jobId: "1") { export(format: CSV) { url } } }`);
  expect(data.testJob.export.url).toBe(`${url}${PATH}`);
});

test("its path is in the proxy's folder where only that is known", async ({ onTestFinished }) => {
  const known = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }], basePath: "/etna" });
  onTestFinished(() => known.close());
  const { data } = await known.query(`{ testJob(jobId: "1") { export(format: CSV) { url } } }`);
  expect(data.testJob.export.url).toBe(`/etna${PATH}`);
  expect((await fetch(new URL(data.testJob.export.url, known.origin))).status).toBe(200);
});

test("when the reader leaves, the server is asked for no more", async () => {
  const reply = await open();
  await once(reply, "readable");
  expect(sandbox.requests.inFlight).toBe(1);
  reply.destroy();
  await untilInFlight(0);
});

test("when the reader leaves before LAVA has answered, the request ends", async () => {
  sandbox.fault = () => ({ kind: "hang" });
  const request = get(`${gateway.origin}${PATH}`, { agent: false }).on("error", () => undefined);
  await untilInFlight(1);
  request.destroy();
  await untilInFlight(0);
});

test("two exports are made at a time, so that the rest of the graph is answered meanwhile", async () => {
  const replies = [await open(), await open()];
  const third = open();
  const { data } = await gateway.query(`{ testJob(jobId: "1") { state } }`);
  expect(data.testJob.state).toBe("FINISHED");
  expect(sandbox.requests.counts()["GET jobs/ID/csv/"]).toBe(2);
  for (const reply of replies) reply.destroy();
  const last = await third;
  expect(last.statusCode).toBe(200);
  last.destroy();
  await untilInFlight(0);
});

test.each([
  [{ kind: "status", status: 500 }, 502, "UPSTREAM_FAILED"],
  [{ kind: "reset" }, 502, "UPSTREAM_UNREACHABLE"],
  [{ kind: "status", status: 302 }, 403, "UPSTREAM_DENIED"],
] as const)("a LAVA that answers %o is %i", async (fault, status, code) => {
  sandbox.fault = () => fault;
  const reply = await fetch(`${gateway.origin}${PATH}`);
  expect([reply.status, await reply.json()]).toMatchObject([status, { code }]);
});

test("a cut answer of LAVA is a cut file, not a short one", async () => {
  sandbox.fault = () => ({ kind: "cut" });
  await expect(fetch(`${gateway.origin}${PATH}`).then((reply) => reply.text())).rejects.toThrow();
});

test.each([
  "/export/lava/nope/1.csv",
  "/export/lava/lava/1",
  "/export/lava/lava/1.pdf",
  "/export/lava/lava/.csv",
  "/export/lava/lava/x.csv",
  "/export/lava/lava/99.1.csv",
  "/export/lava/lava/1/.csv",
  "/export/lava/lava/1/0_large/x.csv",
  "/export/lava/",
])("%s is nothing", async (path) => {
  const reply = await fetch(`${gateway.origin}${path}`);
  expect([reply.status, await reply.json()]).toMatchObject([404, { code: "NOT_FOUND" }]);
});
