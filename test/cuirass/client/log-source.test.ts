import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { constants, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { LogSource } from "../../../src/ci/log.js";
import { toBuildId, toEvaluationId } from "../../../src/cuirass/protocol/ids.js";
import { createLogSource } from "../../../src/cuirass/client/log-source.js";
import { Overflow, UpstreamError } from "../../../src/errors.js";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { connect, handMade, replay } from "../connect.js";
import type { Connected } from "../connect.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

const RUNS = { buildstatus: -1, starttime: 1, stoptime: 0 };
const ORIGIN = { server: "guix", operation: "GET /build/ID/log/raw" };
const BZIP2_HEAD = ["HTTP/1.1 200 OK", "Content-Type: application/bzip2;charset=ISO-8859-1"];
/** 64 MiB of `x`. */
const MONOTONOUS = Buffer.from(
  "QlpoOTFBWSZTWbTrVKABX44AgIBAAAggADCATUZCoCWpCoCXMUFZJlNZz6SsQACidcCAwAAAQAAIIAAgpTQZjjVFRCbFRUQni7kinChIUzkCgIA=",
  "base64",
);
const GZIP_HEAD = ["HTTP/1.1 200 OK", "Content-Type: text/plain;charset=UTF-8", "Content-Encoding: gzip"];

function sourceOf({ client }: Connected, id: number, maxBytes?: number): LogSource {
  return createLogSource(ORIGIN, () => client.buildLog(toBuildId(id), RUNS), { maxBytes });
}

async function replayed(id: number, recording: Parameters<typeof replay>[0], maxBytes?: number): Promise<LogSource> {
  const connected = await replay(recording);
  opened.push(connected);
  return sourceOf(connected, id, maxBytes);
}

async function textsOf(source: LogSource, start = 0): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of source.read(start, 100)) texts.push(text);
  return texts;
}

function gzipped(text: string | Buffer, finishFlush = constants.Z_FINISH) {
  return handMade("/build/7/log/raw", GZIP_HEAD, gzipSync(text, { finishFlush }));
}

