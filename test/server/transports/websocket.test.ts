// GraphQL over WebSocket: the protocol's close codes, many operations on one socket, and clients that break off.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";
import { FAILURES, SECRET_DETAIL, startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";
import { openSocket } from "../raw-socket.js";
import type { Message, RawSocket } from "../raw-socket.js";

const subscribe = (id: string, query: string, variables?: Record<string, unknown>): Message => ({
  type: "subscribe",
  id,
  payload: { query, ...(variables === undefined ? {} : { variables }) },
});

/** A socket that is acknowledged already. */
const openAcknowledged = async (origin: string, payload?: Record<string, unknown>): Promise<RawSocket> => {
  const socket = await openSocket(origin);
  expect(await socket.init(payload)).toEqual({ type: "connection_ack" });
  return socket;
};

describe("GraphQL over WebSocket", () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer();
  });
  afterAll(() => server.close());

  describe("closes the socket", () => {
    it.each([
      ["text that is not JSON", "{"],
      ["JSON that is no message", "[]"],
      ["a message of unknown type", { type: "nope" }],
      ["a subscription without id", { type: "subscribe", payload: { query: "{ hello }" } }],
      ["a subscription without payload", { type: "subscribe", id: "1" }],
      ["a query that is no text", { type: "subscribe", id: "1", payload: { query: 1 } }],
    ])("with 4400 for %s", async (_, message) => {
      const socket = await openAcknowledged(server.origin);
      socket.send(message);
      expect(await socket.closed).toEqual({ code: 4400, reason: "Invalid message received" });
    });

    it("with 4401 for a subscription before the acknowledgement", async () => {
      const socket = await openSocket(server.origin);
      socket.send(subscribe("1", "{ hello }"));
      expect(await socket.closed).toEqual({ code: 4401, reason: "Unauthorized" });
    });

    it("with 4403 and the reason for credentials in another form, and serves nothing that comes after", async () => {
      // Where graphql-ws tells of messages that it could not handle.
      const complaints = vi.spyOn(console, "error");
      const socket = await openSocket(server.origin);
      socket.send({ type: "connection_init", payload: { Authorization: "Bearer abc" } });
      // Some of these arrive between the server's close and this side's knowing of it.
      for (let id = 1; id <= 50; id += 1) {
        socket.send(subscribe(String(id), "subscription { forever }"));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await socket.closed).toEqual({
        code: 4403,
        reason: "Authorization: write it as `Authorization: Token <secret>`",
      });
      expect(server.started()).toBe(0);
      expect(complaints).not.toHaveBeenCalled();
      complaints.mockRestore();
    });

    it.each(["graphql-ws", "nope"])("with 4406 for the subprotocol %s", async (protocol) => {
      // The answer names no subprotocol, which makes the client of `ws` break off before it hears the code.
      await expect(openSocket(server.origin, protocol)).rejects.toThrow("Server sent no subprotocol");
      const socket = await openSocket(server.origin, []);
      expect(await socket.closed).toEqual({ code: 4406, reason: "Subprotocol not acceptable" });
    });

    it("with 4408 when nobody introduces himself within three seconds", async () => {
      const socket = await openSocket(server.origin);
      expect(await socket.closed).toEqual({ code: 4408, reason: "Connection initialisation timeout" });
    });

    it("with 4409 for a second subscriber of the same id", async () => {
      const socket = await openAcknowledged(server.origin);
      socket.send(subscribe("1", "subscription { forever }"));
      socket.send(subscribe("1", "{ hello }"));
      expect(await socket.closed).toEqual({ code: 4409, reason: "Subscriber for 1 already exists" });
      await vi.waitFor(() => expect(server.open()).toBe(0));
    });

    it("with 4429 for a second introduction", async () => {
      const socket = await openAcknowledged(server.origin);
      socket.send({ type: "connection_init" });
      expect(await socket.closed).toEqual({ code: 4429, reason: "Too many initialisation requests" });
    });

    it("with 1001 when the server stops", async () => {
      const stopping = await startOwnServer();
      const socket = await openAcknowledged(stopping.origin);
      socket.send(subscribe("1", "subscription { forever }"));
      await vi.waitFor(() => expect(stopping.open()).toBe(1));
      await stopping.close();
      expect(await socket.closed).toEqual({ code: 1001, reason: "Going away" });
      await vi.waitFor(() => expect(stopping.open()).toBe(0));
    });
  });

  describe("lets in", () => {
    it("no page of another origin", async () => {
      for (const origin of ["https://elsewhere.example", "null", `${server.origin}1`]) {
        await expect(openSocket(server.origin, undefined, { headers: { origin } })).rejects.toThrow(
          "Unexpected server response: 403",
        );
      }
    });

    it("its own pages, and clients that are no page", async () => {
      const socket = await openSocket(server.origin, undefined, { headers: { origin: server.origin } });
      expect(await socket.init()).toEqual({ type: "connection_ack" });
      socket.terminate();
    });

    it("nobody at another path", async () => {
      await expect(openSocket(`${server.origin}/nope`)).rejects.toThrow("Unexpected server response: 404");
    });
  });

  it("takes the credentials from connection_init", async () => {
    const socket = await openAcknowledged(server.origin, asUser("abc"));
    socket.send(subscribe("1", "{ who }"));
    expect(await socket.next()).toEqual({ type: "next", id: "1", payload: { data: { who: "abc" } } });
    socket.terminate();
  });

  it("answers pings, queries and subscriptions on the same socket", async () => {
    const socket = await openAcknowledged(server.origin);
    socket.send({ type: "ping", payload: { at: 1 } });
    expect(await socket.next()).toEqual({ type: "pong", payload: { at: 1 } });
    socket.send(subscribe("q", "query ($of: Int) { half(of: $of) }", { of: 3 }));
    expect(await socket.next()).toEqual({ type: "next", id: "q", payload: { data: { half: 1.5 } } });
    expect(await socket.next()).toEqual({ type: "complete", id: "q" });
    socket.send(subscribe("s", "subscription { count(to: 2) }"));
    expect([await socket.next(), await socket.next(), await socket.next()]).toEqual([
      { type: "next", id: "s", payload: { data: { count: 1 } } },
      { type: "next", id: "s", payload: { data: { count: 2 } } },
      { type: "complete", id: "s" },
    ]);
    socket.terminate();
  });

  describe("a fault of one operation", () => {
    it.each([
      ["a syntax error", "{", "GRAPHQL_PARSE_FAILED"],
      ["too many tokens", `{ ${"hello ".repeat(5_000)} }`, "LIMIT_EXCEEDED"],
      ["an unknown field", "{ nope }", "GRAPHQL_VALIDATION_FAILED"],
      ["an operation that is not named", "query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"],
      ["a variable that is missing", "query ($of: Int!) { half(of: $of) }", "BAD_USER_INPUT"],
    ])("is its answer: %s", async (_, document, code) => {
      const socket = await openAcknowledged(server.origin);
      socket.send(subscribe("1", document));
      expect(await socket.next()).toMatchObject({ type: "error", id: "1", payload: [{ extensions: { code } }] });
      socket.send(subscribe("1", "{ hello }"));
      expect(await socket.next()).toMatchObject({ type: "next", id: "1" });
      socket.terminate();
    });

    it("says where in the document it is", async () => {
      const socket = await openAcknowledged(server.origin);
      for (const document of ["{\n  hello(", "{\n  nope }"]) {
        socket.send(subscribe("1", document));
        expect((await socket.next()).payload).toMatchObject([{ locations: [{ line: 2 }] }]);
      }
      socket.terminate();
    });

    it.each(Object.keys(FAILURES))(
      "has its code and no detail, at the start of a stream and inside: %s",
      async (how) => {
        const socket = await openAcknowledged(server.origin);
        const ours = ["Error", "TypeError", "text"].includes(how);
        const expected = ours ? "INTERNAL_SERVER_ERROR" : expect.not.stringMatching("INTERNAL_SERVER_ERROR");
        for (const field of ["refused", "breaking"]) {
          socket.send(subscribe("1", `subscription ($how: String!) { ${field}(how: $how) }`, { how }));
          if (field === "breaking") expect((await socket.next()).payload).toEqual({ data: { breaking: 1 } });
          const message = await socket.next();
          expect(message).toMatchObject({ type: "next", payload: { errors: [{ extensions: { code: expected } }] } });
          expect(JSON.stringify(message)).not.toContain(SECRET_DETAIL);
          expect(await socket.next()).toEqual({ type: "complete", id: "1" });
          expect(server.faults.splice(0)).toHaveLength(ours ? 1 : 0);
        }
        socket.terminate();
      },
    );

    it("is added to the errors when a resolver reported it besides its value", async () => {
      const socket = await openAcknowledged(server.origin);
      socket.send(subscribe("1", `{ partly(how: "UpstreamTimeout") fail(how: "InputRefused") }`));
      expect((await socket.next()).payload).toMatchObject({
        data: { partly: "the rest", fail: null },
        errors: [{ extensions: { code: "BAD_USER_INPUT" } }, { extensions: { code: "UPSTREAM_TIMEOUT" } }],
      });
      expect(server.faults).toEqual([]);
      socket.terminate();
    });
  });

  describe("the operations of a socket", () => {
    it("are at most 100 at a time, and the next is refused with LIMIT_EXCEEDED", async () => {
      const socket = await openAcknowledged(server.origin);
      for (let id = 1; id <= 101; id += 1) socket.send(subscribe(String(id), "subscription { forever }"));
      expect(await socket.next()).toMatchObject({
        type: "error",
        id: "101",
        payload: [{ extensions: { code: "LIMIT_EXCEEDED" } }],
      });
      await vi.waitFor(() => expect(server.open()).toBe(100));
      // One less leaves room for one more.
      socket.send({ type: "complete", id: "7" });
      await vi.waitFor(() => expect(server.open()).toBe(99));
      socket.send(subscribe("102", "{ hello }"));
      expect(await socket.next()).toMatchObject({ type: "next", id: "102" });
      socket.terminate();
      await vi.waitFor(() => expect(server.open()).toBe(0));
    });

    it("are forgotten when they have ended, however they ended", async () => {
      const warnings: Error[] = [];
      const warn = (warning: Error) => void warnings.push(warning);
      process.on("warning", warn);
      const socket = await openAcknowledged(server.origin);
      const documents = [
        "{ hello }",
        "{",
        "{ nope }",
        "query A { hello } query B { hello }",
        "subscription { count(to: 1) }",
        `subscription { refused(how: "InputRefused") }`,
        `subscription { breaking(how: "InputRefused") }`,
      ];
      for (let round = 0; round < 101; round += 1) {
        for (const [at, document] of documents.entries()) {
          const id = `${round}-${at}`;
          socket.send(subscribe(id, document));
          let message = await socket.next();
          expect(JSON.stringify(message)).not.toContain("LIMIT_EXCEEDED");
          while (message.type === "next") message = await socket.next();
          expect(message.id).toBe(id);
        }
      }
      socket.terminate();
      process.off("warning", warn);
      // Such as of listeners that pile up on the socket.
      expect(warnings).toEqual([]);
    });

    it("end with the socket, however it ends", async () => {
      const socket = await openAcknowledged(server.origin);
      for (const id of ["1", "2", "3"]) socket.send(subscribe(id, "subscription { forever }"));
      await vi.waitFor(() => expect(server.open()).toBe(3));
      socket.terminate();
      await vi.waitFor(() => expect(server.open()).toBe(0));
    });
  });
});

