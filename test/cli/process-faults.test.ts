// What nobody has caught, in a process of its own: a library's fault in a connection is survived, any other ends it.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { isLibraryFault } from "../../src/cli/gateway/library-fault.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A process with the handlers of `etna serve`; says on stdout what it survives, and that it stops. */
const PROCESS = `
  import { createServer } from "node:net";
  import { pino } from "pino";
  import { Pool } from "undici";
  import { survive } from "./dist/cli/gateway/process-faults.js";
  const log = pino({ level: "silent" });
  survive(log, async () => console.log("stopped"), (error) => console.log("survived", error.name));
  const body = Buffer.alloc(64 * 1024, "a");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: " + body.length + "\\r\\n\\r\\n");
      socket.end(body);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  /** Undici's own fault: a body that nobody reads, and a server that closes. */
  const provoke = async () => {
    const pool = new Pool("http://127.0.0.1:" + server.address().port);
    const { body } = await pool.request({ method: "GET", path: "/" });
    body.on("error", () => undefined);
  };
`;

async function run(script: string): Promise<{ status: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROCESS + script], { cwd: ROOT });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const status = await new Promise<number | null>((ended) => child.once("close", ended));
  return { status, lines: output.trim().split("\n") };
}

it("goes on after an assertion of the HTTP library in a socket's callback", async () => {
  const script = `
    let left = 3;
    process.on("uncaughtException", () => { left -= 1; if (left === 0) setImmediate(() => process.exit(0)); });
    for (let time = 0; time < 3; time += 1) await provoke();`;
  const survived = "survived AssertionError";
  expect(await run(script)).toEqual({ status: 0, lines: [survived, survived, survived] });
});

it("stops in order once a library fails all the time", async () => {
  const { status, lines } = await run(`for (let time = 0; time < 21; time += 1) await provoke();`);
  expect(status).toBe(1);
  expect(lines.filter((line) => line === "survived AssertionError")).toHaveLength(20);
  expect(lines.at(-1)).toBe("stopped");
});

it("stops at an error of its own, in a socket's callback too", async () => {
  const script = `server.on("connection", () => { throw new Error("own"); }); await provoke();`;
  expect(await run(script)).toEqual({ status: 1, lines: ["stopped"] });
});

function thrownAt(...frames: readonly string[]): Error {
  const error = new Error("odd");
  error.stack = ["Error: odd", ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}

const OWN = "/opt/node_modules/etna/dist/";
const LIBRARY = "Parser.finish (/opt/node_modules/etna/node_modules/undici/lib/dispatcher/client-h1.js:375:5)";
const INNER = "Parser.finish (node:internal/deps/undici/undici:7380:9)";
const NODE = ["Socket.emit (node:events:524:28)", "endReadableNT (node:internal/streams/readable:1698:12)"];
const ROOT_FRAME = "process.processTicksAndRejections (node:internal/process/task_queues:90:21)";

it.each([
  ["a library's in a socket's callback", [LIBRARY, ...NODE, ROOT_FRAME], true],
  ["node's own copy of a library", [INNER, ...NODE, ROOT_FRAME], true],
  ["one thrown by Etna", ["read (file:///opt/node_modules/etna/dist/net/http.js:1:1)", ...NODE], false],
  [
    "a library that Etna called",
    [LIBRARY, "read (file:///opt/node_modules/etna/dist/net/http.js:1:1)", ...NODE],
    false,
  ],
  [
    "a library that Etna called from a callback",
    [LIBRARY, "file:///opt/node_modules/etna/dist/a.js:1:1", ...NODE],
    false,
  ],
  ["one thrown by node", NODE, false],
  ["a library outside of any connection", [LIBRARY, ROOT_FRAME], false],
  ["one whose stack is cut", [LIBRARY, ...NODE, ...Array.from({ length: 9 }, () => NODE[1] ?? "")], false],
  ["one without a stack", [], false],
])("tells whose fault it is: %s", (_, frames, expected) => {
  expect(isLibraryFault(thrownAt(...frames), OWN)).toBe(expected);
});
