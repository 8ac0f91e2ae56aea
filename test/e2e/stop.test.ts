// The gateway as a process that is told to stop with work under way: what was begun is answered, sockets are closed with
// a code, the port is free at once. And the two addresses that tell whether it is alive and ready.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { WebSocket } from "ws";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { VERSION } from "../../src/version.js";
import { PROCESS_MS, startEtna } from "../cli/etna.js";
import { postQuery } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, freePort } from "./scene.js";

async function startLava({ onTestFinished }: TestContext): Promise<LavaSandbox> {
  const lava = await createLavaSandbox({ jobs: 3 });
  onTestFinished(() => lava.close());
  return lava;
}

/** A socket with a subscription that has its snapshot and nothing to expect. */
async function subscribe(origin: string, jobId: string): Promise<WebSocket> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const messages: string[] = [];
  socket.on("message", (data: Buffer) => messages.push((JSON.parse(data.toString()) as { type: string }).type));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init" }));
  await vi.waitFor(() => expect(messages).toEqual(["connection_ack"]));
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: FOLLOW, variables: { jobId } } }));
  await vi.waitFor(() => expect(messages).toEqual(["connection_ack", "next"]), { timeout: 5_000 });
  return socket;
}

describe.concurrent("a gateway that is told to stop", { timeout: PROCESS_MS }, () => {
  test.for(["SIGTERM", "SIGINT"] as const)(
    "with %s answers the query in flight, closes sockets with 1001, exits 0 and frees its port",
    async (signal, scope) => {
      const lava = await startLava(scope);
      const port = await freePort();
      const quiet = { env: { ETNA_LOG: "warn" } };
      const serve = () => startEtna(scope, ["serve", "--lava", lava.url, "--port", String(port)], quiet);
      const etna = serve();
      const origin = await etna.ready();
      expect(origin).toBe(`http://127.0.0.1:${port}`);
      const socket = await subscribe(origin, lava.submit("alice", jobFile("queued"))[0] ?? "");
      const closed = once(socket, "close");

      let arrived = false;
      lava.fault = ({ path }) => {
        if (!path.includes("/devices/")) return undefined;
        arrived = true;
        return { kind: "delay", ms: 1_000 };
      };
      const query = fetch(`${origin}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: `{ devices(first: 1) { nodes { hostname } } }` }),
      });
      await vi.waitFor(() => expect(arrived).toBe(true), { timeout: 5_000 });
      etna.kill(signal);

      expect((await closed)[0]).toBe(1001);
      await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
      const reply = await query;
      expect(await reply.json()).toEqual({ data: { devices: { nodes: [{ hostname: "bbb-01" }] } } });
      // Not kept alive: the process would wait for that connection.
      expect(reply.headers.get("connection")).toBe("close");
      expect(await etna.exited).toMatchObject({
        status: 0,
        signal: null,
        stdout: `etna listening on ${origin}/graphql\n`,
        stderr: "",
      });

      lava.fault = undefined;
      const again = serve();
      expect(await again.ready()).toBe(origin);
      expect(await postQuery(`${origin}/graphql`, `{ __typename }`, {}, {})).toMatchObject({ status: 200 });
      again.kill(signal);
      expect(await again.exited).toMatchObject({ status: 0 });
    },
  );

  test("and has nothing to do exits 0 at once, also with idle connections", async (scope) => {
    const lava = await startLava(scope);
    const etna = startEtna(scope, ["serve", "--lava", lava.url, "--port", "0"]);
    const { port } = new URL(await etna.ready());
    const idle = connect(Number(port), "127.0.0.1");
    await once(idle, "connect");
    idle.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(String((await once(idle, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
    etna.kill("SIGTERM");
    await once(idle, "close");
    expect(await etna.exited).toMatchObject({ status: 0 });
  });

  test("does not wait for a socket whose client has died without a word", async (scope) => {
    const lava = await startLava(scope);
    const etna = startEtna(scope, ["serve", "--lava", lava.url, "--port", "0"]);
    const { port } = new URL(await etna.ready());
    const dead = connect(Number(port), "127.0.0.1");
    scope.onTestFinished(() => void dead.destroy());
    dead.write(
      "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
    );
    expect(String((await once(dead, "data"))[0])).toMatch(/^HTTP\/1\.1 101/);
    etna.kill("SIGTERM");
    expect(await etna.exited).toMatchObject({ status: 0 });
  });

  test("before it listens exits 0", async (scope) => {
    const dir = mkdtempSync(join(tmpdir(), "etna-stop-"));
    scope.onTestFinished(() => rmSync(dir, { recursive: true }));
    // Its configuration is a pipe, so that its start waits for whoever writes into it.
    const config = join(dir, "etna.yaml");
    execFileSync("mkfifo", [config]);
    const etna = startEtna(scope, ["serve", "--config", config]);
    // Opens when Etna has opened its end: it hears signals by then.
    const pipe = await open(config, "w");
    // SIGHUP among them, the lowest bit: `systemctl reload` right behind the start is no reason to end.
    const [, heard = "0"] =
      /^SigCgt:\s*[0-9a-f]*([0-9a-f])$/m.exec(readFileSync(`/proc/${etna.pid}/status`, "utf8")) ?? [];
    expect(parseInt(heard, 16) & 1).toBe(1);
    etna.kill("SIGTERM");
    await pipe.writeFile(
      JSON.stringify({ listen: { port: 0 }, lava: [{ url: "http://127.0.0.1:9", events: "poll" }] }),
    );
    await pipe.close();
    expect(await etna.exited).toMatchObject({ status: 0, signal: null });
  });

  test("twice ends at once, whatever is under way", async (scope) => {
    const lava = await startLava(scope);
    const etna = startEtna(scope, ["serve", "--lava", lava.url, "--port", "0"]);
    const origin = await etna.ready();
    let arrived = false;
    lava.fault = ({ path }) => {
      arrived ||= path.includes("/devices/");
      return { kind: "hang" };
    };
    const query = postQuery(`${origin}/graphql`, `{ devices(first: 1) { nodes { hostname } } }`, {}, {});
    const failed = expect(query).rejects.toThrow();
    await vi.waitFor(() => expect(arrived).toBe(true), { timeout: 5_000 });
    etna.kill("SIGTERM");
    await vi.waitFor(async () => expect(await fetch(`${origin}/healthz`).catch(() => "refused")).toBe("refused"));
    etna.kill("SIGTERM");
    expect(await etna.exited).toMatchObject({ status: null, signal: "SIGTERM" });
    await failed;
  });
});

describe.concurrent("alive and ready", { timeout: PROCESS_MS }, () => {
  async function get(origin: string, path: string): Promise<{ status: number; body: unknown }> {
    const reply = await fetch(`${origin}${path}`);
    return { status: reply.status, body: await reply.json() };
  }

  test("/healthz says that the process lives, /readyz what its servers do: one that answers is enough", async (scope) => {
    const lava = await startLava(scope);
    const dead = `http://127.0.0.1:${await freePort()}`;
    const etna = startEtna(scope, ["serve", "--lava", `near=${lava.url}`, "--lava", `far=${dead}`, "--port", "0"]);
    const origin = await etna.ready();
    expect(await get(origin, "/healthz")).toEqual({ status: 200, body: { status: "ok", version: VERSION } });
    expect(await get(origin, "/readyz")).toMatchObject({
      status: 200,
      body: {
        ready: true,
        servers: [
          { name: "near", reachable: true, version: "2023.01" },
          { name: "far", reachable: false, version: null, events: "POLL" },
        ],
      },
    });
    expect(JSON.stringify(await get(origin, "/readyz"))).not.toContain("http://");
  });

  test("/readyz is 503 while no server answers, and 200 when one has come", async (scope) => {
    const port = await freePort();
    const etna = startEtna(scope, ["serve", "--lava", `http://127.0.0.1:${port}`, "--port", "0"]);
    const origin = await etna.ready();
    expect(await get(origin, "/readyz")).toMatchObject({ status: 503, body: { ready: false } });
    expect(await get(origin, "/healthz")).toMatchObject({ status: 200 });
    const lava = await createLavaSandbox({ port, jobs: 0 });
    scope.onTestFinished(() => lava.close());
    await vi.waitFor(async () => expect(await get(origin, "/readyz")).toMatchObject({ status: 200 }), {
      timeout: 10_000,
      interval: 200,
    });
  });

  test("many questions about readiness are few to the servers", async (scope) => {
    const lava = await startLava(scope);
    const etna = startEtna(scope, ["serve", "--lava", lava.url, "--port", "0"]);
    const origin = await etna.ready();
    lava.requests.reset();
    await Promise.all(Array.from({ length: 50 }, () => get(origin, "/readyz")));
    expect(lava.requests.counts()["GET system/version/"]).toBe(1);
  });
});
