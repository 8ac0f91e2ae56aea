// What one client may have under way, and for how long, over every transport.

import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { clientAddress } from "../../../src/server/limits/addresses.js";
import type { ClientLimitsGiven } from "../../../src/server/limits/limits.js";
import { closeGate, startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";
import { openSocket } from "../raw-socket.js";
import { WAYS } from "../three-ways.js";

let server: OwnServer | undefined;
afterEach(async () => {
  await server?.close();
  // Whatever the test has begun ends with its server.
  await vi.waitFor(() => expect([server?.open() ?? 0, server?.waiting() ?? 0]).toEqual([0, 0]));
});
const start = async (limits: ClientLimitsGiven) => (server = await startOwnServer(0, { limits }));

const forever = (id: string) => ({ type: "subscribe", id, payload: { query: "subscription { forever }" } });
const exceeded = (limit: string, asked: number, allowed: number) => ({
  extensions: { code: "LIMIT_EXCEEDED", limit, asked, allowed },
});

/** Opens a stream of events; resolves with its status once the answer has begun, and the way to leave. */
function stream(
  origin: string,
): Promise<{ readonly status: number; readonly body: () => Promise<any>; leave: () => void }> {
  return new Promise((resolve, reject) => {
    const asking = request(`${origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
    });
    asking.once("response", (reply: IncomingMessage) => {
      reply.on("error", () => undefined);
      const body = async () => JSON.parse(Buffer.concat(await reply.toArray()).toString("utf8")) as unknown;
      resolve({ status: reply.statusCode ?? 0, body, leave: () => asking.destroy() });
    });
    asking.once("error", reject);
    asking.end(JSON.stringify({ query: "subscription { forever }" }));
  });
}

describe("one socket", () => {
  test("has so many operations under way, and room again when one has ended", async () => {
    const { origin, open } = await start({ operationsPerSocket: 2 });
    const socket = await openSocket(origin);
    await socket.init();
    socket.send(forever("1"));
    socket.send(forever("2"));
    socket.send(forever("3"));
    expect(await socket.next()).toMatchObject({
      type: "error",
      id: "3",
      payload: [exceeded("operationsPerSocket", 3, 2)],
    });
    expect(open()).toBe(2);
    socket.send({ type: "complete", id: "1" });
    await vi.waitFor(() => expect(open()).toBe(1));
    socket.send({ type: "subscribe", id: "4", payload: { query: "{ hello }" } });
    expect(await socket.next()).toMatchObject({ type: "next", id: "4" });
    socket.terminate();
    await vi.waitFor(() => expect(open()).toBe(0));
  });

  test("gives back the place of an operation whose id is used again before it has ended", async () => {
    const { origin, runs, open } = await start({ operationsPerAddress: 3 });
    const socket = await openSocket(origin);
    await socket.init();
    for (let round = 0; round < 3; round += 1) {
      const openGate = closeGate();
      const before = runs();
      socket.send({ type: "subscribe", id: "1", payload: { query: "{ gated }" } });
      await vi.waitFor(() => expect(runs()).toBe(before + 1));
      socket.send({ type: "complete", id: "1" });
      socket.send({ type: "subscribe", id: "1", payload: { query: "{ hello }" } });
      expect(await socket.next()).toEqual({ type: "next", id: "1", payload: { data: { hello: "hello" } } });
      expect(await socket.next()).toEqual({ type: "complete", id: "1" });
      openGate();
    }
    for (const id of ["a", "b", "c"]) socket.send(forever(id));
    await vi.waitFor(() => expect(open()).toBe(3));
    socket.terminate();
  });

  test("is closed with 1009 for a message that is too large", async () => {
    const { origin } = await start({ messageBytes: 200 });
    const socket = await openSocket(origin);
    await socket.init();
    const query = (length: number) => {
      const message = JSON.stringify({ type: "subscribe", id: "1", payload: { query: "{ hello }" } });
      return message + " ".repeat(length - message.length);
    };
    socket.send(query(200));
    expect(await socket.next()).toMatchObject({ type: "next" });
    socket.send(query(201));
    expect((await socket.closed).code).toBe(1009);
  });
});

describe("one address", () => {
  test("has so many sockets, and the next is refused with 429 until one has closed", async () => {
    const { origin } = await start({ socketsPerAddress: 2 });
    const [first, second] = [await openSocket(origin), await openSocket(origin)];
    const refused = new WebSocket(`${origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const reply = await new Promise<IncomingMessage>((resolve) => {
      refused.once("unexpected-response", (_, answer) => resolve(answer));
      refused.once("error", () => undefined);
    });
    expect(reply.statusCode).toBe(429);
    expect(JSON.parse(Buffer.concat(await reply.toArray()).toString("utf8"))).toMatchObject({
      errors: [exceeded("socketsPerAddress", 3, 2)],
    });
    first.terminate();
    await first.closed;
    await vi.waitFor(async () => (await openSocket(origin)).terminate());
    second.terminate();
  });

  test("has so many connections open, and room again when one is closed", async () => {
    const { origin } = await start({ connectionsPerAddress: 2 });
    const { hostname, port } = new URL(origin);
    const open = async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      // All that comes until the other side closes it.
      const text = socket
        .setEncoding("utf8")
        .toArray()
        .then((parts) => parts.join(""));
      return { socket, text };
    };
    const ask = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const idle = await open();
    const second = await open();
    const [head = "", body = ""] = (await (await open()).text).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 429 /);
    expect(JSON.parse(body)).toMatchObject({ errors: [exceeded("connectionsPerAddress", 3, 2)] });
    second.socket.write(ask);
    expect(await second.text).toMatch(/^HTTP\/1\.1 200 /);
    await vi.waitFor(async () => {
      const next = await open();
      next.socket.write(ask);
      expect(await next.text).toMatch(/^HTTP\/1\.1 200 /);
    });
    idle.socket.destroy();
    await idle.text.catch(() => undefined);
  });

  test("has as many connections as come behind proxies, which are all the proxy's", async () => {
    const { origin } = await start({ connectionsPerAddress: 1, proxies: 1 });
    const socket = await openSocket(origin);
    const [http] = WAYS;
    expect(await http?.ask(origin, { query: "{ hello }" })).toEqual({ data: { hello: "hello" } });
    socket.terminate();
  });

  test("has so many operations under way, over all transports together", async () => {
    const { origin } = await start({ operationsPerAddress: 2 });
    const socket = await openSocket(origin);
    await socket.init();
    socket.send(forever("1"));
    await vi.waitFor(() => expect(server?.open()).toBe(1));
    const following = await stream(origin);
    expect(following.status).toBe(200);

    for (const way of WAYS) {
      const { errors } = await way.ask(origin, { query: "{ hello }" });
      expect(errors).toMatchObject([exceeded("operationsPerAddress", 3, 2)]);
    }
    const third = await stream(origin);
    expect([third.status, await third.body()]).toMatchObject([
      429,
      { errors: [exceeded("operationsPerAddress", 3, 2)] },
    ]);

    following.leave();
    socket.terminate();
    await vi.waitFor(async () => {
      for (const way of WAYS)
        expect(await way.ask(origin, { query: "{ hello }" })).toEqual({ data: { hello: "hello" } });
    });
  });

  test("is that which the last trusted proxy has seen", async () => {
    const { origin } = await start({ operationsPerAddress: 1, proxies: 1 });
    const socket = await openSocket(origin, "graphql-transport-ws", { headers: { "x-forwarded-for": "192.0.2.1" } });
    await socket.init();
    socket.send(forever("1"));
    await vi.waitFor(() => expect(server?.open()).toBe(1));
    const [http] = WAYS;
    const from = async (address: string) => http?.ask(origin, { query: "{ hello }" }, { "x-forwarded-for": address });
    expect((await from("192.0.2.1"))?.errors).toHaveLength(1);
    // What a client writes itself stands further left.
    expect((await from("198.51.100.7, 192.0.2.1"))?.errors).toHaveLength(1);
    expect((await from("192.0.2.2"))?.errors).toBeUndefined();
    socket.terminate();
  });

  test.each([
    [{}, "192.0.2.9", 0, "192.0.2.9"],
    [{}, "::ffff:192.0.2.9", 0, "192.0.2.9"],
    [{ "x-forwarded-for": "198.51.100.7" }, "192.0.2.9", 0, "192.0.2.9"],
    [{ "x-forwarded-for": "10.1.1.1, 198.51.100.7" }, "192.0.2.9", 1, "198.51.100.7"],
    [{ "x-forwarded-for": "10.1.1.1, 198.51.100.7" }, "192.0.2.9", 2, "10.1.1.1"],
    [{ "x-forwarded-for": "198.51.100.7" }, "192.0.2.9", 2, "192.0.2.9"],
    // A client has the whole second half of an IPv6 address to itself.
    [{}, "2001:db8:0:1:aaaa:bbbb:cccc:dddd", 0, "2001:db8:0:1::/64"],
    [{}, "2001:0DB8::1", 0, "2001:db8:0:0::/64"],
    [{}, "fe80::1%eth0", 0, "fe80:0:0:0::/64"],
    [{}, "::1", 0, "0:0:0:0::/64"],
  ])("%o from %s behind %i proxies is %s", (headers, remoteAddress, proxies, expected) => {
    const asking = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
    expect(clientAddress(asking, proxies)).toBe(expected);
  });
});

