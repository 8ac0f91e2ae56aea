// What is large or odd at a real Cuirass: 5,001 jobs in one evaluation, logs of 20 MB, bytes that are no text.

import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { createReplayServer, readJsonRecording, readRecording, toReplayFiles } from "../../support/http-replay.js";
import type { Recording } from "../../support/http-replay.js";
import { handMade } from "../connect.js";
import { createGraph } from "../graph.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function replayed(...recordings: readonly Recording[]) {
  const server = await createReplayServer(toReplayFiles(recordings));
  const graph = createGraph({ guix: server.url });
  opened.push(graph, server);
  return {
    requests: server.requests,
    dataOf: async (document: string, variables?: Record<string, unknown>) => {
      const { data, errors, reported } = await graph.query(document, variables);
      expect([errors, reported]).toEqual([[], []]);
      return data;
    },
  };
}

describe("an evaluation of 5,001 jobs", () => {
  const JOBS = "/api/jobs?evaluation=200";
  const recordings = [
    readRecording("evaluation-succeeded.http"),
    readJsonRecording(JOBS, "jobs-eval200-5001-jobs.json.gz"),
  ];

  it("is paged, each job once and by name", async () => {
    const { dataOf, requests } = await replayed(...recordings);
    const names: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const { evaluation }: any = await dataOf(
        `query ($after: String) { evaluation(evaluationId: 200) { jobs(first: 1000, after: $after) {
          totalCount nodes { name buildId } pageInfo { hasNextPage endCursor } } } }`,
        { after },
      );
      expect(evaluation.jobs.totalCount).toBe(5_001);
      names.push(...evaluation.jobs.nodes.map(({ name }: any) => name));
      after = evaluation.jobs.pageInfo.hasNextPage ? evaluation.jobs.pageInfo.endCursor : null;
      pages += 1;
    } while (after !== null);
    expect(pages).toBe(6);
    expect(new Set(names).size).toBe(5_001);
    expect(names).toEqual([...names].sort());
    expect(requests.filter((line) => line === `GET ${JOBS}`)).toHaveLength(6);
  });

  it("is summed up and narrowed for one request", async () => {
    const { dataOf, requests } = await replayed(...recordings);
    const { evaluation } = await dataOf(
      `{ evaluation(evaluationId: 200) { summary { total succeeded failed canceled pending byStatus { status count } }
        failed: jobs(first: 1, statuses: [FAILED, FAILED_DEPENDENCY, FAILED_OTHER]) { totalCount }
        running: jobs(first: 1, statuses: STARTED) { totalCount } } }`,
    );
    const { total, byStatus, ...parts } = evaluation.summary;
    expect(total).toBe(5_001);
    expect(Object.values(parts).reduce((sum: number, count) => sum + Number(count), 0)).toBe(5_001);
    expect(evaluation.failed.totalCount).toBe(parts.failed);
    expect(byStatus.find(({ status }: any) => status === "STARTED").count).toBe(evaluation.running.totalCount);
    expect(requests).toEqual(["GET /api/evaluation?id=200", `GET ${JOBS}`]);
  });
});

describe("a log of 20 MB", () => {
  const TEXT = Buffer.from(
    Array.from({ length: 500_000 }, (_, at) => `gcc -DHAVE_CONFIG_H -g -O2 -c -o src/${at % 977}.o\n`).join(""),
  );
  const head = ["HTTP/1.1 200 OK", "Content-Type: text/plain;charset=UTF-8", "Content-Encoding: gzip"];

  it("is counted, searched, and shown in pages from both ends", async () => {
    expect(TEXT.length).toBeGreaterThan(20_000_000);
    const { dataOf } = await replayed(
      readRecording("build-succeeded.http"),
      handMade("/build/2/log/raw", head, gzipSync(TEXT)),
    );
    const { build } = await dataOf(
      `{ build(buildId: 2) { log { lineCount
        head: lines(first: 2) { nodes { number text } }
        tail: lines(last: 2) { nodes { number } pageInfo { hasPreviousPage } }
        middle: lines(first: 1, after: "249999") { nodes { number text } }
        found: lines(first: 3, contains: "SRC/976.O") { nodes { number } } } } }`,
    );
    expect(build.log.lineCount).toBe(500_000);
    expect(build.log.head.nodes[1]).toEqual({ number: 1, text: "gcc -DHAVE_CONFIG_H -g -O2 -c -o src/1.o" });
    expect(build.log.tail.nodes.map(({ number }: any) => number)).toEqual([499_998, 499_999]);
    expect(build.log.middle.nodes).toEqual([
      { number: 250_000, text: `gcc -DHAVE_CONFIG_H -g -O2 -c -o src/${250_000 % 977}.o` },
    ]);
    expect(build.log.found.nodes.map(({ number }: any) => number)).toEqual([976, 1_953, 2_930]);
  });

  it("of one line is cut, not held", async () => {
    const { dataOf } = await replayed(
      readRecording("build-succeeded.http"),
      handMade("/build/2/log/raw", head, gzipSync(Buffer.alloc(20_000_000, "x"))),
    );
    const { build } = await dataOf(`{ build(buildId: 2) { log { lines { nodes { text } } } } }`);
    expect(build.log.lines.nodes).toHaveLength(1);
    expect(build.log.lines.nodes[0].text).toMatch(/^x+ \[… cut at 1 MiB\]$/);
  });
});

it("a log that is no text at all is shown line by line, as JSON can hold it", async () => {
  const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 197) % 256));
  const { dataOf } = await replayed(
    readRecording("build-succeeded.http"),
    handMade("/build/2/log/raw", ["HTTP/1.1 200 OK"], bytes),
  );
  const { build } = await dataOf(`{ build(buildId: 2) { log { lineCount lines(first: 1000) { nodes { text } } } } }`);
  expect(build.log.lineCount).toBe(bytes.filter((byte) => byte === 0x0a).length + 1);
  for (const { text } of build.log.lines.nodes) expect(text).toMatch(/^[^\n]*$/s);
});