describe("a socket of the gateway", () => {
  const FOLLOW = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state testJob { jobId } } }`;
  let lava: LavaSandbox;
  let gateway: TestGateway;
  let jobId: string;
  beforeAll(async () => {
    lava = await createLavaSandbox({ jobs: 0, events: false });
    gateway = await startGateway({ lava: [{ url: lava.url, events: "poll" }] });
    [jobId = ""] = lava.submit("alice", jobFile("queued"));
  });
  afterAll(async () => {
    await gateway.close();
    await lava.close();
  });

  it("goes on with a test job after another operation's syntax error", async () => {
    const socket = await openAcknowledged(gateway.origin);
    socket.send(subscribe("job", FOLLOW, { jobId }));
    expect(await socket.next()).toMatchObject({
      type: "next",
      id: "job",
      payload: { data: { testJobUpdates: { state: "SUBMITTED", testJob: { jobId } } } },
    });
    socket.send(subscribe("bad", "subscription { testJobUpdates("));
    expect(await socket.next()).toMatchObject({ type: "error", id: "bad" });
    await lava.advance(Number(jobId), "Finished", { health: "Canceled" });
    let message = await socket.next();
    while (message.payload?.data?.testJobUpdates.state !== "FINISHED") {
      expect(message).toMatchObject({ type: "next", id: "job" });
      message = await socket.next();
    }
    expect(await socket.next()).toEqual({ type: "complete", id: "job" });
    socket.terminate();
  });

  it("names in a query's errors the server that a merged list is without", async () => {
    const two = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: "http://127.0.0.1:1" }] });
    const socket = await openAcknowledged(two.origin);
    socket.send(subscribe("1", "{ runs(first: 1) { nodes { name } } }"));
    expect((await socket.next()).payload).toMatchObject({
      data: { runs: { nodes: [{ name: expect.any(String) }] } },
      errors: [{ extensions: { code: "UPSTREAM_UNREACHABLE", server: "cuirass" } }],
    });
    socket.terminate();
    await two.close();
  });

  it("frees the follower when the client breaks off", async () => {
    const [queued = ""] = lava.submit("alice", jobFile("queued"));
    const socket = await openAcknowledged(gateway.origin);
    socket.send(subscribe("1", FOLLOW, { jobId: queued }));
    expect(await socket.next()).toMatchObject({ type: "next" });
    const reads = () => lava.requests.counts()["GET jobs/"] ?? 0;
    // While somebody follows, a poll comes every two seconds.
    const before = reads();
    await vi.waitFor(() => expect(reads()).toBeGreaterThan(before), { timeout: 5_000 });
    socket.terminate();
    // Nothing can be waited for but the silence: a poll later than the one that may be under way would break it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const after = reads();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(reads()).toBe(after);
  });
});
