// The rules of graphql-transport-ws (graphql-ws' PROTOCOL.md) one by one, from outside. Close codes that need more than a
// message are in graphql-websocket.test.ts (4401, 4403, 4406, 4408, 1001) and limits-clients.test.ts (1009).

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";
import { openSocket } from "../raw-socket.js";
import type { Message, RawSocket } from "../raw-socket.js";

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());

const subscribe = (id: string, query: string, more: Record<string, unknown> = {}): Message => ({
  type: "subscribe",
  id,
  payload: { query, ...more },
});

async function acknowledged(): Promise<RawSocket> {
  const socket = await openSocket(server.origin);
  expect(await socket.init()).toEqual({ type: "connection_ack" });
  return socket;
}

/** All that is said until the answer to a ping comes. */
async function saidUntilPong(socket: RawSocket): Promise<Message[]> {
  socket.send({ type: "ping", payload: { last: true } });
  const said: Message[] = [];
  for (let message = await socket.next(); message.type !== "pong"; message = await socket.next()) said.push(message);
  return said;
}

describe("connection_init", () => {
  it.each([
    ["without payload", {}],
    ["with null", { payload: null }],
    ["with an empty object", { payload: {} }],
  ])("%s is acknowledged once", async (_, more) => {
    const socket = await openSocket(server.origin);
    socket.send({ type: "connection_init", ...more });
    expect(await saidUntilPong(socket)).toEqual([{ type: "connection_ack" }]);
    socket.terminate();
  });

  it.each(["text", 1, true, [1]])("with the payload %j is no message: 4400", async (payload) => {
    const socket = await openSocket(server.origin);
    socket.send({ type: "connection_init", payload });
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it("twice before the acknowledgement is 4429, and nothing is served", async () => {
    const socket = await openSocket(server.origin);
    socket.send({ type: "connection_init" });
    socket.send({ type: "connection_init" });
    socket.send(subscribe("1", "subscription { forever }"));
    expect(await socket.closed).toEqual({ code: 4429, reason: "Too many initialisation requests" });
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("again while an operation runs is 4429, and ends it", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "subscription { forever }"));
    await vi.waitFor(() => expect(server.open()).toBe(1));
    socket.send({ type: "connection_init" });
    expect(await socket.closed).toMatchObject({ code: 4429 });
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});

describe("before the acknowledgement", () => {
  it("a ping is answered, an unasked pong and an unknown id are not minded", async () => {
    const socket = await openSocket(server.origin);
    socket.send({ type: "pong" });
    socket.send({ type: "complete", id: "nope" });
    expect(await saidUntilPong(socket)).toEqual([]);
    expect(await socket.init()).toEqual({ type: "connection_ack" });
    socket.terminate();
  });

  it("a subscription of any kind is 4401 and does not run", async () => {
    const started = server.started();
    for (const query of ["{ hello }", "subscription { forever }", "{"]) {
      const socket = await openSocket(server.origin);
      socket.send(subscribe("1", query));
      expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
    }
    expect(server.started()).toBe(started);
  });
});

describe("ping and pong", () => {
  it.each([[undefined], [null], [{}], [{ at: 1, deep: { a: [null] } }]])(
    "a ping with the payload %j is answered by a pong with the same",
    async (payload) => {
      const socket = await acknowledged();
      socket.send({ type: "ping", ...(payload === undefined ? {} : { payload }) });
      const pong = await socket.next();
      expect(pong.type).toBe("pong");
      expect(pong.payload ?? null).toEqual(payload ?? null);
      socket.terminate();
    },
  );

  it("a ping is answered while operations run, and an unasked pong is not minded", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "subscription { forever }"));
    socket.send({ type: "pong", payload: { unasked: true } });
    expect(await saidUntilPong(socket)).toEqual([]);
    socket.terminate();
  });

  it.each(["ping", "pong"])("a %s whose payload is no object is 4400", async (type) => {
    const socket = await acknowledged();
    socket.send({ type, payload: "text" });
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });
});

