// Traces as a collector gets them: the operation, its upstream calls below it, and the client's own trace above it.

import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../support/gateway.js";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
}

interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

async function listen({ onTestFinished }: TestContext, server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An OTLP collector that keeps what it is sent. */
async function startCollector(scope: TestContext) {
  const bodies: string[] = [];
  const url = await listen(
    scope,
    createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push(`${request.url ?? ""} ${Buffer.concat(chunks).toString("utf8")}`);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    }),
  );
  const spans = () =>
    bodies.flatMap((body) => {
      const sent = JSON.parse(body.slice(body.indexOf(" "))) as Record<string, any>;
      return sent.resourceSpans.flatMap((resource: any) =>
        resource.scopeSpans.flatMap((part: any) => part.spans.map(toSpan)),
      ) as Span[];
    });
  return { url, bodies, spans };
}

function toSpan(span: Record<string, any>): Span {
  const { name, traceId, spanId, parentSpanId, attributes, status } = span;
  const values = attributes.map(({ key, value }: any) => [key, Object.values(value as object)[0]]);
  return { name, traceId, spanId, parentSpanId, attributes: Object.fromEntries(values), isError: status?.code === 2 };
}

/** A LAVA that knows one route, and keeps what it was asked with. */
async function startLava(scope: TestContext) {
  const heard: Heard[] = [];
  const url = await listen(
    scope,
    createServer((request, response) => {
      heard.push({ path: request.url ?? "", headers: request.headers });
      const isKnown = request.url?.includes("/workers/") === true;
      response.writeHead(isKnown ? 200 : 500, { "content-type": "application/json" });
      response.end(JSON.stringify({ count: 0, next: null, previous: null, results: [] }));
    }),
  );
  const asked = (path: string) => heard.filter((request) => request.path.includes(path));
  return { url, asked };
}

async function start(scope: TestContext, options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  scope.onTestFinished(() => gateway.close());
  return gateway;
}

const WORKERS = `query Workers { workers(first: 1) { nodes { hostname } } }`;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

describe.concurrent("traces", () => {
  test("have the operation with its upstream calls below it, in the client's trace, which goes on to the server", async (scope) => {
    const [collector, lava] = await Promise.all([startCollector(scope), startLava(scope)]);
    const gateway = await start(scope, {
      lava: [{ url: lava.url, events: "poll" }],
      telemetry: { tracesUrl: new URL(`${collector.url}/v1/traces`) },
    });
    const answer = await gateway.query(
      WORKERS,
      {},
      {
        traceparent: `00-${TRACE}-${PARENT}-01`,
        tracestate: "vendor=value",
        "x-request-id": "traced-1",
        ...asUser("very-secret-token"),
      },
    );
    expect(answer.errors).toEqual([]);
    await gateway.close();

    const spans = collector.spans();
    const operation = spans.find(({ name }) => name === "query Workers");
    const call = spans.find(({ name }) => name === "lava GET workers/");
    expect(spans).toHaveLength(2);
    expect(operation).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      attributes: {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Workers",
        "etna.request_id": "traced-1",
      },
      isError: false,
    });
    expect(call).toMatchObject({
      traceId: TRACE,
      parentSpanId: operation?.spanId,
      attributes: { "peer.service": "lava", "http.response.status_code": 200 },
    });
    expect(lava.asked("/workers/")).toHaveLength(1);
    expect(lava.asked("/workers/")[0]?.headers).toMatchObject({
      traceparent: `00-${TRACE}-${call?.spanId ?? ""}-01`,
      tracestate: "vendor=value",
      "x-request-id": "traced-1",
    });
    expect(collector.bodies.every((body) => body.startsWith("/v1/traces "))).toBe(true);
    expect(collector.bodies.join()).not.toContain("very-secret-token");
  });

  test.for([
    ["none", undefined],
    ["one of zeros", `00-${"0".repeat(32)}-${"0".repeat(16)}-01`],
    ["nonsense", "00-abc-def-01"],
  ] as const)("begin anew for a client whose traceparent is %s", async ([, traceparent], scope) => {
    const [collector, lava] = await Promise.all([startCollector(scope), startLava(scope)]);
    const gateway = await start(scope, {
      lava: [{ url: lava.url, events: "poll" }],
      telemetry: { tracesUrl: new URL(`${collector.url}/v1/traces`) },
    });
    await gateway.query(WORKERS, {}, traceparent === undefined ? {} : { traceparent });
    await gateway.close();
    const operation = collector.spans().find(({ name }) => name === "query Workers");
    expect(operation?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(operation?.traceId).not.toBe("0".repeat(32));
    expect(operation?.parentSpanId ?? "").toBe("");
  });

  test("are not made of what the client does not sample, which the server hears", async (scope) => {
    const [collector, lava] = await Promise.all([startCollector(scope), startLava(scope)]);
    const gateway = await start(scope, {
      lava: [{ url: lava.url, events: "poll" }],
      telemetry: { tracesUrl: new URL(`${collector.url}/v1/traces`) },
    });
    await gateway.query(WORKERS, {}, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await gateway.close();
    expect(collector.spans()).toEqual([]);
    expect(lava.asked("/workers/")[0]?.headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  test("have the subscription of a socket", async (scope) => {
    const [collector, lava] = await Promise.all([startCollector(scope), startLava(scope)]);
    const gateway = await start(scope, {
      lava: [{ url: lava.url, events: "poll" }],
      telemetry: { tracesUrl: new URL(`${collector.url}/v1/traces`) },
    });
    await gateway.subscribe(`subscription Follow { testJobUpdates(jobIds: ["1"]) { state } }`).rest();
    await gateway.close();
    await vi.waitFor(() => {
      const operation = collector.spans().find(({ name }) => name === "subscription Follow");
      expect(operation).toMatchObject({ attributes: { "etna.transport": "websocket" } });
    });
  });

  test("that nobody takes keep no one waiting, and without an address there are none", async (scope) => {
    const lava = await startLava(scope);
    const gateway = await start(scope, {
      lava: [{ url: lava.url, events: "poll" }],
      telemetry: { tracesUrl: new URL("http://127.0.0.1:9/v1/traces") },
    });
    expect((await gateway.query(WORKERS)).status).toBe(200);
    await gateway.close();
    const plain = await start(scope, { lava: [{ url: lava.url, events: "poll" }] });
    await plain.query(WORKERS, {}, { traceparent: `00-${TRACE}-${PARENT}-01` });
    expect(lava.asked("/workers/").at(-1)?.headers).not.toHaveProperty("traceparent");
  });
});

describe("the address for traces", () => {
  const urlOf = (env: Record<string, string>) =>
    readConfig({ lava: ["http://127.0.0.1:1"] }, env).telemetry?.tracesUrl?.href;

  test("comes from OpenTelemetry's variables, of which the one for traces wins", () => {
    expect(urlOf({})).toBeUndefined();
    expect(urlOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318/" })).toBe("http://127.0.0.1:4318/v1/traces");
    expect(
      urlOf({
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:5/t",
      }),
    ).toBe("http://127.0.0.1:5/t");
    expect(() => urlOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" })).toThrow(/OTEL_EXPORTER_OTLP_ENDPOINT/);
  });
});