describe("a body", () => {
  test.each(WAYS.filter(({ name }) => name !== "WebSocket"))(
    "may have so many bytes over $name, and not one more",
    async (way) => {
      const empty = JSON.stringify({ query: "{ hello }#" }).length;
      const { origin } = await start({ bodyBytes: 200 });
      const sized = (bytes: number) => ({ query: `{ hello }#${"x".repeat(bytes - empty)}` });
      expect((await way.ask(origin, sized(200))).data).toEqual({ hello: "hello" });
      expect((await way.ask(origin, sized(201))).errors).toMatchObject([exceeded("bodyBytes", 201, 200)]);
    },
  );
});

describe("the JSON of a request", () => {
  const ALLOWED = 100;
  const query = "{ hello }";
  /** The request itself, and what stands beside `query`. */
  const OTHERS = 2;
  /** So many values of each form, with text in them that only looks like more. */
  const forms: readonly (readonly [name: string, make: (count: number) => Record<string, unknown>])[] = [
    ["members", (count) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}[,`, '{[,\\",,']))],
    ["items", (count) => ({ list: Array.from({ length: count - 1 }, () => ",") })],
    ["lists in lists", (count) => ({ list: JSON.parse("[".repeat(count - 1) + "]".repeat(count - 1)) as unknown })],
  ];
  const cases = forms.flatMap(([name, make]) =>
    (["variables", "extensions"] as const).map((place) => ({ name, make, place })),
  );

  test.each(cases)("may have so many $name in its $place, and not one more", async ({ make, place }) => {
    const { origin } = await start({ jsonValues: ALLOWED });
    for (const way of WAYS.filter(({ name }) => name !== "WebSocket")) {
      expect(await way.ask(origin, { query, [place]: make(ALLOWED - OTHERS) })).toEqual({ data: { hello: "hello" } });
      const { errors } = await way.ask(origin, { query, [place]: make(ALLOWED - OTHERS + 1) });
      expect(errors).toMatchObject([exceeded("jsonValues", ALLOWED + 1, ALLOWED)]);
    }
  });

  test.each(["subscribe", "ping"])("closes a socket whose %s has more, with the limit's name", async (type) => {
    const { origin } = await start({ jsonValues: ALLOWED });
    const socket = await openSocket(origin);
    await socket.init();
    const payload = (count: number) => ({ query, variables: forms[0]?.[1](count) });
    // Its message is an object around the payload, with three members.
    const most = ALLOWED - OTHERS - 3;
    const message = (count: number) => ({ type, id: "1", payload: payload(count) });
    socket.send(message(most));
    expect((await socket.next()).type).toBe(type === "ping" ? "pong" : "next");
    socket.send(message(most + 1));
    expect(await socket.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/^jsonValues: /) });
  });
});

describe("objects and lists in each other", () => {
  /** The request itself, and `variables`. */
  const OTHERS = 2;
  const MOST = 200;
  const text = (depth: number) =>
    `{"query":"query ($of: Int) { half(of: $of) }","variables":{"of":${"[".repeat(depth)}"]"${"]".repeat(depth)}}}`;
  const post = (path: string) => async (origin: string, body: string) => {
    const headers = {
      "content-type": "application/json",
      ...(path === "/graphql" ? {} : { accept: "text/event-stream" }),
    };
    return fetch(`${origin}${path}`, { method: "POST", headers, body });
  };
  const ways: readonly (readonly [string, (origin: string, body: string) => Promise<Response>])[] = [
    ["POST", post("/graphql")],
    ["an event stream", post("/graphql/stream")],
    [
      "GET",
      (origin, body) => {
        const { query, variables } = JSON.parse(body) as { query: string; variables: unknown };
        // JSON.stringify itself runs out of stack on the deepest.
        const inner = body.slice(body.indexOf('"variables":') + '"variables":'.length, -1);
        expect(variables).toBeDefined();
        return fetch(`${origin}/graphql?${new URLSearchParams({ query, variables: inner }).toString()}`);
      },
    ],
  ];

  test.each(ways)("by %s may be 200 deep, and no deeper: whoever walks thousands runs out of stack", async (_, ask) => {
    const { origin } = await start({});
    const may = await ask(origin, text(MOST - OTHERS));
    expect(await may.text()).toContain("BAD_USER_INPUT");
    // The variables of a GET stand by themselves.
    for (const depth of [MOST, 2_500]) {
      const reply = await ask(origin, text(depth));
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({
        errors: [{ message: "the request's JSON has more than 200 objects and lists in each other" }],
      });
    }
  });

  test("by WebSocket end the socket, with the reason", async () => {
    const { origin } = await start({});
    const socket = await openSocket(origin);
    await socket.init();
    socket.send(`{"type":"subscribe","id":"1","payload":${text(2_500)}}`);
    expect(await socket.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/in each other/) });
  });
});

describe("the deadline", () => {
  test.each(WAYS)("gives up what a server does not answer over $name, and answers with the rest", async (way) => {
    const { origin, waiting } = await start({ deadlineMs: 100 });
    const { data, errors } = await way.ask(origin, { query: "{ hello slow }" });
    expect(data).toEqual({ hello: "hello", slow: null });
    expect(errors).toMatchObject([{ path: ["slow"], extensions: { code: "UPSTREAM_TIMEOUT" } }]);
    expect(waiting()).toBe(0);
  });

  test.each(WAYS)("ends what does not end by itself over $name, by its own name", async (way) => {
    const { origin } = await start({ deadlineMs: 100 });
    const { data, errors } = await way.ask(origin, { query: "{ hello stuck }" });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([exceeded("deadlineSeconds", 0.1, 0.1)]);
    // The next one has its own.
    expect(await way.ask(origin, { query: "{ hello }" })).toEqual({ data: { hello: "hello" } });
  });

  test("is not for subscriptions", async () => {
    const { origin, open } = await start({ deadlineMs: 50 });
    const socket = await openSocket(origin);
    await socket.init();
    socket.send(forever("1"));
    // Long after it would have ended, had it one: a query's, begun later, has passed.
    const [http] = WAYS;
    await http?.ask(origin, { query: "{ slow }" });
    await http?.ask(origin, { query: "{ slow }" });
    await vi.waitFor(() => expect(open()).toBe(1));
    socket.send({ type: "ping" });
    expect(await socket.next()).toEqual({ type: "pong" });
    socket.terminate();
  });

  test("is not needed when the client leaves: what it waited for is given up", async () => {
    const { origin, waiting } = await start({});
    for (const path of ["/graphql", "/graphql/stream"]) {
      const leaving = new AbortController();
      const asked = fetch(`${origin}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: path === "/graphql" ? "*/*" : "text/event-stream" },
        body: JSON.stringify({ query: "{ slow }" }),
        signal: leaving.signal,
      }).then((reply) => reply.text());
      await vi.waitFor(() => expect(waiting()).toBe(1));
      leaving.abort();
      await expect(asked).rejects.toThrow();
      await vi.waitFor(() => expect(waiting()).toBe(0));
    }
    const socket = await openSocket(origin);
    await socket.init();
    socket.send({ type: "subscribe", id: "1", payload: { query: "{ slow }" } });
    await vi.waitFor(() => expect(waiting()).toBe(1));
    socket.terminate();
    await vi.waitFor(() => expect(waiting()).toBe(0));
  });
});
