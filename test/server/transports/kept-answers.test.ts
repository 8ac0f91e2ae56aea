// Kept answers over HTTP: with their length and tag, compressed from the third time on, and each for its viewer only.

import { Agent, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { StatusFeed } from "../../../src/ci/live/status-news.js";
import { Memory } from "../../../src/cache/memory.js";
import type { RequestContext } from "../../../src/ci/session.js";
import { createHttpServer } from "../../../src/server/http/http-server.js";
import type { HttpServer } from "../../../src/server/http/http-server.js";

/** Large enough to be compressed. */
const WORDS = Array.from({ length: 400 }, (_, at) => `word ${at}`).join(", ");

const keep = (scope: RequestContext["scope"]) => scope.use({ freshUntil: Infinity });

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, RequestContext>({
    name: "Query",
    fields: {
      words: {
        type: GraphQLString,
        resolve: (_, __, { scope }) => {
          keep(scope);
          return WORDS;
        },
      },
      echo: {
        type: GraphQLString,
        args: { text: { type: GraphQLString } },
        resolve: (_, { text }: { readonly text?: string }, { scope }) => {
          keep(scope);
          return text;
        },
      },
      who: {
        type: GraphQLString,
        resolve: (_, __, { credentials, scope }) => {
          keep(scope);
          return credentials.token?.reveal() ?? "anonymous";
        },
      },
      runs: {
        type: GraphQLInt,
        resolve: (_, __, { scope }) => {
          keep(scope);
          return (runs += 1);
        },
      },
    },
  }),
});

let runs = 0;
let server: HttpServer;
let memory: Memory;
beforeAll(async () => {
  memory = new Memory();
  server = await createHttpServer<RequestContext>({
    ...{ host: "127.0.0.1", port: 0, servers: () => [], graphiql: "none", page: "none", schema, memory },
    createContext: (credentials, report, scope) => ({
      ...{ credentials, report, scope, sessions: [], statuses: new StatusFeed(), gatewayUrl: null },
      price: () => ({ estimated: 0, limit: 0 }),
    }),
    onFault: (error) => {
      throw error;
    },
  });
});
afterAll(() => server.close());
beforeEach(() => server.forgetResponses());

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
  readonly variables?: Record<string, unknown>;
  /** Of a POST, in place of the query as JSON. */
  readonly body?: string;
}

/** Not by `fetch`, which decompresses. */
function ask(
  query: string,
  { method = "GET", headers = {}, agent, variables = {}, body }: Asking = {},
): Promise<Reply> {
  const isPost = method === "POST";
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString();
  return new Promise((resolve, reject) => {
    const asking = request(
      `${server.origin}/graphql${isPost ? "" : `?${search}`}`,
      {
        method,
        headers: { ...(isPost ? { "content-type": "application/json" } : {}), ...headers },
        agent: agent ?? false,
      },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("end", () =>
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asking.once("error", reject);
    asking.end(isPost ? (body ?? JSON.stringify({ query, variables })) : undefined);
  });
}

const token = (name: string) => ({ authorization: `Token ${name}` });
const BROTLI = { "accept-encoding": "gzip, deflate, br" };
const GZIP = { "accept-encoding": "gzip;q=1.0, br;q=0" };

/** Asks until the answer comes compressed. */
async function compressed(query: string, asking: Asking): Promise<Reply> {
  return vi.waitFor(async () => {
    const reply = await ask(query, asking);
    expect(reply.headers["content-encoding"]).toBeDefined();
    return reply;
  });
}

describe("an answer", () => {
  test.each(["GET", "POST"])("by %s says how long it is", async (method) => {
    for (const query of ["{ words }", "{ who }", "{ nothing }"]) {
      const { headers, body } = await ask(query, { method });
      expect([headers["content-length"], headers["transfer-encoding"]]).toEqual([String(body.length), undefined]);
      expect(body.toString().endsWith("}\n")).toBe(true);
    }
  });

  test("by HEAD has the head of a GET, and no body", async () => {
    const got = await ask("{ words }");
    const { status, headers, body } = await ask("{ words }", { method: "HEAD" });
    expect([status, body.length]).toEqual([200, 0]);
    for (const name of ["content-length", "content-type", "etag", "cache-control", "vary"])
      expect([name, headers[name]]).toEqual([name, got.headers[name]]);
  });

  test("by GET is none for a POST that has its search for a body", async () => {
    const body = `?${new URLSearchParams({ query: "{ words }", variables: "{}" }).toString()}`;
    await ask("{ words }");
    await ask("{ words }");
    expect((await ask("", { method: "POST", body })).status).toBe(400);
  });

  test("is the same kept one by GET, HEAD and POST", async () => {
    const first = await ask("{ runs }");
    expect((await ask("{ runs }", { method: "POST" })).body).toEqual(first.body);
    await ask("{ runs }", { method: "HEAD" });
    expect((await ask("{ runs }")).body).toEqual(first.body);
  });
});

describe("an answer by GET for a token", () => {
  test("is kept by nobody but its client, and is not sent again while it is the same", async () => {
    const first = await ask("{ words }", { headers: token("alices") });
    expect(first.headers).toMatchObject({
      "cache-control": "private, no-cache",
      vary: "Accept, Accept-Encoding, Authorization, X-Etna-Token",
    });
    const known = { "if-none-match": first.headers.etag ?? "" };
    const again = await ask("{ words }", { headers: { ...token("alices"), ...known } });
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, first.headers.etag]);
  });

  test("is never taken for another's by its tag", async () => {
    const { headers } = await ask("{ who }", { headers: token("alices") });
    const known = { "if-none-match": headers.etag ?? "" };
    for (const other of [token("bobs"), {}]) {
      const reply = await ask("{ who }", { headers: { ...other, ...known } });
      expect(reply.status).toBe(200);
      expect(reply.body.toString()).not.toContain("alices");
    }
  });
});

