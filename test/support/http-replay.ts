// Replays recorded answers of a real Cuirass byte for byte, so that its client meets the true wire. The recordings are
// those of test/fixtures/cuirass (see test/fixtures/SOURCES.md).

import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** One recorded answer, whole, as a server sends it. */
export interface Recording {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly path: string;
  readonly bytes: Buffer;
}

export interface ReplayServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** `METHOD path` of each request so far. */
  readonly requests: readonly string[];
  /** Ends all connections; harmless the second time. */
  close(): Promise<void>;
}

const FIXTURES = fileURLToPath(new URL("../fixtures/cuirass/", import.meta.url));

/** Where the body of a recording with headers only, or with a readable excerpt, is kept. */
const BODIES: Readonly<Record<string, string>> = {
  "log-bz2-headers.http": "log-bz2.bz2",
  "log-gz-headers-and-excerpt.http": "log-gz-15.gz",
  "log-odd-bytes-headers.http": "log-odd-bytes.gz",
  "log-running-headers.http": "log-running-truncated.gz",
};

function assemble(head: readonly string[], body: Buffer | null): Buffer {
  const lines = head.map((line) => {
    return body !== null && /^content-length:/i.test(line) ? `Content-Length: ${body.length}` : line;
  });
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body ?? Buffer.alloc(0)]);
}

/**
 * Reads a `*.http` fixture, named relative to test/fixtures/cuirass. A body that was not kept with the headers comes
 * from its own fixture or is made of spaces; Content-Length is set right where the body was shortened.
 */
export function readRecording(file: string): Recording {
  const raw = readFileSync(resolve(FIXTURES, file));
  const headEnd = raw.indexOf("\n\n");
  const [request = "", ...head] = raw.toString("utf8", 0, headEnd).split("\n");
  const parts = /^> ([A-Z]+) (.*?)(?: {3}\(.*)?$/.exec(request);
  if (parts === null) throw new Error(`${file} has no request line`);
  const [, method = "", path = ""] = parts;
  const announced = Number(/^content-length: (\d+)$/im.exec(head.join("\n"))?.[1] ?? 0);
  const bodyFile = BODIES[basename(file)];
  let body: Buffer | null = raw.subarray(headEnd + 2);
  if (bodyFile !== undefined) body = readFileSync(resolve(FIXTURES, bodyFile));
  else if (request.endsWith("(headers only)")) body = Buffer.alloc(announced, " ");
  // A HEAD announces the length of a body it does not get.
  return { method, path, bytes: assemble(head, method === "HEAD" ? null : body) };
}

/** A recording of which only the JSON body was kept (`*.json`, `*.json.gz`). */
export function readJsonRecording(path: string, file: string): Recording {
  const raw = readFileSync(resolve(FIXTURES, file));
  const head = ["HTTP/1.1 200 OK", "Content-Length: 0", "Content-Type: application/json;charset=utf-8"];
  return { method: "GET", path, bytes: assemble(head, file.endsWith(".gz") ? gunzipSync(raw) : raw) };
}

/** What `createReplayServer` wants: a GET under its path, another method under `METHOD path`. */
export function toReplayFiles(recordings: readonly Recording[]): Record<string, Buffer> {
  return Object.fromEntries(
    recordings.map(({ method, path, bytes }) => [method === "GET" ? path : `${method} ${path}`, bytes]),
  );
}

/** Cuirass closes the socket unannounced after any 500 and after every file. */
function isLast(answer: Buffer): boolean {
  const head = answer.toString("latin1", 0, answer.indexOf("\r\n\r\n"));
  return /^HTTP\/1\.\d 500/.test(head) || /^content-disposition:/im.test(head);
}

/** Answers each recorded request with the recorded bytes, others with Cuirass' 404. Keys as of `toReplayFiles`. */
export async function createReplayServer(files: Readonly<Record<string, Buffer>>): Promise<ReplayServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();

  function answer(method: string, path: string): Buffer {
    const found = files[method === "GET" ? path : `${method} ${path}`];
    if (found !== undefined) return found;
    const body = Buffer.from(`Resource not found: ${path}`);
    return assemble(["HTTP/1.1 404 Not Found", "Content-Length: 0", "Content-Type: text/plain;charset=utf-8"], body);
  }

  const server = createServer((socket) => {
    let received = "";
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      while (socket.writable) {
        const headEnd = received.indexOf("\r\n\r\n");
        if (headEnd < 0) return;
        const head = received.slice(0, headEnd);
        const length = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (received.length < length) return;
        received = received.slice(length);
        const [method = "", path = ""] = head.split(" ");
        requests.push(`${method} ${path}`);
        const bytes = answer(method, path);
        if (isLast(bytes)) socket.end(bytes, () => socket.destroy());
        else socket.write(bytes);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  let closed: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close() {
      closed ??= new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      });
      return closed;
    },
  };
}
