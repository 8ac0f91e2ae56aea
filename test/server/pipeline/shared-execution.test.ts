// What identical subscriptions share, and what they never do: over real sockets, with a schema that counts its executions.

import { once } from "node:events";
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { StatusFeed } from "../../../src/ci/live/status-news.js";
import type { RequestContext } from "../../../src/ci/session.js";
import { InputRefused } from "../../../src/errors.js";
import { Hub } from "../../../src/events/hub.js";
import { createHttpServer } from "../../../src/server/http/http-server.js";
import { asUser } from "../../support/gateway.js";
import { openSocket } from "../raw-socket.js";
import type { Message, RawSocket } from "../raw-socket.js";

interface Event {
  readonly key: string;
  readonly number: number;
  readonly text: string;
}

let published = 0;

/** Each is an event of its own. */
function publish(event: Omit<Event, "key">): void {
  published += 1;
  hub.publish({ ...event, key: String(published) });
}

let hub: Hub<Event>;
let executions = 0;

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType<Event, RequestContext>({
    name: "Subscription",
    fields: {
      event: {
        args: { mark: { type: GraphQLString } },
        type: new GraphQLObjectType<Event & { readonly mark: string }, RequestContext>({
          name: "Event",
          fields: {
            number: { type: GraphQLInt },
            text: { type: GraphQLString },
            mark: { type: GraphQLString },
            who: { type: GraphQLString, resolve: (_, __, { credentials }) => credentials.token?.reveal() ?? "nobody" },
            partly: {
              type: GraphQLString,
              resolve: (_, __, { report }) => {
                report(new InputRefused("nr", "is wrong"));
                return "the rest";
              },
            },
          },
        }),
        subscribe: () => hub.subscribe(),
        resolve: (event, { mark }: { mark?: string }) => {
          executions += 1;
          return { ...event, mark };
        },
      },
    },
  }),
});