describe("viewers on one connection", () => {
  test("each get their own answer, in whatever order they ask", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const viewers = [token("alices"), {}, token("bobs"), { "x-etna-token": "lab=bobs" }, token("alices"), {}];
    const expected = ["alices", "anonymous", "bobs", "anonymous", "alices", "anonymous"];
    for (const method of ["GET", "POST", "GET"]) {
      const answers: unknown[] = [];
      for (const headers of viewers) {
        const { body } = await ask("{ who }", { method, headers: headers, agent });
        answers.push((JSON.parse(body.toString()) as { data: { who: string } }).data.who);
      }
      expect(answers).toEqual(expected);
    }
    agent.destroy();
  });
});

describe("a kept answer that is asked for again", () => {
  test.each(["GET", "POST"])("by %s comes compressed, in the better form that the client takes", async (method) => {
    const plain = await ask("{ words }", { method });
    const brotli = await compressed("{ words }", { method, headers: BROTLI });
    expect(brotli.headers).toMatchObject({ "content-encoding": "br", "content-length": String(brotli.body.length) });
    expect(brotli.headers.vary).toContain("Accept-Encoding");
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
    const gzipped = await compressed("{ words }", { method, headers: GZIP });
    expect(gzipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzipped.body)).toEqual(plain.body);
    for (const headers of [{}, { "accept-encoding": "identity" }, { "accept-encoding": "br;q=0, gzip;q=0" }]) {
      const reply = await ask("{ words }", { method, headers: headers });
      expect([reply.headers["content-encoding"], reply.body]).toEqual([undefined, plain.body]);
    }
  });

  test("has a tag for each form, and any of them spares the body", async () => {
    const plain = await ask("{ words }");
    const brotli = await compressed("{ words }", { headers: BROTLI });
    const gzipped = await compressed("{ words }", { headers: GZIP });
    const tags = [plain, brotli, gzipped].map(({ headers }) => headers.etag ?? "");
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) {
      for (const given of [tag, `W/${tag}`, `"other", ${tag}`]) {
        const reply = await ask("{ words }", { headers: { ...BROTLI, "if-none-match": given } });
        expect([reply.status, reply.headers.etag, reply.headers["content-encoding"]]).toEqual([304, tag, undefined]);
      }
    }
    expect((await ask("{ words }", { headers: { "if-none-match": `"other"` } })).status).toBe(200);
  });

  test("is counted in the cache's bytes with its compressed form", async () => {
    await ask("{ words }");
    const before = memory.stats().bytes;
    const { body } = await compressed("{ words }", { headers: BROTLI });
    expect(memory.stats().bytes).toBe(before + body.length);
  });

  test("comes as it is where a token's answer holds a text that its asker chose", async () => {
    const headers = { ...BROTLI, ...token("alices") };
    const variables = { text: "guess" };
    const chosen = [
      ["{ guess: words }", {}],
      [`{ words echo(text: "guess") }`, {}],
      ["query ($text: String) { words echo(text: $text) }", variables],
    ] as const;
    for (const [query, variables] of chosen) {
      for (let time = 0; time < 4; time += 1) await ask(query, { headers, variables });
    }
    // What is asked after them is compressed after them.
    expect((await compressed("{ words }", { headers })).headers["content-encoding"]).toBe("br");
    for (const [query, variables] of chosen)
      expect((await ask(query, { headers, variables })).headers["content-encoding"]).toBeUndefined();
    // Of what everybody may see there is nothing to be guessed.
    await compressed("{ guess: words }", { headers: BROTLI });
  });
});
