// The HTTP client towards one upstream: every limit met by a server that oversteps it.

import { afterEach, describe, expect, it, vi } from "vitest";
import { BodyTooLarge, Overflow, UpstreamError } from "../../src/errors.js";
import { HttpClient } from "../../src/net/http.js";
import type { HttpLimits } from "../../src/net/http-limits.js";
import type { UpstreamCall } from "../../src/net/http.js";
import { headOf, startRawServer } from "./raw-server.js";
import type { RawRequest, RawServer } from "./raw-server.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Setup {
  readonly server: RawServer;
  readonly client: HttpClient;
  readonly calls: UpstreamCall[];
}

async function setUp(
  handle: (request: RawRequest) => void,
  limits: Partial<HttpLimits> = {},
  basePath = "/",
): Promise<Setup> {
  const server = await startRawServer(handle);
  const calls: UpstreamCall[] = [];
  const client = new HttpClient({
    server: "lab",
    baseUrl: new URL(basePath, server.url),
    limits: { retryDelayMs: 1, ...limits },
    observer: (call) => calls.push(call),
  });
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client, calls };
}

const never = (): void => undefined;
const ok = (request: RawRequest): void => request.answer(200, "fine");
const get = (path: string) => ({ operation: "GET thing", path });
const read = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};
const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return { unexpected: await promise };
  } catch (error) {
    return error;
  }
};

