// The client package below the commands: why a connection fails, in words and with its exit status, and what goes on over a
// link that breaks.

import { once } from "node:events";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { WebSocketServer } from "ws";
import { CommandError, EXIT } from "../../src/cli/exit.js";
import { connect, toCommandError } from "../../src/cli/remote/client.js";
import type { Remote } from "../../src/cli/remote/gateway.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort } from "../e2e/scene.js";
import { startGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { PROCESS_MS, startEtna } from "./etna.js";

type Scope = Pick<TestContext, "onTestFinished">;

const FOLLOW = "subscription ($after: String) { testJobUpdates(after: $after) { cursor state } }";
const tls = (file: string) => readFileSync(join(import.meta.dirname, "../fixtures/tls", file), "utf8");

const remoteOf = (url: string): Remote => ({
  ...{
    url: new URL(`${url}/graphql`),
    token: () => null,
    insecure: false,
    server: null,
    namedServer: null,
    tokenOrigin: () => "ETNA_TOKEN",
    isUnnamed: false,
    timeoutMs: null,
  },
});

async function listen({ onTestFinished }: Scope, server: Server, scheme = "http"): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a subscription there ends a command with. */
async function failure(url: string): Promise<Pick<CommandError, "message" | "status">> {
  const remote = remoteOf(url);
  const client = connect(remote);
  try {
    const first = await client.subscribe(FOLLOW, {}).next();
    throw new Error(`an answer came: ${JSON.stringify(first)}`);
  } catch (error) {
    const ended = toCommandError(error, remote);
    if (!(ended instanceof CommandError)) throw ended;
    return { message: ended.message, status: ended.status };
  } finally {
    client.close();
  }
}

describe("a subscription that finds no gateway says why", () => {
  test("refused, and no such host", async () => {
    const port = await freePort();
    expect(await failure(`http://127.0.0.1:${port}`)).toEqual({
      message: `no gateway answers at http://127.0.0.1:${port}/graphql: nothing listens on port ${port} of 127.0.0.1 (ECONNREFUSED); check the port, and that the server runs`,
      status: EXIT.unreachable,
    });
    const { message, status } = await failure("http://etna.invalid");
    expect(message).toMatch(/^no gateway answers at http:\/\/etna\.invalid\/graphql: .*(?:ENOTFOUND|EAI_AGAIN)/);
    expect(status).toBe(EXIT.unreachable);
  });

  test("an untrusted certificate, and no TLS at all", async (scope) => {
    const trusted = createTlsServer({ key: tls("server.key"), cert: tls("server.pem") });
    const untrusted = await failure(await listen(scope, trusted, "https"));
    expect(untrusted).toMatchObject({ status: 4, message: expect.stringContaining("set NODE_EXTRA_CA_CERTS=") });
    const plain = await listen(scope, createServer());
    const noTls = await failure(plain.replace("http:", "https:"));
    expect(noTls).toMatchObject({ status: 4, message: expect.stringMatching(/does not speak TLS.*write http:/) });
  });

  test("a proxy that lets no WebSocket through", async (scope) => {
    const proxy = createServer((_request, response) => response.writeHead(403).end());
    expect(await failure(await listen(scope, proxy))).toMatchObject({
      status: 4,
      message: expect.stringMatching(
        /^no gateway answers at .*: a WebSocket is answered with HTTP status 403; .*proxy/,
      ),
    });
  });

  test.for([
    [4401, "denied"],
    [4403, "denied"],
    [4400, "usage"],
    [4429, "unreachable"],
    [1009, "unreachable"],
  ] as const)("closed with %d", async ([code, status], scope) => {
    const server = createServer();
    let connections = 0;
    new WebSocketServer({ server }).on("connection", (socket) => {
      connections += 1;
      socket.on("message", () => socket.close(code, "not today"));
    });
    expect(await failure(await listen(scope, server))).toEqual({
      message: "the gateway closed the connection: not today",
      status: EXIT[status],
    });
    // Trying again is of no use.
    expect(connections).toBe(1);
  });
});

test("a subscription is left in time, where a server takes the connection and says nothing", async (scope) => {
  const silent = createTcpServer();
  const sockets = new Set<{ destroy: () => void }>();
  silent.on("connection", (socket) => sockets.add(socket.on("error", () => undefined)));
  await once(silent.listen(0, "127.0.0.1"), "listening");
  scope.onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const etna = startEtna(scope, ["wait", "1", "--timeout", "0.5", "--url", url]);
  expect(await etna.exited).toMatchObject({
    status: 3,
    stdout: "",
    stderr: "etna: 1 has not ended within 0.5 s\n",
  });
});

async function openFarm({ onTestFinished }: Scope) {
  const [lava, cuirass] = [await createLavaSandbox({ jobs: 0 }), await createCuirassSandbox()];
  const gateway = await startGateway({
    lava: [{ name: "lab", url: lava.url }],
    cuirass: [{ name: "guix", url: cuirass.url, poll: 0.05 }],
  });
  const link = await startTcpProxy(Number(new URL(gateway.origin).port));
  onTestFinished(async () => {
    for (const each of [link, gateway, lava, cuirass]) await each.close();
  });
  const job = lava.submit("alice", jobFile("queued"))[0] ?? "";
  return { lava, cuirass, link, job, url: `http://127.0.0.1:${link.port}` };
}

describe("over a link that breaks", { timeout: 2 * PROCESS_MS }, () => {
  test("wait goes on behind what it has: each state of a job, a build and an evaluation once, none missed", async (scope) => {
    const { lava, cuirass, link, job, url } = await openFarm(scope);
    const evaluation = cuirass.startEvaluation("guix");
    const builds = cuirass.endEvaluation(evaluation, "succeeded");
    const [build = 0] = builds;
    const etna = startEtna(scope, ["wait", job, `build:${build}`, `evaluation:${evaluation}`, "--url", url]);
    await etna.tells(/ SUBMITTED[^]* build:\d+ SCHEDULED|build:\d+ SCHEDULED[^]* SUBMITTED/);
    await etna.tells(/ evaluation:\d+ SUCCEEDED, 0 of/);
    link.cut();
    // Both of these while nobody listens: the snapshot would have the second only.
    await lava.advance(Number(job), "Running");
    link.mend();
    await etna.tells(new RegExp(`${job} RUNNING`));
    link.cut();
    await lava.advance(Number(job), "Finished");
    for (const each of builds) cuirass.advance(each, "succeeded");
    link.mend();
    const { status, stderr } = await etna.exited;
    const statesOf = (name: string) =>
      [...stderr.matchAll(new RegExp(`^\\S+ ${name} (\\w+)`, "gm"))].map(([, state]) => state);
    expect(statesOf(job)).toEqual(["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"]);
    expect(statesOf(`build:${build}`)).toEqual(["SCHEDULED", "SUCCEEDED"]);
    expect(stderr).toContain(`${builds.length} of ${builds.length} builds succeeded`);
    expect(status).toBe(0);
  });

  test("query goes on behind the last update, where the document says $after and cursor", async (scope) => {
    const { lava, link, job, url } = await openFarm(scope);
    const folder = mkdtempSync(join(tmpdir(), "etna-connection-"));
    scope.onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "follow.graphql");
    writeFileSync(
      file,
      `query Other { servers { name } }
      subscription Follow($id: ID!, $after: String) { testJobUpdates(jobIds: [$id], after: $after) { cursor state } }`,
    );
    const words = ["query", file, "--operation", "Follow", "-v", `id=${job}`, "--url", url];
    const etna = startEtna(scope, words);
    await etna.prints(/SUBMITTED/);
    link.cut();
    await lava.advance(Number(job), "Finished");
    link.mend();
    const { status, stdout } = await etna.exited;
    const states = [...stdout.matchAll(/"state":"(\w+)"/g)].map(([, state]) => state);
    expect(states).toEqual(["SUBMITTED", "SCHEDULED", "RUNNING", "FINISHED"]);
    expect(status).toBe(0);
  });

  test("a log goes on with the line that comes next", async (scope) => {
    const { cuirass, link, url } = await openFarm(scope);
    const evaluation = cuirass.startEvaluation("guix");
    const [build = 0] = cuirass.endEvaluation(evaluation, "succeeded");
    cuirass.advance(build, "started");
    cuirass.growLog(build, 3);
    const etna = startEtna(scope, ["build", "log", String(build), "--follow", "--json", "--url", url]);
    await etna.prints(/"number":2,/);
    link.cut();
    cuirass.growLog(build, 2);
    link.mend();
    await etna.prints(/"number":4,/);
    cuirass.advance(build, "succeeded");
    const { status, stdout } = await etna.exited;
    const numbers = [...stdout.matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(status).toBe(0);
  });
});
