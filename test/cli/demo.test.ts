// `etna demo`: one command, both systems, living data, and nothing left behind.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { asUser, postQuery } from "../support/gateway.js";
import { openSocket } from "../server/raw-socket.js";
import { PROCESS_MS, runEtna, startEtna } from "./etna.js";

describe.concurrent("etna demo", { timeout: PROCESS_MS }, () => {
  test("serves both systems with living data, tells its tokens, and ends at SIGINT without leaving anything", async (scope) => {
    const etna = startEtna(scope, ["demo", "--port", "0"]);
    const origin = await etna.ready();
    const ask = (query: string, headers = {}) =>
      postQuery<Record<string, any>>(`${origin}/graphql`, query, {}, headers);
    const { data, errors } = await ask(`{
      servers { name reachable version events { connected } }
      testJobs(first: 3) { nodes { jobId state } }
      builds(first: 3) { nodes { buildId status evaluation { checkouts { channel } } } }
      runs(first: 20) { nodes { __typename name } }
    }`);
    expect(errors).toEqual([]);
    expect(data.servers).toMatchObject([
      { name: "lava", reachable: true, version: "2023.01" },
      { name: "cuirass", reachable: true },
    ]);
    expect(data.testJobs.nodes).toHaveLength(3);
    expect(data.builds.nodes).toHaveLength(3);
    expect(new Set(data.runs.nodes.map((run: { __typename: string }) => run.__typename))).toEqual(
      new Set(["TestJob", "Build"]),
    );

    const [, page] = await etna.prints(/GraphiQL +(http:\S+)/);
    expect((await fetch(page ?? "")).status).toBeLessThan(504);
    const [, token] = await etna.prints(/"Authorization": "Token (\S+)"\} +alice/);
    const who = await ask(`{ viewer { accounts { user } } }`, asUser(token ?? ""));
    expect(who.data.viewer.accounts).toEqual([{ user: "alice" }]);

    // Boards of every kind, and something that runs.
    const boards = await ask(`{
      devices(first: 50) { nodes { state health } }
      # LAVA's lists leave out what was taken out of use.
      device(hostname: "hikey-02") { health }
      workers(first: 50) { nodes { state health } }
      large: testJobs(filter: { text: "large job" }) { nodes { log { lineCount } } }
    }`);
    expect(boards.errors).toEqual([]);
    const healths = boards.data.devices.nodes.map(({ health }: { health: string }) => health);
    expect(new Set(healths)).toEqual(new Set(["GOOD", "UNKNOWN", "LOOPING", "BAD", "MAINTENANCE"]));
    expect(boards.data.device).toEqual({ health: "RETIRED" });
    const workers = boards.data.workers.nodes.map(({ state }: { state: string }) => state);
    expect(new Set(workers)).toEqual(new Set(["ONLINE", "OFFLINE"]));
    expect(boards.data.large.nodes[0].log.lineCount).toBeGreaterThan(200_000);

    // Every image that is shown has been tested, from the first one on.
    const images = await ask(`{ builds(first: 10, filter: { specification: "images", statuses: [SUCCEEDED] }) {
      nodes { testJobs(first: 1) { nodes { jobId } } }
    } }`);
    expect(images.errors).toEqual([]);
    for (const { testJobs } of images.data.builds.nodes) expect(testJobs.nodes).toHaveLength(1);

    // A page of a development server may ask, and open a WebSocket.
    const devServer = { origin: "http://localhost:5173" };
    expect((await fetch(`${origin}/healthz`, { headers: devServer })).headers.get("access-control-allow-origin")).toBe(
      devServer.origin,
    );
    const socket = await openSocket(origin, "graphql-transport-ws", { headers: devServer });
    expect(await socket.init()).toEqual({ type: "connection_ack" });
    socket.terminate();

    // It lives: something is submitted every few seconds.
    const newest = async () =>
      Number((await ask(`{ testJobs(first: 1) { nodes { jobId } } }`)).data.testJobs.nodes[0].jobId);
    const first = await newest();
    await vi.waitFor(async () => expect(await newest()).toBeGreaterThan(first), { timeout: 30_000, interval: 200 });

    const addresses = [...etna.stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([address]) => address);
    expect(new Set(addresses).size).toBe(3);
    etna.kill("SIGINT");
    expect(await etna.exited).toMatchObject({ status: 0, signal: null, stderr: "" });
    for (const address of addresses) await expect(fetch(address)).rejects.toThrow();
    expect(() => process.kill(etna.pid, 0)).toThrow(/ESRCH/);
  });

  test("on a port that is taken ends with 1 and says so", async (scope) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    scope.onTestFinished(() => void other.close());
    const { status, stdout, stderr } = await runEtna(scope, [
      "demo",
      "--port",
      String((other.address() as AddressInfo).port),
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^etna: port \d+ of 127\.0\.0\.1 is in use \(EADDRINUSE\).*--port/);
  });
});