describe("HttpClient", () => {
  describe("what goes on the wire", () => {
    it("puts the base path before each path and leaves path and query as they are", async () => {
      const { server, client } = await setUp(ok, {}, "/lava/");
      await client.request(get("/api/v0.2/jobs/?id__in=1%2C2&name=a+b"));
      expect(server.requests[0]?.line).toBe("GET /lava/api/v0.2/jobs/?id__in=1%2C2&name=a+b");
    });

    it("sends headers and body, and names itself", async () => {
      const { server, client } = await setUp(ok);
      await client.request({ ...get("/"), method: "POST", headers: { "x-one": "1" }, body: "two" });
      expect(server.requests[0]).toMatchObject({
        line: "POST /",
        headers: { "x-one": "1", "user-agent": "etna" },
        body: "two",
      });
    });

    it("gives status, lower-case headers and the body of any status, and joins a repeated header", async () => {
      const { client } = await setUp(({ socket }) =>
        socket.write("HTTP/1.1 418 Teapot\r\nX-Odd: a\r\nX-odd: b\r\nContent-Length: 4\r\n\r\nfine"),
      );
      const reply = await client.request(get("/"));
      expect(reply).toMatchObject({ status: 418, headers: { "x-odd": "a, b" } });
      expect(reply.body.toString()).toBe("fine");
    });

    it("does not follow a redirect", async () => {
      const { server, client } = await setUp((request) => request.answer(302, "", { location: "/login" }));
      expect(await client.request(get("/"))).toMatchObject({ status: 302, headers: { location: "/login" } });
      expect(server.requests).toHaveLength(1);
    });

    it("reports each attempt to the observer, without arguments", async () => {
      const { client, calls } = await setUp((request) => {
        if (request.index === 0) request.socket.resetAndDestroy();
        else request.answer(404);
      });
      await client.request(get("/secret?token=abc"));
      expect(calls).toEqual([
        {
          server: "lab",
          operation: "GET thing",
          ms: expect.any(Number),
          status: null,
          error: "UpstreamUnreachable",
          requestId: null,
        },
        { server: "lab", operation: "GET thing", ms: expect.any(Number), status: 404, error: null, requestId: null },
      ]);
    });
  });

  describe("the cap and the queue", () => {
    it("has at most `concurrency` requests in flight, and the others follow in their order", async () => {
      const { server, client } = await setUp(never, { concurrency: 2 });
      const replies = ["/0", "/1", "/2", "/3"].map((path) => client.request(get(path)));
      await vi.waitFor(() => expect(server.requests).toHaveLength(2));
      expect(client.slots).toMatchObject({ inUse: 2, waiting: 2 });
      for (let answered = 0; answered < 4; answered += 1) {
        await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(answered));
        expect(server.requests.length).toBeLessThanOrEqual(answered + 2);
        server.requests[answered]?.answer(200);
        await replies[answered];
      }
      expect(server.requests.map(({ line }) => line).sort()).toEqual(["GET /0", "GET /1", "GET /2", "GET /3"]);
      expect(server.requests.slice(2).map(({ line }) => line)).toEqual(["GET /2", "GET /3"]);
      expect(client.slots).toMatchObject({ inUse: 0, waiting: 0 });
    });

    it("refuses one more than may wait, at once, and serves the others", async () => {
      const { server, client } = await setUp(never, { concurrency: 1, maxWaiting: 1 });
      const first = client.request(get("/0"));
      const second = client.request(get("/1"));
      const refused = await failure(client.request(get("/2")));
      expect(refused).toBeInstanceOf(Overflow);
      expect(refused).toMatchObject({
        code: "OVERLOADED",
        retryAfterSeconds: expect.any(Number),
        message: expect.stringContaining("more than 1 request"),
      });
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      server.requests[0]?.answer(200);
      await first;
      await vi.waitFor(() => expect(server.requests).toHaveLength(2));
      server.requests[1]?.answer(200);
      expect(await second).toMatchObject({ status: 200 });
    });
  });

  describe("the limits in time", () => {
    it("says that nobody listens, without an address", async () => {
      const { server, client } = await setUp(never);
      await server.close();
      const error = await failure(client.request(get("/jobs?token=abc")));
      expect(error).toBeInstanceOf(UpstreamError);
      expect(error).toMatchObject({ kind: "UpstreamUnreachable", retryable: true, status: undefined });
      expect((error as Error).message).toBe("lab: GET thing: connection failed (ECONNREFUSED)");
    });

    it("gives up on headers that do not come, and does not try again", async () => {
      const { server, client } = await setUp(never, { headersTimeoutMs: 50 });
      expect(await failure(client.request(get("/")))).toMatchObject({
        kind: "UpstreamTimeout",
        message: "lab: GET thing: no whole answer within the limit",
      });
      expect(server.requests).toHaveLength(1);
      expect(client.slots.inUse).toBe(0);
    });

    it("gives up on a body that falls silent", async () => {
      const { client } = await setUp(({ socket }) => socket.write(`${headOf(200, { "content-length": "10" })}12345`), {
        bodyTimeoutMs: 50,
      });
      expect(await failure(client.request(get("/")))).toMatchObject({ kind: "UpstreamTimeout" });
      expect(client.slots.inUse).toBe(0);
    });

    it("gives up on an answer that drips for longer than the whole call may take", async () => {
      const { server, client } = await setUp(drip, { totalTimeoutMs: 100 });
      expect(await failure(client.request(get("/")))).toMatchObject({ kind: "UpstreamTimeout" });
      expect(client.slots.inUse).toBe(0);
      await goneFrom(server);
    });

    it("counts the wait for a slot", async () => {
      const { server, client } = await setUp(never, { concurrency: 1, totalTimeoutMs: 100 });
      const held = failure(client.request(get("/0")));
      expect(await failure(client.request(get("/1")))).toMatchObject({ kind: "UpstreamTimeout" });
      await held;
      expect(client.slots).toMatchObject({ inUse: 0, waiting: 0 });
      expect(server.requests).toHaveLength(1);
    });

    it("waits longer for headers, and for the whole, when the caller has the patience", async () => {
      const late = (request: RawRequest): void => void setTimeout(() => ok(request), 1_500);
      const { client } = await setUp(late, { headersTimeoutMs: 50, totalTimeoutMs: 50 });
      expect(await client.request({ ...get("/"), patienceMs: 5_000 })).toMatchObject({ status: 200 });
      expect(await failure(client.request(get("/")))).toMatchObject({ kind: "UpstreamTimeout" });
    });

    it("ends a stream that drips for longer than any stream may", async () => {
      const { server, client } = await setUp(drip, { streamTimeoutMs: 100 });
      const { body } = await client.stream(get("/"));
      expect(await failure(read(body))).toMatchObject({
        kind: "UpstreamTimeout",
        message: "lab: GET thing: no whole answer within the limit",
      });
      await goneFrom(server);
      expect(client.slots.inUse).toBe(0);
    });

    it("does not bind a stream by it once its headers are there", async () => {
      const { client } = await setUp(
        ({ socket }) => {
          socket.write(headOf(200, { "content-length": "3" }));
          let left = 3;
          const timer = setInterval(() => {
            socket.write("x");
            left -= 1;
            if (left === 0) clearInterval(timer);
          }, 100);
        },
        { totalTimeoutMs: 150 },
      );
      const stream = await client.stream(get("/"));
      expect(await read(stream.body)).toBe("xxx");
    });

    it("binds a stream's headers by it", async () => {
      const { client } = await setUp(never, { totalTimeoutMs: 50 });
      expect(await failure(client.stream(get("/")))).toMatchObject({ kind: "UpstreamTimeout" });
      expect(client.slots.inUse).toBe(0);
    });
  });

  describe("a caller that leaves", () => {
    it("ends the request upstream and gives the slot back", async () => {
      const { server, client } = await setUp(never, { concurrency: 1 });
      const leaving = new AbortController();
      const left = failure(client.request({ ...get("/0"), signal: leaving.signal }));
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      leaving.abort();
      expect(await left).toMatchObject({
        kind: "UpstreamTimeout",
        message: "lab: GET thing: given up: the client has left",
      });
      await goneFrom(server);
      const next = client.request(get("/1"));
      await vi.waitFor(() => expect(server.requests).toHaveLength(2));
      server.requests[1]?.answer(200);
      expect(await next).toMatchObject({ status: 200 });
    });

    it("leaves the queue too", async () => {
      const { server, client } = await setUp(never, { concurrency: 1 });
      const first = client.request(get("/0"));
      const leaving = new AbortController();
      const left = failure(client.request({ ...get("/1"), signal: leaving.signal }));
      expect(client.slots.waiting).toBe(1);
      leaving.abort();
      expect(await left).toMatchObject({ kind: "UpstreamTimeout" });
      expect(client.slots.waiting).toBe(0);
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      server.requests[0]?.answer(200);
      await first;
      expect(server.requests).toHaveLength(1);
    });

    it("asks nothing when it has left before", async () => {
      const { server, client } = await setUp(ok);
      expect(await failure(client.request({ ...get("/"), signal: AbortSignal.abort() }))).toMatchObject({
        kind: "UpstreamTimeout",
      });
      expect(server.requests).toHaveLength(0);
    });

    it("ends a stream in the middle of its body", async () => {
      const { server, client } = await setUp(drip);
      const leaving = new AbortController();
      const stream = await client.stream({ ...get("/"), signal: leaving.signal });
      const reading = failure(read(stream.body));
      leaving.abort();
      expect(await reading).toMatchObject({ kind: "UpstreamTimeout" });
      await goneFrom(server);
      expect(client.slots.inUse).toBe(0);
    });
  });

  describe("the one retry", () => {
    const resetOnce = (request: RawRequest): void => {
      if (request.index === 0) request.socket.resetAndDestroy();
      else ok(request);
    };
    const always =
      (status: number) =>
      (request: RawRequest): void =>
        request.answer(status);

    it.each([
      ["a GET", get("/")],
      ["a POST that is called safe", { ...get("/"), method: "POST", safe: true } as const],
    ])("tries %s again after a reset", async (_, request) => {
      const { server, client } = await setUp(resetOnce);
      expect((await client.request(request)).body.toString()).toBe("fine");
      expect(server.requests).toHaveLength(2);
    });

    it.each([
      ["a POST", { ...get("/"), method: "POST" } as const],
      ["a GET that is called unsafe", { ...get("/"), safe: false }],
    ])("never tries %s again after a reset", async (_, request) => {
      const { server, client } = await setUp(resetOnce);
      expect(await failure(client.request(request))).toMatchObject({ kind: "UpstreamUnreachable" });
      expect(server.requests).toHaveLength(1);
    });

    it.each([502, 503, 504])("tries a GET again after %i, once, and then gives that answer", async (status) => {
      const { server, client } = await setUp(always(status));
      expect(await client.request(get("/"))).toMatchObject({ status });
      expect(server.requests).toHaveLength(2);
    });

    it.each([
      ["a POST after 503", 503, { ...get("/"), method: "POST" } as const],
      ["a GET after 500", 500, get("/")],
      ["a GET after 404", 404, get("/")],
    ])("does not try %s again", async (_, status, request) => {
      const { server, client } = await setUp(always(status));
      expect(await client.request(request)).toMatchObject({ status });
      expect(server.requests).toHaveLength(1);
    });

    it("reads a body again that was lost half way", async () => {
      const { server, client } = await setUp((request) => {
        if (request.index > 0) return ok(request);
        request.socket.end(`${headOf(200, { "content-length": "10" })}12345`);
      });
      expect((await client.request(get("/"))).body.toString()).toBe("fine");
      expect(server.requests).toHaveLength(2);
    });

    it("tries a stream again before its headers, and not after", async () => {
      const { server, client } = await setUp((request) => {
        if (request.index === 0) request.answer(503, "wait");
        else request.socket.end(`${headOf(200, { "content-length": "10" })}12345`);
      });
      const stream = await client.stream(get("/"));
      expect(stream.status).toBe(200);
      expect(await failure(read(stream.body))).toMatchObject({ kind: "UpstreamUnreachable" });
      expect(server.requests).toHaveLength(2);
      expect(client.slots.inUse).toBe(0);
    });
  });

  describe("a server that asks for time", () => {
    const busy =
      (status: number, retryAfter: string, times = 1) =>
      (request: RawRequest): void => {
        if (request.index < times) request.answer(status, "busy", { "retry-after": retryAfter });
        else ok(request);
      };

    it.each([429, 503])("gets it, and then the one retry, after %i", async (status) => {
      const { server, client } = await setUp(busy(status, "1"));
      const began = performance.now();
      expect((await client.request(get("/"))).body.toString()).toBe("fine");
      expect(performance.now() - began).toBeGreaterThan(1_000);
      expect(server.requests).toHaveLength(2);
    });

    it.each([
      ["429 and 11 s", 429, "UpstreamRejected", "11", 11, {}],
      ["503 and a date far off", 503, "UpstreamFailed", "Fri, 31 Dec 2100 23:59:59 GMT", expect.any(Number), {}],
      ["more time than the call has", 503, "UpstreamFailed", "2", 2, { totalTimeoutMs: 500 }],
    ] as const)("is not waited for at %s: the caller is told", async (_, status, kind, header, seconds, limits) => {
      const { server, client } = await setUp(busy(status, header), limits);
      expect(await failure(client.request(get("/")))).toMatchObject({
        kind,
        status,
        retryable: true,
        retryAfterSeconds: seconds,
        message: expect.stringMatching(/^lab: GET thing: answered \d+ and wants to be asked again in \d+ s$/),
      });
      expect(server.requests).toHaveLength(1);
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));
    });

    it("is told to the caller when it asks for it again, and for what is not safe", async () => {
      const { server, client } = await setUp(busy(503, "0", 9));
      expect(await failure(client.stream(get("/")))).toMatchObject({ kind: "UpstreamFailed", retryAfterSeconds: 0 });
      expect(server.requests).toHaveLength(2);
      const once = { ...get("/"), method: "POST" } as const;
      expect(await failure(client.request(once))).toMatchObject({ kind: "UpstreamFailed", retryAfterSeconds: 0 });
      expect(server.requests).toHaveLength(3);
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));
    });
  });

  describe("bodies", () => {
    it("reads a body as large as the limit, and refuses one byte more", async () => {
      const { server, client } = await setUp((request) => request.answer(200, "x".repeat(1_000 + request.index)), {
        maxBodyBytes: 1_000,
      });
      expect((await client.request(get("/"))).body).toHaveLength(1_000);
      const error = await failure(client.request(get("/")));
      expect(error).toBeInstanceOf(Overflow);
      expect(error).toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: "lab: GET thing: the answer is larger than 1000 bytes",
      });
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));
      expect(server.requests).toHaveLength(2);
    });

    it("reads less than the limit when the caller wants less, but never more", async () => {
      const { client } = await setUp((request) => request.answer(200, "x".repeat(100)), { maxBodyBytes: 100 });
      expect(await failure(client.request({ ...get("/"), maxBytes: 99 }))).toBeInstanceOf(BodyTooLarge);
      expect((await client.request({ ...get("/"), maxBytes: 100 })).body).toHaveLength(100);
      const small = await setUp((request) => request.answer(200, "x".repeat(101)), { maxBodyBytes: 100 });
      expect(await failure(small.client.request({ ...get("/"), maxBytes: 1_000 }))).toBeInstanceOf(BodyTooLarge);
    });

    it("stops an endless body at the limit", async () => {
      const { server, client } = await setUp(
        ({ socket }) => {
          socket.write(headOf(200, { "transfer-encoding": "chunked" }));
          const more = (): void => {
            while (socket.writable && socket.write(`400\r\n${"x".repeat(0x400)}\r\n`));
            socket.once("drain", more);
          };
          more();
        },
        { maxBodyBytes: 100_000 },
      );
      expect(await failure(client.request(get("/")))).toBeInstanceOf(Overflow);
      await goneFrom(server);
    });

    it("reads an error's endless body to 64 KiB, and says what came until there", async () => {
      const { server, client } = await setUp(({ socket }) => {
        socket.write(headOf(500, { "transfer-encoding": "chunked" }));
        const more = (): void => {
          while (socket.writable && socket.write(`400\r\n${"x".repeat(0x400)}\r\n`));
          socket.once("drain", more);
        };
        more();
      });
      const reply = await client.request(get("/"));
      expect(reply.status).toBe(500);
      expect(reply.body).toEqual(Buffer.alloc(64 * 1024, "x"));
      await goneFrom(server);
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));
    });

    it("ends a stream that is answered with another protocol, and gives its slot back", async () => {
      const { client } = await setUp(({ socket }) => {
        socket.write(headOf(101, { connection: "upgrade", upgrade: "other" }));
      });
      expect(await failure(client.stream(get("/")))).toMatchObject({ kind: "UpstreamUnreachable" });
      expect(client.slots.inUse).toBe(0);
    });

    it("gives a stream's slot back when it is read to its end, broken off or discarded", async () => {
      const { server, client } = await setUp(
        ({ line, socket }) => {
          if (line === "GET /whole") socket.write(`${headOf(200, { "content-length": "3" })}abc`);
          else drip({ socket });
        },
        { concurrency: 1 },
      );
      expect(await read((await client.stream(get("/whole"))).body)).toBe("abc");
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));

      const broken = await client.stream(get("/endless"));
      expect(client.slots.inUse).toBe(1);
      for await (const chunk of broken.body) {
        expect(chunk.toString()).toMatch(/^x/);
        break;
      }
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));

      const discarded = await client.stream(get("/endless"));
      expect(client.slots.inUse).toBe(1);
      discarded.discard();
      discarded.discard();
      await vi.waitFor(() => expect(client.slots.inUse).toBe(0));
      // The unread rest is not read.
      await goneFrom(server, 1);
      await goneFrom(server, 2);
    });
  });

  it("ends what is under way when it is closed, and refuses what comes after; closing twice is harmless", async () => {
    const { server, client } = await setUp(never);
    const under = failure(client.request(get("/")));
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await client.close();
    await client.close();
    expect(await under).toMatchObject({ kind: "UpstreamUnreachable" });
    expect(await failure(client.request(get("/")))).toBeInstanceOf(UpstreamError);
    expect(server.requests).toHaveLength(1);
    expect(client.slots.inUse).toBe(0);
  });
});

/** Waits until the connection of a request has ended. Undici may have opened another by then. */
async function goneFrom(server: RawServer, index = 0): Promise<void> {
  await vi.waitFor(() => expect(server.requests[index]?.socket.destroyed).toBe(true));
}

/** An answer without end: an `x` every few milliseconds. */
function drip({ socket }: Pick<RawRequest, "socket">): void {
  socket.write(headOf(200, {}));
  const timer = setInterval(() => socket.write("x"), 5);
  socket.once("close", () => clearInterval(timer));
}