let server: Awaited<ReturnType<typeof createHttpServer>>;
const sockets: { terminate(): void }[] = [];
beforeEach(async () => {
  hub = new Hub<Event>();
  executions = 0;
  server = await createHttpServer({
    host: "127.0.0.1",
    port: 0,
    schema,
    createContext: (credentials, report, scope): RequestContext => ({
      ...{ credentials, report, scope, statuses: new StatusFeed(), gatewayUrl: null },
      price: () => ({ estimated: 0, limit: 0 }),
      sessions: [],
    }),
    servers: () => [],
    graphiql: "/nonexistent",
    page: "/nonexistent",
    onFault: () => undefined,
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.close();
});

const DOCUMENT = "subscription A($mark: String) { event(mark: $mark) { number mark who } }";

async function connect(params?: Record<string, unknown>): Promise<RawSocket> {
  const socket = await openSocket(server.origin);
  sockets.push(socket);
  await socket.init(params);
  return socket;
}

/** Resolves when the server follows for this one, too. */
async function subscribe(socket: RawSocket, id: string, payload: Record<string, unknown>): Promise<void> {
  const before = hub.size;
  socket.send({ type: "subscribe", id, payload });
  await vi.waitFor(() => expect(hub.size).toBe(before + 1), { interval: 1 });
}

const answerOf = async (socket: RawSocket) => (await socket.next()).payload.data.event;

describe("an event", () => {
  it("is executed once for all subscriptions of the same document, variables and viewer", async () => {
    const all: RawSocket[] = [];
    for (const params of [asUser("abc"), asUser("abc"), { "X-Etna-Token": [], ...asUser("abc") }]) {
      const socket = await connect(params);
      for (const id of ["1", 'two " \\ \u2028']) {
        await subscribe(socket, id, { query: DOCUMENT, variables: { mark: "m" } });
        all.push(socket);
      }
    }
    for (const number of [1, 2]) {
      publish({ number, text: "" });
      const messages = await Promise.all(all.map((socket) => socket.next()));
      const payload = { data: { event: { number, mark: "m", who: "abc" } } };
      expect(messages.map(({ id }) => id).sort()).toEqual(
        [1, 1, 1, 'two " \\ \u2028', 'two " \\ \u2028', 'two " \\ \u2028'].map(String),
      );
      for (const message of messages) expect(message).toEqual({ type: "next", id: message.id, payload });
      expect(executions).toBe(number);
    }
  });

  it.each([
    ["another viewer", asUser("def"), { query: DOCUMENT, variables: { mark: "m" } }, { who: "def", mark: "m" }],
    ["anonymous", undefined, { query: DOCUMENT, variables: { mark: "m" } }, { who: "nobody", mark: "m" }],
    [
      "a viewer with a token of one server besides",
      { ...asUser("abc"), "X-Etna-Token": "lab=xyz" },
      { query: DOCUMENT, variables: { mark: "m" } },
      { who: "abc", mark: "m" },
    ],
    ["other variables", asUser("abc"), { query: DOCUMENT, variables: { mark: "n" } }, { who: "abc", mark: "n" }],
    ["no variables", asUser("abc"), { query: DOCUMENT }, { who: "abc", mark: null }],
    ["another document", asUser("abc"), { query: `${DOCUMENT} `, variables: { mark: "m" } }, { who: "abc", mark: "m" }],
  ])("is executed by itself for %s", async (_, params, payload, expected) => {
    const [first, other] = [await connect(asUser("abc")), await connect(params)];
    await subscribe(first, "1", { query: DOCUMENT, variables: { mark: "m" } });
    await subscribe(other, "1", payload);
    publish({ number: 1, text: "" });
    expect(await answerOf(first)).toEqual({ number: 1, who: "abc", mark: "m" });
    expect(await answerOf(other)).toMatchObject(expected);
    expect(executions).toBe(2);
  });

  it("is executed by itself for another operation of the document", async () => {
    const query = "subscription A { event { number } } subscription B { event { text } }";
    const socket = await connect();
    await subscribe(socket, "A", { query, operationName: "A" });
    await subscribe(socket, "B", { query, operationName: "B" });
    publish({ number: 1, text: "one" });
    const payloads = new Map([await socket.next(), await socket.next()].map(({ id, payload }) => [id, payload]));
    expect(payloads.get("A")).toEqual({ data: { event: { number: 1 } } });
    expect(payloads.get("B")).toEqual({ data: { event: { text: "one" } } });
  });

  it("is executed once for WebSockets and event streams together, and what a resolver reports reaches them all", async () => {
    const query = "subscription { event { number partly } }";
    const [one, two] = [await connect(), await connect()];
    await subscribe(one, "1", { query });
    await subscribe(two, "1", { query });
    const stream = await fetch(`${server.origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query }),
    });
    await vi.waitFor(() => expect(hub.size).toBe(3));
    publish({ number: 1, text: "" });
    hub.end();
    const payload = {
      data: { event: { number: 1, partly: "the rest" } },
      errors: [{ extensions: { code: "BAD_USER_INPUT" } }],
    };
    for (const socket of [one, two]) {
      expect((await socket.next()).payload).toMatchObject(payload);
      expect(await socket.next()).toEqual({ type: "complete", id: "1" });
    }
    const [, told] = /event: next\ndata: (.*)\n/.exec(await stream.text()) ?? [];
    expect(JSON.parse(told ?? "null")).toMatchObject(payload);
    expect(executions).toBe(1);
  });

  it("is no longer looked for by those who have left, while the others go on", async () => {
    const [stays, leaves] = [await connect(), await connect()];
    await subscribe(stays, "1", { query: DOCUMENT });
    await subscribe(leaves, "1", { query: DOCUMENT });
    await subscribe(leaves, "2", { query: DOCUMENT });
    leaves.send({ type: "complete", id: "1" });
    await vi.waitFor(() => expect(hub.size).toBe(2));
    publish({ number: 1, text: "" });
    expect(await leaves.next()).toMatchObject({ id: "2" });
    leaves.terminate();
    await vi.waitFor(() => expect(hub.size).toBe(1));
    publish({ number: 2, text: "" });
    expect([await answerOf(stays), await answerOf(stays)]).toMatchObject([{ number: 1 }, { number: 2 }]);
  });
});

describe("a subscriber that does not read", () => {
  it("is ended with SUBSCRIPTION_OVERFLOW, and the others get every event", async () => {
    const query = "subscription { event { number text } }";
    const fast = await connect();
    await subscribe(fast, "1", { query });
    const slow = new WebSocket(`${server.origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    sockets.push(slow);
    await once(slow, "open");
    slow.send(JSON.stringify({ type: "connection_init" }));
    await once(slow, "message");
    slow.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
    await vi.waitFor(() => expect(hub.size).toBe(2));
    slow.pause();
    const text = "x".repeat(20_000);
    let number = 0;
    // As many as fit between the two, and those that its queue holds: then its hold on the events ends.
    while (hub.size === 2) {
      number += 1;
      publish({ number, text });
      expect((await answerOf(fast)).number).toBe(number);
    }
    const received: Message[] = [];
    slow.on("message", (data: Buffer) => received.push(JSON.parse(data.toString("utf8")) as Message));
    slow.resume();
    await vi.waitFor(() => expect(received.at(-1)).toEqual({ type: "complete", id: "1" }), { timeout: 8_000 });
    const answers = received.slice(0, -2).map(({ payload }) => payload.data.event.number as number);
    expect(answers).toEqual(Array.from(answers, (_, at) => at + 1));
    expect(answers.length).toBeLessThan(number);
    expect(received.at(-2)?.payload).toMatchObject({ errors: [{ extensions: { code: "SUBSCRIPTION_OVERFLOW" } }] });
    publish({ number: number + 1, text: "" });
    expect((await answerOf(fast)).number).toBe(number + 1);
  });
});

describe("a message that is too large", () => {
  it("closes its socket with 1009 and leaves stdout and stderr alone", async () => {
    const complaints = vi.spyOn(console, "error");
    const socket = await connect();
    socket.send(`"${"x".repeat(300_000)}"`);
    expect(await socket.closed).toMatchObject({ code: 1009 });
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
  });
});
