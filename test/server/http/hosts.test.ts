// By which names a gateway is asked: a page whose own name was made to lead here (DNS rebinding) is answered nothing, on
// any transport.

import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { openSocket } from "../raw-socket.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ hosts: ["etna.example.org"] });
});
afterAll(() => gateway.close());

const BODY = JSON.stringify({ query: "{ servers { name } }" });
const JSON_TYPE = { "content-type": "application/json" };

/** fetch sets the header itself. */
async function ask(path: string, host: string, headers: Record<string, string> = {}, body?: string) {
  const asking = request(`${gateway.origin}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { host, ...headers },
    agent: false,
  });
  asking.end(body);
  const [reply] = (await once(asking, "response")) as [IncomingMessage];
  return { status: reply.statusCode, text: Buffer.concat(await reply.toArray()).toString("utf8") };
}

const STRANGE = [
  "evil.example",
  "evil.example:4000",
  "127.0.0.1.evil.example",
  "etna.example.org.evil.example",
  "x",
  "0x7f.1",
];
const KNOWN = [
  "127.0.0.1",
  "127.0.0.1:4000",
  "192.0.2.7:80",
  "[::1]",
  "[2001:db8::1]:4000",
  "localhost",
  "LOCALHOST:4000",
  "etna.localhost",
  "localhost.",
  "etna.example.org",
  "Etna.Example.org:443",
  "etna.example.org.",
];

describe("a request for another name", () => {
  it.each(STRANGE)("%s is 421 on every path, and names the key that would allow it", async (host) => {
    const origin = { origin: `http://${host}` };
    for (const [path, headers, body] of [
      ["/graphql", { ...JSON_TYPE, ...origin }, BODY],
      ["/graphql", { ...JSON_TYPE, ...origin, accept: "text/event-stream" }, BODY],
      ["/graphql/stream", { ...JSON_TYPE, ...origin }, BODY],
      ["/graphql?query=%7B__typename%7D", { "apollo-require-preflight": "1" }, undefined],
      ["/graphiql/", {}, undefined],
      ["/", {}, undefined],
      ["/export/lava/lab/1.csv", {}, undefined],
    ] as const) {
      const { status, text } = await ask(path, host, headers, body);
      expect([path, status]).toEqual([path, 421]);
      expect(text).toContain("listen.hosts");
      expect(text).not.toContain(`"data"`);
    }
  });

  it.each(STRANGE)("%s opens no WebSocket, though the page has the same name", async (host) => {
    const headers = { host, origin: `http://${host}` };
    await expect(openSocket(gateway.origin, "graphql-transport-ws", { headers })).rejects.toThrow("421");
  });

  it.each(["/healthz", "/readyz", "/metrics"])("is answered at %s, where probes ask by whatever name", async (path) => {
    expect((await ask(path, "probe.example")).status).toBe(200);
  });
});

describe("a request for an address, a loopback name or a name in listen.hosts", () => {
  it.each(KNOWN)("%s is answered", async (host) => {
    expect(await ask("/graphql", host, JSON_TYPE, BODY)).toMatchObject({ status: 200 });
    const socket = await openSocket(gateway.origin, "graphql-transport-ws", { headers: { host } });
    expect(await socket.init()).toEqual({ type: "connection_ack" });
    socket.terminate();
  });
});
