// The rules of GraphQL over SSE, distinct connections mode (graphql-sse's PROTOCOL.md), on the wire.

import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());

const JSON_TYPE = { "content-type": "application/json" };
const STREAM = { ...JSON_TYPE, accept: "text/event-stream" };

const post = (body: unknown, headers: Record<string, string> = STREAM, path = "/graphql/stream") =>
  fetch(server.origin + path, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** Each event as its fields; comments are left out, as by every reader of event streams. */
function eventsOf(text: string): Record<string, string>[] {
  return text
    .split("\n\n")
    .map((block) => block.split("\n").filter((line) => line !== "" && !line.startsWith(":")))
    .filter((lines) => lines.length > 0)
    .map((lines) =>
      Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]),
      ),
    );
}

/** A stream that is read as it comes. */
async function open(query: string): Promise<IncomingMessage> {
  const asking = request(`${server.origin}/graphql/stream`, { method: "POST", headers: STREAM, agent: false });
  asking.end(JSON.stringify({ query }));
  return ((await once(asking, "response")) as [IncomingMessage])[0];
}

describe("an accepted stream", () => {
  it("is text/event-stream in UTF-8, is kept by nobody, and goes out uncompressed", async () => {
    const { status, headers, text } = await post({ query: "{ hello }" }).then(async (reply) => ({
      status: reply.status,
      headers: reply.headers,
      text: await reply.text(),
    }));
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(headers.get("cache-control")).toMatch(/no-(cache|store)/);
    expect(text).not.toContain("\r");
  });

  it.each(["/graphql/stream", "/graphql"])(
    "at %s is next events with results, then one complete event",
    async (path) => {
      const reply = await post({ query: "subscription { count(to: 3) }" }, STREAM, path);
      expect(eventsOf(await reply.text())).toEqual([
        ...[1, 2, 3].map((count) => ({ event: "next", data: `{"data":{"count":${count}}}` })),
        // The empty data is what makes a browser's EventSource tell of it.
        { event: "complete", data: "" },
      ]);
    },
  );

  it("of a query is one next event, then complete", async () => {
    const reply = await post({ query: "query ($of: Int) { half(of: $of) }", variables: { of: 5 } });
    expect(eventsOf(await reply.text())).toEqual([
      { event: "next", data: `{"data":{"half":2.5}}` },
      { event: "complete", data: "" },
    ]);
  });

  it("begins at once, before there is anything to tell", async () => {
    const reply = await open("subscription { forever }");
    expect(reply.statusCode).toBe(200);
    const [first] = (await once(reply, "data")) as [Buffer];
    // A comment, so that proxies pass the head on.
    expect(first.toString()).toMatch(/^:/);
    reply.destroy();
  });

  it.each([
    ["a syntax error", "{", "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "{ nope }", "GRAPHQL_VALIDATION_FAILED"],
    ["an operation that is not named", "query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"],
    ["a variable that is missing", "query ($of: Int!) { half(of: $of) }", "BAD_USER_INPUT"],
  ])("tells of %s by a next event, not by a status", async (_, query, code) => {
    const reply = await post({ query });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const [next, complete, ...more] = eventsOf(await reply.text());
    expect(next?.event).toBe("next");
    expect(JSON.parse(next?.data ?? "")).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(JSON.parse(next?.data ?? "")).not.toHaveProperty("data");
    expect([complete, more]).toEqual([{ event: "complete", data: "" }, []]);
  });

  it("tells of a fault while it runs by a next event, and completes", async () => {
    const reply = await post({ query: `subscription { breaking(how: "InputRefused") }` });
    const events = eventsOf(await reply.text());
    expect(events.map(({ event }) => event)).toEqual(["next", "next", "complete"]);
    expect(JSON.parse(events[1]?.data ?? "")).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });

  it("is ended by the client's leaving, and with it the work behind it", async () => {
    const before = server.open();
    const reply = await open("subscription { forever }");
    await vi.waitFor(() => expect(server.open()).toBe(before + 1));
    reply.destroy();
    await vi.waitFor(() => expect(server.open()).toBe(before));
  });

  it("of a query is given up when the client leaves", async () => {
    const before = server.waiting();
    const asking = request(`${server.origin}/graphql/stream`, { method: "POST", headers: STREAM, agent: false });
    asking.on("error", () => undefined).end(JSON.stringify({ query: "{ slow }" }));
    await vi.waitFor(() => expect(server.waiting()).toBe(before + 1));
    asking.destroy();
    await vi.waitFor(() => expect(server.waiting()).toBe(before));
  });

  it("is ended by the server's stop", async () => {
    const stopping = await startOwnServer();
    const reply = await fetch(`${stopping.origin}/graphql/stream`, {
      method: "POST",
      headers: STREAM,
      body: JSON.stringify({ query: "subscription { forever }" }),
    });
    const [text] = await Promise.all([reply.text(), stopping.close()]);
    expect(eventsOf(text)).toEqual([]);
  });
});

describe("what is no request for a stream", () => {
  it.each(["GET", "PUT", "DELETE", "PATCH"])("%s is 405, and says what is allowed", async (method) => {
    const reply = await fetch(`${server.origin}/graphql/stream?query={hello}`, { method, headers: STREAM });
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it.each(["application/json", "text/html", "text/plain, application/json;q=0.9"])(
    "a client that takes only %s is 406",
    async (accept) => {
      expect((await post({ query: "{ hello }" }, { ...JSON_TYPE, accept })).status).toBe(406);
    },
  );

  it.each(["text/event-stream", "*/*", "text/*", "application/json, text/event-stream;q=0.5"])(
    "a client that takes %s is served",
    async (accept) => {
      const reply = await post({ query: "{ hello }" }, { ...JSON_TYPE, accept });
      expect(reply.headers.get("content-type")).toMatch(/^text\/event-stream/);
      expect(await reply.text()).toContain(`{"data":{"hello":"hello"}}`);
    },
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"])(
    "a body of %s is 415",
    async (type) => {
      expect((await post({ query: "{ hello }" }, { ...STREAM, "content-type": type })).status).toBe(415);
    },
  );

  it.each([
    ["is not JSON", "{"],
    ["is empty", ""],
    ["has no query", {}],
    ["has a query that is no text", { query: 1 }],
    ["has variables that are no object", { query: "{ hello }", variables: "x" }],
    ["has an operation name that is no text", { query: "{ hello }", operationName: 1 }],
    ["is a list", [{ query: "{ hello }" }]],
  ])("a body that %s is 400", async (_, body) => {
    const reply = await post(body);
    expect(reply.status).toBe(400);
    expect(await reply.text()).toMatch(/errors/);
  });
});
