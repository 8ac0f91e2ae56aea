// The replay of recorded Cuirass answers, and whether every recording is whole.

import { readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import {
  createReplayServer,
  readJsonRecording,
  readRecording,
  toReplayFiles,
  type ReplayServer,
} from "../support/http-replay.js";

let server: ReplayServer | undefined;

afterEach(() => server?.close());

const FILES = readdirSync(new URL("../fixtures/cuirass/", import.meta.url)).filter((file) => file.endsWith(".http"));

test.each(FILES)("%s is a whole answer", (file) => {
  const { method, path, bytes } = readRecording(file);
  expect(path).toMatch(/^\//);
  const headEnd = bytes.indexOf("\r\n\r\n");
  const announced = /^content-length: (\d+)$/im.exec(bytes.toString("latin1", 0, headEnd))?.[1];
  const sent = bytes.length - headEnd - 4;
  if (announced === undefined) expect(bytes.toString()).toBe("HTTP/1.1 500 Internal Server Error\r\n\r\n");
  else if (method === "HEAD") expect(sent).toBe(0);
  else expect(sent).toBe(Number(announced));
});

test("replays recordings over one connection until one that ends it", async () => {
  const recordings = ["build-succeeded.http", "hook-evaluate.http", "evaluation-500-unknown.http"].map(readRecording);
  server = await createReplayServer(toReplayFiles(recordings));
  const build = await fetch(`${server.url}/build/2`);
  expect(await build.json()).toMatchObject({ id: 2 });
  const hook = await fetch(`${server.url}/jobset/master/hook/evaluate`, { method: "POST" });
  expect(await hook.text()).toBe('{"jobset":"master"}');
  const failed = await fetch(`${server.url}/api/evaluation?id=999999`);
  expect([failed.status, await failed.text(), [...failed.headers]]).toEqual([500, "", []]);
  const unknown = await fetch(`${server.url}/nosuch`);
  expect([unknown.status, await unknown.text()]).toEqual([404, "Resource not found: /nosuch"]);
  expect(server.requests).toEqual([
    "GET /build/2",
    "POST /jobset/master/hook/evaluate",
    "GET /api/evaluation?id=999999",
    "GET /nosuch",
  ]);
});

test("gives a log its recorded body and a list its long one", async () => {
  const log = readRecording("log-gz-headers-and-excerpt.http");
  const jobs = readJsonRecording("/api/jobs?evaluation=200", "jobs-eval200-5001-jobs.json.gz");
  server = await createReplayServer(toReplayFiles([log, jobs]));
  const text = await (await fetch(`${server.url}/build/15/log/raw`)).text();
  expect(text).toMatch(/failed with exit code 1\n$/);
  expect(gunzipSync(log.bytes.subarray(log.bytes.indexOf("\r\n\r\n") + 4)).toString()).toBe(text);
  const list: unknown = await (await fetch(`${server.url}/api/jobs?evaluation=200`)).json();
  expect(list).toHaveLength(5_001);
});