describe("messages that are none", () => {
  it.each([
    ["null", "null"],
    ["a number", "1"],
    ["text", '"ping"'],
    ["an empty message", ""],
    ["an object without type", "{}"],
    ["a type that is no text", '{"type":1}'],
    ["a message that only a server sends: next", '{"type":"next","id":"1","payload":{}}'],
    ["a message that only a server sends: connection_ack", '{"type":"connection_ack"}'],
    ["a message of the older protocol", '{"type":"start","id":"1","payload":{"query":"{ hello }"}}'],
    ["an empty id", '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}'],
    ["an id that is no text", '{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}'],
    ["variables that are no object", '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":"x"}}'],
    [
      "an operation name that is no text",
      '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":1}}',
    ],
    ["extensions that are no object", '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":"x"}}'],
    ["a complete without id", '{"type":"complete"}'],
  ])("%s: 4400 at once, and what ran is ended", async (_, message) => {
    const socket = await acknowledged();
    socket.send(subscribe("running", "subscription { forever }"));
    await vi.waitFor(() => expect(server.open()).toBe(1));
    socket.send(message);
    const { code, reason } = await socket.closed;
    expect(code).toBe(4400);
    expect(server.faults).toEqual([]);
    // A close frame has room for 123 bytes.
    expect(reason.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});

describe("ids", () => {
  it("of an operation that runs, whatever its kind, are taken: 4409", async () => {
    for (const [first, second] of [
      ["subscription { forever }", "subscription { forever }"],
      ["{ stuck }", "{ hello }"],
      ["subscription { forever }", "{"],
    ] as const) {
      const socket = await acknowledged();
      socket.send(subscribe("same", first));
      socket.send(subscribe("same", second));
      expect(await socket.closed).toEqual({ code: 4409, reason: "Subscriber for same already exists" });
    }
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("are free again after the server's complete, after an error, and after the client's complete", async () => {
    const socket = await acknowledged();
    const hello = [
      { type: "next", id: "1", payload: { data: { hello: "hello" } } },
      { type: "complete", id: "1" },
    ];
    socket.send(subscribe("1", "{ hello }"));
    expect([await socket.next(), await socket.next()]).toEqual(hello);
    socket.send(subscribe("1", "{ nope }"));
    expect(await socket.next()).toMatchObject({ type: "error", id: "1" });
    socket.send(subscribe("1", "subscription { forever }"));
    await vi.waitFor(() => expect(server.open()).toBe(1));
    socket.send({ type: "complete", id: "1" });
    await vi.waitFor(() => expect(server.open()).toBe(0));
    socket.send(subscribe("1", "{ hello }"));
    expect([await socket.next(), await socket.next()]).toEqual(hello);
    socket.terminate();
  });

  it("are each socket's own", async () => {
    const [one, other] = [await acknowledged(), await acknowledged()];
    one.send(subscribe("1", "subscription { forever }"));
    other.send(subscribe("1", "{ hello }"));
    expect(await other.next()).toMatchObject({ type: "next", id: "1" });
    one.terminate();
    other.terminate();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("come back as they were sent, whatever is in them", async () => {
    const socket = await acknowledged();
    for (const id of ['"quoted"\\', "💥", " ", "__proto__", "x".repeat(1_000)]) {
      socket.send(subscribe(id, "subscription { count(to: 1) }"));
      expect(await socket.next()).toEqual({ type: "next", id, payload: { data: { count: 1 } } });
      expect(await socket.next()).toEqual({ type: "complete", id });
    }
    socket.terminate();
  });
});

describe("complete", () => {
  it("from the client ends the operation, and no message of it comes any more", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "subscription { forever }"));
    await vi.waitFor(() => expect(server.open()).toBe(1));
    socket.send({ type: "complete", id: "1" });
    await vi.waitFor(() => expect(server.open()).toBe(0));
    expect(await saidUntilPong(socket)).toEqual([]);
    socket.terminate();
  });

  it("from the client before a query has its answer keeps that back", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "{ stuck }"));
    socket.send(subscribe("2", "{ hello }"));
    socket.send({ type: "complete", id: "1" });
    socket.send({ type: "complete", id: "2" });
    const said = await saidUntilPong(socket);
    expect(said.filter(({ id }) => id === "1")).toEqual([]);
    socket.terminate();
  });

  it("of an id that is unknown, or has ended, is not minded", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "{ hello }"));
    expect((await socket.next()).type).toBe("next");
    expect((await socket.next()).type).toBe("complete");
    for (const id of ["1", "1", "never"]) socket.send({ type: "complete", id });
    expect(await saidUntilPong(socket)).toEqual([]);
    socket.terminate();
  });

  it("does not follow an error, and nothing else does", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "{ nope }"));
    expect(await socket.next()).toMatchObject({ type: "error", id: "1" });
    expect(await saidUntilPong(socket)).toEqual([]);
    socket.terminate();
  });

  it("comes from the server once, after the last result", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "subscription { count(to: 3) }"));
    const said: string[] = [];
    while (said.at(-1) !== "complete") said.push((await socket.next()).type);
    expect(said).toEqual(["next", "next", "next", "complete"]);
    expect(await saidUntilPong(socket)).toEqual([]);
    socket.terminate();
  });
});

describe("an operation", () => {
  it("takes operationName, variables and extensions, null among them", async () => {
    const socket = await acknowledged();
    const two = "query A { hello } query B($of: Int) { half(of: $of) }";
    for (const more of [
      { operationName: "B", variables: { of: 4 } },
      { operationName: "B", variables: { of: 4 }, extensions: {} },
      { operationName: "B", variables: { of: 4 }, extensions: null },
    ]) {
      socket.send(subscribe("1", two, more));
      expect(await socket.next()).toEqual({ type: "next", id: "1", payload: { data: { half: 2 } } });
      expect(await socket.next()).toEqual({ type: "complete", id: "1" });
    }
    socket.send(subscribe("1", "{ hello }", { operationName: null, variables: null, extensions: null }));
    expect(await socket.next()).toMatchObject({ type: "next", payload: { data: { hello: "hello" } } });
    socket.terminate();
  });

  it("does not hold up another on the same socket", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("slow", "{ stuck }"));
    socket.send(subscribe("live", "subscription { forever }"));
    socket.send(subscribe("quick", "{ hello }"));
    expect([await socket.next(), await socket.next()]).toMatchObject([
      { type: "next", id: "quick" },
      { type: "complete", id: "quick" },
    ]);
    socket.terminate();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("is ended by the client's normal close", async () => {
    const socket = await acknowledged();
    socket.send(subscribe("1", "subscription { forever }"));
    await vi.waitFor(() => expect(server.open()).toBe(1));
    socket.close(1000);
    expect((await socket.closed).code).toBe(1000);
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });
});

it("chooses graphql-transport-ws among several subprotocols, and each message is JSON text of its own", async () => {
  const socket = await openSocket(server.origin, ["graphql-ws", "graphql-transport-ws"]);
  expect(socket.protocol).toBe("graphql-transport-ws");
  expect(await socket.init()).toEqual({ type: "connection_ack" });
  socket.terminate();
});
