// Servers with the habits of real ones (they close the connection behind an answer) through the whole gateway.

import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** Over 1 MB as gzip. */
const BUILD_LINES = 40_000;

describe.each(["silent", "announced", 3] as const)("a Cuirass whose connections end so: %s", (closing) => {
  async function setUp() {
    const cuirass = await createCuirassSandbox({ closing, evaluations: 4 });
    opened.push(cuirass);
    // Nothing is remembered, so that each question is a read.
    const gateway = await startGateway({ cuirass: [{ url: cuirass.url }], remembers: false });
    opened.push(gateway);
    const { data } = await gateway.query(`{ buildQueue(first: 100) { nodes { id buildId status } } }`);
    const build = data.buildQueue.nodes.find((node: { status: string }) => node.status === "SCHEDULED");
    cuirass.advance(build.buildId, "started");
    cuirass.growLog(build.buildId, BUILD_LINES);
    return { cuirass, gateway, build: build as { id: string; buildId: number } };
  }

  test("gives a build's log of over 1 MB, whole, each time", async () => {
    const { cuirass, gateway, build } = await setUp();
    cuirass.advance(build.buildId, "succeeded");
    for (let time = 0; time < 5; time += 1) {
      const { data, errors } = await gateway.query(
        `query ($id: Int!) { build(buildId: $id) { log { lineCount
           end: lines(last: 1) { nodes { number text } }
           found: lines(first: 5, contains: "# ‘39999’") { nodes { number } } } } }`,
        { id: build.buildId },
      );
      expect(errors).toEqual([]);
      const { lineCount, end, found } = data.build.log;
      expect(lineCount).toBeGreaterThan(BUILD_LINES);
      expect(end.nodes[0].number).toBe(lineCount - 1);
      expect(found.nodes).toHaveLength(1);
    }
  });

  test("has its log followed while it grows, to its last line", async () => {
    const { cuirass, gateway, build } = await setUp();
    const following = gateway.subscribe(
      `subscription ($run: ID!) { logLines(run: $run) { lines { number } nextLine finished } }`,
      { run: build.id },
    );
    await following.next();
    cuirass.advance(build.buildId, "succeeded");
    const results = await following.rest();
    expect(results.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    expect(results.at(-1)?.data?.logLines).toMatchObject({ finished: true });
    expect(results.at(-1)?.data?.logLines.nextLine).toBeGreaterThan(BUILD_LINES);
  });

  test("gives the log of an evaluation, and lists", async () => {
    const { gateway } = await setUp();
    for (let time = 0; time < 5; time += 1) {
      const { data, errors } = await gateway.query(
        `{ evaluations(first: 3) { nodes { evaluationId log { lineCount } } } specifications { name } }`,
      );
      expect(errors).toEqual([]);
      for (const { log } of data.evaluations.nodes) expect(log.lineCount).toBeGreaterThan(0);
    }
  });
});

describe.each(["silent", "announced"] as const)("a LAVA whose connections end so: %s", (closing) => {
  const CASES = 20_000;
  const LOG_LINES = 40_000;

  async function setUp() {
    const lava = await createLavaSandbox({
      ...{ jobs: 0, events: false, closing },
      largeJob: { cases: CASES, logLines: LOG_LINES },
    });
    opened.push(lava);
    const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }], remembers: false });
    opened.push(gateway);
    return gateway;
  }

  test("gives log, results and every export, to a slow reader too", async () => {
    const gateway = await setUp();
    for (let time = 0; time < 3; time += 1) {
      const { data, errors } = await gateway.query(
        `{ testJob(jobId: "1") { state log { lineCount lines(last: 2) { nodes { number } } }
           suites { name cases(first: 1) { totalCount } } } }`,
      );
      expect(errors).toEqual([]);
      const { lineCount, lines } = data.testJob.log;
      expect(lineCount).toBeGreaterThanOrEqual(LOG_LINES);
      expect(lines.nodes[1].number).toBe(lineCount - 1);
    }
    for (const extension of ["csv", "yaml"]) {
      const path = `${gateway.origin}/export/lava/lava/1.${extension}`;
      const [reply] = (await once(get(path, { agent: false }), "response")) as [IncomingMessage];
      let size = 0;
      let chunks = 0;
      for await (const chunk of reply) {
        size += (chunk as Buffer).length;
        chunks += 1;
        if (chunks < 20) await sleep(5);
      }
      expect(reply.complete).toBe(true);
      expect(size).toBeGreaterThan(1_000_000);
    }
  });
});
