// What a gateway shows to clients that need not know it: the schema, guesses at names, GraphiQL; and which pages may call.

import { getIntrospectionQuery } from "graphql";
import { afterEach, describe, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { ClientsConfig } from "../../../src/config/limits.js";
import { startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { openSocket } from "../raw-socket.js";
import { WAYS } from "../three-ways.js";

const PAGE = "https://dashboard.example.org";

let gateway: TestGateway | undefined;
afterEach(() => gateway?.close());
const start = async (clients: Partial<ClientsConfig>) => (gateway = await startGateway({ clients }));

describe.each(WAYS)("over $name", (way) => {
  test("the schema is told by default, and not when introspection is off, by whatever name", async () => {
    const questions = [
      getIntrospectionQuery(),
      `{ __type(name: "TestJob") { name } }`,
      "{ servers { ... on LavaServer { name } } ...S } fragment S on Query { __schema { queryType { name } } }",
      "{ _service { sdl } }",
    ];
    const open = await start({});
    for (const query of questions) expect((await way.ask(open.origin, { query })).errors).toBeUndefined();
    await open.close();

    const { origin } = await start({ introspection: false });
    for (const query of questions) {
      const { data, errors } = await way.ask(origin, { query });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]).toMatchObject({ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
      expect(errors?.[0]?.message).toMatch(/introspection/i);
    }
    // What a client needs to tell types apart is not the schema.
    expect((await way.ask(origin, { query: "{ __typename servers { __typename } }" })).errors).toBeUndefined();
  });

  test("guesses at names are told where the configuration says so, and not by default", async () => {
    const questions = [
      { query: "{ testJob(jobid: 1) { jobId } }" },
      { query: "{ testJobz { totalCount } }" },
      { query: "{ testJobs(orderBy: OLDEST) { totalCount } }" },
      { query: "query ($o: TestJobOrdr) { testJobs(orderBy: $o) { totalCount } }" },
      {
        query: "query ($f: TestJobFilter) { testJobs(filter: $f) { totalCount } }",
        variables: { f: { states: ["FINISHD"] } },
      },
    ];
    const open = await start({ suggestions: true });
    const guesses = [];
    for (const question of questions) guesses.push((await way.ask(open.origin, question)).errors?.[0]?.message ?? "");
    expect(guesses.filter((message) => message.includes("Did you mean")).length).toBeGreaterThanOrEqual(4);
    await open.close();

    const { origin } = await start({ suggestions: false });
    for (const question of questions) {
      const { errors = [] } = await way.ask(origin, question);
      expect(errors.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toContain("Did you mean");
    }
  });
});

describe.each(WAYS)("over $name, a message", (way) => {
  // As many as made the process stand still for 40 s: each blank was a place to begin at.
  const blanks = " ".repeat(80_000);
  test.each([
    ["of blanks", blanks],
    ["of guesses", "Did you mean ".repeat(10_000)],
    ["of quotes", '\\"'.repeat(20_000)],
  ])("repeats no more than the beginning of a value %s", async (_, x) => {
    const { origin } = await start({ suggestions: false });
    const query = "query ($x: Int) { testJobs(first: $x) { nodes { id } } }";
    const { errors = [] } = await way.ask(origin, { query, variables: { x } });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(
      /^Variable "\$x" got invalid value ".*…"; Int cannot represent non-integer value/,
    );
    expect(errors[0]?.message.length).toBeLessThan(500);
  });

  test("repeats no more than the beginning of a document", async () => {
    const { origin } = await start({ suggestions: false });
    for (const query of [`{ ${"a".repeat(80_000)} }`, `{ a "${"a".repeat(80_000)}" }`, "\u0001".repeat(20_000)]) {
      const { errors = [] } = await way.ask(origin, { query });
      expect(errors).toHaveLength(1);
      expect(errors[0]?.message.length).toBeLessThan(500);
    }
  });
});

test("GraphiQL is served by default, and nothing of it when it is off", async () => {
  const open = await start({});
  expect((await fetch(`${open.origin}/`, { redirect: "manual" })).status).toBe(302);
  expect((await fetch(`${open.origin}/graphiql/`)).status).not.toBe(404);
  await open.close();
  const { origin } = await start({ graphiql: false });
  for (const path of ["/", "/graphiql", "/graphiql/", "/graphiql/index.html"]) {
    expect((await fetch(`${origin}${path}`, { redirect: "manual" })).status).toBe(404);
  }
});

describe("a page of another origin", () => {
  const preflight = async (origin: string, page: string, path = "/graphql") =>
    fetch(`${origin}${path}`, {
      method: "OPTIONS",
      headers: {
        origin: page,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
  const granted = ({ headers }: Response) => headers.get("access-control-allow-origin");

  test("gets no leave unless it is configured, exactly", async () => {
    const open = await start({});
    expect(granted(await preflight(open.origin, PAGE))).toBeNull();
    await open.close();

    const { origin } = await start({ origins: [PAGE] });
    for (const path of ["/graphql", "/graphql/stream"]) {
      const reply = await preflight(origin, PAGE, path);
      expect(reply.status).toBe(204);
      expect(granted(reply)).toBe(PAGE);
      expect(reply.headers.get("access-control-allow-headers")).toMatch(/authorization, content-type, x-etna-token/);
      // Nobody's cookies.
      expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
    }
    const others = [
      "https://dashboard.example.org.evil.example",
      "http://dashboard.example.org",
      `${PAGE}:8443`,
      "null",
    ];
    for (const other of others) {
      const reply = await preflight(origin, other);
      expect(granted(reply)).toBeNull();
      expect(reply.headers.get("vary")).toMatch(/origin/i);
    }
  });

  test("reads the answer when it is configured", async () => {
    const { origin } = await start({ origins: [PAGE] });
    const ask = async (page: string) =>
      fetch(`${origin}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: page },
        body: JSON.stringify({ query: "{ servers { name } }" }),
      });
    expect(granted(await ask(PAGE))).toBe(PAGE);
    expect(granted(await ask("https://elsewhere.example"))).toBeNull();
  });

  test("of this machine, whatever its port, is let in where that is granted", async () => {
    const { origin } = await start({ loopbackOrigins: true });
    for (const page of ["http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:3000", "https://a.localhost"]) {
      expect(granted(await preflight(origin, page))).toBe(page);
      const socket = await openSocket(origin, "graphql-transport-ws", { headers: { origin: page } });
      expect(await socket.init()).toEqual({ type: "connection_ack" });
      socket.terminate();
    }
    for (const page of [
      "https://elsewhere.example",
      "http://localhost.evil.example",
      "http://127.0.0.1.evil.example",
      "null",
    ]) {
      const reply = await preflight(origin, page);
      expect(granted(reply)).toBeNull();
      expect(reply.headers.get("vary")).toMatch(/origin/i);
      await expect(openSocket(origin, "graphql-transport-ws", { headers: { origin: page } })).rejects.toThrow("403");
    }
  });

  test("opens a WebSocket when it is configured", async () => {
    const { origin } = await start({ origins: [PAGE] });
    const socket = await openSocket(origin, "graphql-transport-ws", { headers: { origin: PAGE } });
    expect(await socket.init()).toEqual({ type: "connection_ack" });
    socket.terminate();
    await expect(
      openSocket(origin, "graphql-transport-ws", { headers: { origin: "https://elsewhere.example" } }),
    ).rejects.toThrow("403");
  });
});

describe("a request that a page can send without asking first", () => {
  test.each([
    ["GET /graphql", "/graphql?query=%7Bservers%7Bname%7D%7D", { headers: { "sec-fetch-site": "cross-site" } }],
    [
      "a form to /graphql",
      "/graphql",
      { method: "POST", body: new URLSearchParams({ query: "{ servers { name } }" }) },
    ],
    ["text to /graphql", "/graphql", { method: "POST", body: `{"query":"{ servers { name } }"}` }],
    [
      "a form to /graphql/stream",
      "/graphql/stream",
      { method: "POST", body: new URLSearchParams({ query: "{ servers { name } }" }) },
    ],
    ["text to /graphql/stream", "/graphql/stream", { method: "POST", body: `{"query":"{ servers { name } }"}` }],
    [
      "text that asks for a stream",
      "/graphql",
      {
        method: "POST",
        body: `{"query":"{ servers { name } }"}`,
        headers: { accept: "text/event-stream", "content-type": "text/plain" },
      },
    ],
    [
      "GET /graphql/stream",
      "/graphql/stream?query=%7Bservers%7Bname%7D%7D",
      { headers: { accept: "text/event-stream" } },
    ],
  ] as const)("runs nothing: %s", async (_, path, init) => {
    const lava = await createLavaSandbox({ jobs: 1, events: false });
    const { origin } = (gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] }));
    try {
      const reply = await fetch(`${origin}${path}`, init);
      expect([400, 405, 415]).toContain(reply.status);
      expect(await reply.text()).not.toContain('"data"');
    } finally {
      await lava.close();
    }
  });
});

test.each(WAYS.filter(({ name }) => name !== "WebSocket"))(
  "a list of operations is refused over $name: no batching",
  async ({ name }) => {
    const { origin } = await start({});
    const reply = await fetch(`${origin}${name === "HTTP" ? "/graphql" : "/graphql/stream"}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ query: "{ servers { name } }" }, { query: "{ servers { name } }" }]),
    });
    expect(reply.status).toBe(400);
    expect(await reply.text()).not.toContain('"data"');
  },
);
