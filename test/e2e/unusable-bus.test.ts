// A bus that can't be used: the gateway says so once, gets the news some other way, and ends when it is told to.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { PROCESS_MS, startEtna } from "../cli/etna.js";
import { postQuery } from "../support/gateway.js";

async function startLava({ onTestFinished }: TestContext) {
  const lava = await createLavaSandbox({ jobs: 1 });
  onTestFinished(() => lava.close());
  return lava;
}

async function serve(scope: TestContext, entry: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), "etna-bus-"));
  scope.onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "etna.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ listen: { port: 0 }, lava: [entry] }));
  const etna = startEtna(scope, ["serve", "--config", file]);
  return { etna, origin: await etna.ready() };
}

async function untilSource(origin: string, source: string): Promise<void> {
  const query = `{ servers { events { source } } }`;
  await vi.waitFor(
    async () => {
      const { data } = await postQuery<any>(`${origin}/graphql`, query, {}, {});
      expect(data.servers[0].events.source).toBe(source);
    },
    { timeout: PROCESS_MS / 2, interval: 50 },
  );
}

describe.concurrent("a publisher's address", { timeout: PROCESS_MS }, () => {
  test("copied from LAVA's settings is that of the server's host", async (scope) => {
    const lava = await startLava(scope);
    const { etna, origin } = await serve(scope, { url: lava.url, publisher: `tcp://*:${new URL(lava.eventUrl).port}` });
    await untilSource(origin, "ZMQ");
    etna.kill("SIGTERM");
    const exit = await etna.exited;
    expect(exit).toMatchObject({ status: 0, signal: null });
    expect(exit.stderr).not.toContain("the bus can't be used");
  });

  test.for(["", "tcp://la va:5500", "tcp://127.0.0.1:99999"])(
    "told by the server as %j is logged once",
    async (told, scope) => {
      const lava = await startLava(scope);
      lava.fault = ({ rpcMethod }) =>
        rpcMethod === "scheduler.get_publisher_event_socket" ? { kind: "json", body: told } : undefined;
      const { etna, origin } = await serve(scope, { url: lava.url });
      await untilSource(origin, "WEBSOCKET");
      etna.kill("SIGTERM");
      const { status, signal, stderr } = await etna.exited;
      expect([status, signal]).toEqual([0, null]);
      const warnings = stderr.split("\n").filter((line) => line.includes("the bus can't be used"));
      expect(warnings).toHaveLength(1);
      expect(JSON.parse(warnings[0] ?? "")).toMatchObject({
        system: "lava",
        reason: expect.stringContaining(JSON.stringify(told)),
      });
    },
  );

  test("that the server does not have, since it publishes nothing, is logged once", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 1, events: false });
    scope.onTestFinished(() => lava.close());
    const { etna } = await serve(scope, { url: lava.url });
    await vi.waitFor(() => expect(etna.stderr).toContain("EVENT_NOTIFICATION"), { timeout: PROCESS_MS / 2 });
    etna.kill("SIGTERM");
    const { status, stderr } = await etna.exited;
    expect(status).toBe(0);
    expect(stderr.match(/the bus can't be used/g)).toHaveLength(1);
  });
});