describe("recorded logs", () => {
  it("reads a finished one whole", async () => {
    const source = await replayed(15, "log-gz-headers-and-excerpt.http");
    const texts = await textsOf(source);
    expect(texts[0]).toBe("starting phase `set-SOURCE-DATE-EPOCH'");
    expect(texts.at(-1)).toMatch(/^builder for .* failed with exit code 1$/);
    expect(await source.count()).toBe(texts.length);
  });

  it("reads that of a running build as far as it is written, although its gzip has no end", async () => {
    const source = await replayed(19330, "log-running-headers.http");
    const texts = await textsOf(source);
    expect(texts.length).toBeGreaterThan(10);
    expect(texts[0]).toBe("starting phase `set-SOURCE-DATE-EPOCH'");
  });

  it("shows bytes that are no UTF-8 as U+FFFD, keeps escape sequences and drops a line's last CR", async () => {
    const source = await replayed(240, "log-odd-bytes-headers.http");
    expect(await textsOf(source)).toEqual(["café ‘x’", "\ufffd\ufffd bad utf8", "\u001b[31mred\u001b[0m"]);
  });

  it("has no line as long as the file is empty", async () => {
    const source = await replayed(360, "log-empty-headers.http");
    expect(await textsOf(source)).toEqual([]);
    expect(await source.count()).toBe(0);
  });

  it("reads one that is not compressed", async () => {
    const source = await replayed(180, "log-plain-headers.http");
    expect(await textsOf(source)).toEqual([" ".repeat(100_000)]);
  });

  it("reads one that is bzip2", async () => {
    const source = await replayed(7854, "log-bz2-headers.http");
    const texts = await textsOf(source);
    expect(texts[0]).toBe("starting phase `set-SOURCE-DATE-EPOCH'");
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.at(-1)).toMatch(/^(phase `compress-documentation' succeeded|builder for )/);
    expect(await source.count()).toBe(texts.length);
  });

  it("is empty where the server has none", async () => {
    const source = await replayed(999, "log-404.http");
    expect(await textsOf(source)).toEqual([]);
    expect(await source.count()).toBe(0);
  });
});

describe("reading", () => {
  it("begins at any line and numbers from the log's beginning", async () => {
    const source = await replayed(7, gzipped("a\n\nc\nd"));
    const lines = [];
    for await (const line of source.read(1, 2))
      lines.push({ number: line.number, time: line.time, level: line.level, text: line.text });
    expect(lines).toEqual([
      { number: 1, time: null, level: null, text: "" },
      { number: 2, time: null, level: null, text: "c" },
      { number: 3, time: null, level: null, text: "d" },
    ]);
    expect(await textsOf(source, 4)).toEqual([]);
  });

  it("joins a character that the server has not written whole", async () => {
    const cut = Buffer.from("‘7’\n‘8’").subarray(0, -2);
    const source = await replayed(7, gzipped(cut, constants.Z_SYNC_FLUSH));
    expect(await textsOf(source)).toEqual(["‘7’", "‘8\ufffd"]);
  });

  it("stops at the limit on text, however small it is on the wire", async () => {
    const bomb = gzipped(Buffer.alloc(64 * 1024 * 1024, "x"));
    expect(bomb.bytes.length).toBeLessThan(70_000);
    const source = await replayed(7, bomb, 8 * 1024 * 1024);
    const error = await source.count().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Overflow);
    expect(String(error)).toContain("guix: GET /build/ID/log/raw: the log has more than 8388608 bytes of text");
  });

  it("stops where a few bytes of bzip2 go on becoming text", async () => {
    const bomb = handMade("/build/7/log/raw", BZIP2_HEAD, Buffer.concat([MONOTONOUS, MONOTONOUS, MONOTONOUS]));
    const error = await (await replayed(7, bomb)).count().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Overflow);
    expect(String(error)).toMatch(/the log has more than 67\d{6} bytes of text, too many for its size/);
  });

  it.each([
    ["is no gzip", GZIP_HEAD, "plain", "the log is not gzip although the server says so"],
    ["is a page", ["HTTP/1.1 200 OK", "Content-Type: text/html"], "<html>", "an HTML page instead of a log"],
    ["has another encoding", ["HTTP/1.1 200 OK", "Content-Encoding: zstd"], "x", "an encoding that Etna can't read"],
  ])("fails when the log %s", async (_, head, body, message) => {
    const source = await replayed(7, handMade("/build/7/log/raw", head, body));
    const error = await textsOf(source).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "UpstreamMalformed" });
    expect(String(error)).toContain(message);
  });

  it("fails when the server does", async () => {
    const head = ["HTTP/1.1 502 Bad Gateway", "Content-Type: text/html"];
    const source = await replayed(7, handMade("/build/7/log/raw", head, "<html>"));
    const error = await textsOf(source).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "UpstreamFailed", status: 502 });
  });
});

describe("the sandbox's logs", () => {
  it("grow while a build runs", async () => {
    const sandbox = await createCuirassSandbox();
    const connected = connect(sandbox.url);
    opened.push(connected, sandbox);
    const id = sandbox.builds()[0]?.buildId ?? 0;
    sandbox.advance(id, "restarted");
    sandbox.advance(id, "started");
    const source = sourceOf(connected, id);
    expect(await source.count()).toBe(0);
    sandbox.growLog(id, 10);
    const before = await textsOf(source);
    expect(before.length).toBeGreaterThan(10);
    sandbox.advance(id, "succeeded");
    const after = await textsOf(source);
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    expect(after.length).toBeGreaterThan(before.length);
  });

  it("tell why an evaluation failed", async () => {
    const sandbox = await createCuirassSandbox();
    const connected = connect(sandbox.url);
    opened.push(connected, sandbox);
    const source = createLogSource(ORIGIN, () => connected.client.evaluationLog(toEvaluationId(7), 0));
    expect((await textsOf(source)).join("\n")).toContain("error: guix: unbound variable");
  });
});

describe("breaking off", () => {
  /** Sends the beginning of a log and then nothing, for ever. */
  async function endless(): Promise<{ url: string; sockets: Socket[]; closed: Promise<void> }> {
    const sockets: Socket[] = [];
    let left: () => void;
    const closed = new Promise<void>((resolve) => (left = resolve));
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => left());
      // Who does not read does not learn that the client has left.
      socket.resume();
      const beginning = gzipSync("one\ntwo\n", { finishFlush: constants.Z_SYNC_FLUSH });
      socket.write(`${[...GZIP_HEAD, "Content-Length: 1000000"].join("\r\n")}\r\n\r\n`);
      socket.write(beginning);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    opened.push({
      close: () =>
        new Promise((done) => {
          server.close(() => done());
          for (const socket of sockets) socket.destroy();
        }),
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, closed };
  }

  it("ends the request at once and frees its slot, although the server goes on", async () => {
    const { url, closed } = await endless();
    const connected = connect(url);
    opened.push(connected);
    for await (const { text } of sourceOf(connected, 7).read(0, 1)) {
      expect(text).toBe("one");
      expect(connected.http.slots.inUse).toBe(1);
      break;
    }
    await closed;
    await expect.poll(() => connected.http.slots.inUse).toBe(0);
  });

  it("says so when the server falls silent in the middle", async () => {
    const { url } = await endless();
    const connected = connect(url, { bodyTimeoutMs: 100 });
    opened.push(connected);
    const error = await textsOf(sourceOf(connected, 7)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ kind: "UpstreamTimeout" });
    await expect.poll(() => connected.http.slots.inUse).toBe(0);
  });
});
