// The routes beside GraphQL, readiness, and the stop.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { VERSION } from "../../../src/version.js";
import { startGateway } from "../../support/gateway.js";
import { startOwnServer } from "../own-server.js";

describe("the HTTP server", () => {
  let lava: LavaSandbox;
  beforeAll(async () => {
    lava = await createLavaSandbox({ jobs: 0, events: false });
  });
  afterAll(() => lava.close());

  it("leads from / to the page, and names its routes where there is nothing", async () => {
    const server = await startOwnServer();
    const root = await fetch(`${server.origin}/`, { redirect: "manual" });
    expect([root.status, root.headers.get("location")]).toEqual([302, "graphiql/"]);
    for (const path of ["/nope", "/graphql/", "/graphql/x", "//", "/%00", "/healthz/"]) {
      const reply = await fetch(`${server.origin}${path}`);
      expect([path, reply.status]).toEqual([path, 404]);
      expect(await reply.json()).toEqual({
        error: expect.stringMatching(/see \/graphql, \/graphiql, \/healthz, \/readyz/),
      });
    }
    await server.close();
  });

  it("is alive at /healthz whatever the upstream servers do", async () => {
    const gateway = await startGateway({ lava: [{ url: "http://127.0.0.1:1" }] });
    const reply = await fetch(`${gateway.origin}/healthz?x`);
    expect([reply.status, await reply.json()]).toEqual([200, { status: "ok", version: VERSION }]);
    expect(reply.headers.get("cache-control")).toBe("no-store");
    await gateway.close();
  });

  it("is ready when one server answers or none is configured, and says how each of them is", async () => {
    const ready = async (servers: Parameters<typeof startGateway>[0]) => {
      const gateway = await startGateway(servers);
      const reply = await fetch(`${gateway.origin}/readyz`);
      const state: unknown = await reply.json();
      await gateway.close();
      return [reply.status, state];
    };
    const up = { name: "up", url: lava.url };
    const down = { name: "down", url: "http://127.0.0.1:1" };
    const upState = { name: "up", reachable: true, version: "2023.01", events: "POLL" };
    const downState = { name: "down", reachable: false, version: null, events: "POLL" };
    expect(await ready({})).toEqual([200, { ready: true, servers: [] }]);
    expect(await ready({ lava: [up], cuirass: [down] })).toEqual([200, { ready: true, servers: [upState, downState] }]);
    expect(await ready({ lava: [down] })).toEqual([503, { ready: false, servers: [downState] }]);
  });

  it("asks the servers once however often it is asked whether it is ready", async () => {
    const gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    lava.requests.reset();
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${gateway.origin}/readyz`)));
    expect(lava.requests.counts()).toEqual({ "GET system/version/": 1 });
    await gateway.close();
  });

  it("rejects an address that is taken", async () => {
    const server = await startOwnServer();
    const port = Number(new URL(server.origin).port);
    await expect(startOwnServer(port)).rejects.toThrow(/EADDRINUSE/);
    await server.close();
  });

  it("takes no more connections when it is closed; closing twice is harmless", async () => {
    const server = await startOwnServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    await expect(fetch(`${server.origin}/healthz`)).rejects.toThrow();
  });
});
