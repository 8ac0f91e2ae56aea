// GraphQL over HTTP: the specification's audits, and what is refused before a resolver runs.

import { serverAudits } from "graphql-http";
import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";
import { FAILURES, SECRET_DETAIL, startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

const ask = async (url: string, init: RequestInit = {}): Promise<Reply> => {
  const reply = await fetch(url, init);
  const body = await reply.text();
  return { status: reply.status, headers: reply.headers, body: body === "" ? null : JSON.parse(body) };
};
const post = (origin: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(`${origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("the audits of graphql-http", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({});
  });
  afterAll(() => gateway.close());

  const audits = serverAudits({ url: () => `${gateway.origin}/graphql` });

  it("are all there", () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))("%s: %s", async (_, __, audit) => {
    expect(await audit()).toMatchObject({ status: "ok" });
  });
});

describe("GraphQL over HTTP", () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer();
  });
  afterAll(() => server.close());

  const query = (document: string, variables = {}, headers: Record<string, string> = {}) =>
    post(server.origin, { query: document, variables }, headers);

  describe("what a foreign page could send", () => {
    it("refuses a GET from a page, also when a program has just asked the same", async () => {
      const url = `${server.origin}/graphql?query={hello}`;
      expect(await ask(url)).toMatchObject({ status: 200, body: { data: { hello: "hello" } } });
      for (const page of [
        { "sec-fetch-site": "cross-site" },
        { origin: "https://elsewhere.example" },
        { referer: "https://elsewhere.example/" },
      ]) {
        const { status, body } = await ask(url, { headers: page });
        expect(status).toBe(400);
        expect(body.errors[0].message).toMatch(/CSRF/);
      }
    });

    it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
      "refuses a POST of %s",
      async (type) => {
        const { status, body } = await post(server.origin, { query: "{ hello }" }, { "content-type": type });
        expect(status).toBe(400);
        expect(body.data).toBeUndefined();
      },
    );

    it("answers a GET with the header that only our own code can send", async () => {
      const { status, body } = await ask(`${server.origin}/graphql?query={hello}`, {
        headers: { "apollo-require-preflight": "1", "sec-fetch-site": "same-origin" },
      });
      expect({ status, body }).toEqual({ status: 200, body: { data: { hello: "hello" } } });
    });

    it("gives no page of another origin leave to read", async () => {
      const { headers } = await post(server.origin, { query: "{ hello }" }, { origin: "https://elsewhere.example" });
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    });
  });

  describe("what is too much", () => {
    it("refuses a body over 4 MiB with 413, and answers the next request", async () => {
      const { status, body } = await post(server.origin, { query: `{ hello } #${"x".repeat(4 * 1024 * 1024)}` });
      expect(status).toBe(413);
      expect(body.errors[0]).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED", limit: "bodyBytes" } });
      expect((await query("{ hello }")).body.data).toEqual({ hello: "hello" });
    });

    it("refuses a body without end with 413, and hangs up", async () => {
      const answer = await sendEndless(server.origin);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toMatch(/connection: close/i);
    });
  });

  describe("what is no request", () => {
    it.each([
      ["a body that is not JSON", "{"],
      ["an empty body", ""],
      ["a list of operations", '[{"query": "{ hello }"}]'],
      ["a body without a query", "{}"],
    ])("refuses %s with 400", async (_, body) => {
      const reply = await post(server.origin, body);
      expect(reply.status).toBe(400);
      expect(reply.body.errors).toHaveLength(1);
      expect(reply.body.errors[0].extensions.code).toBe("BAD_REQUEST");
    });

    it("refuses other methods with 405", async () => {
      for (const method of ["PUT", "DELETE"]) {
        const { status, headers } = await ask(`${server.origin}/graphql`, {
          method,
          headers: { "content-type": "application/json" },
          body: "{}",
        });
        expect(status).toBe(405);
        expect(headers.get("allow")).toBe("GET, HEAD, POST");
      }
    });

    it.each([
      ["a syntax error", "{", "GRAPHQL_PARSE_FAILED"],
      ["an unknown field", "{ nope }", "GRAPHQL_VALIDATION_FAILED"],
      ["a variable that does not fit", "query ($of: Int!) { half(of: $of) }", "BAD_USER_INPUT"],
    ])("names %s", async (_, document, code) => {
      const { status, body } = await query(document);
      expect(status).toBe(400);
      expect(body.errors[0].extensions).toEqual({ code });
      expect(body.data).toBeUndefined();
    });
  });

  describe("credentials", () => {
    it("reach the resolvers", async () => {
      expect((await query("{ who }", {}, asUser("abc"))).body).toEqual({ data: { who: "abc" } });
      expect((await query("{ who }")).body).toEqual({ data: { who: null } });
    });

    it("are refused in another scheme, without an echo", async () => {
      for (const headers of [{ authorization: "Bearer abc123" }, { "x-etna-token": "abc123" }]) {
        const { status, body } = await query("{ who }", {}, headers);
        expect(status).toBe(400);
        expect(body.errors[0].extensions.code).toBe("BAD_USER_INPUT");
        expect(JSON.stringify(body)).not.toContain("abc123");
      }
      expect(server.faults).toEqual([]);
    });
  });

  describe("errors of resolvers", () => {
    const OURS = ["Error", "TypeError", "text"];

    it.each(Object.keys(FAILURES).filter((how) => !OURS.includes(how)))(
      "shows %s with its code beside the data",
      async (how) => {
        const { status, body } = await query("query ($how: String!) { hello fail(how: $how) }", { how });
        expect(status).toBe(200);
        expect(body.data).toEqual({ hello: "hello", fail: null });
        expect(body.errors).toMatchObject([
          { path: ["fail"], extensions: { code: expect.stringMatching(/^[A-Z_]+$/) } },
        ]);
        expect(body.errors[0].extensions.code).not.toBe("INTERNAL_SERVER_ERROR");
        expect(JSON.stringify(body)).not.toContain(SECRET_DETAIL);
        expect(server.faults).toEqual([]);
      },
    );

    it.each(OURS)("shows nothing of %s and logs it once", async (how) => {
      const { status, body } = await query("query ($how: String!) { hello fail(how: $how) }", { how });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        data: { hello: "hello", fail: null },
        errors: [{ message: "Internal server error", path: ["fail"], extensions: { code: "INTERNAL_SERVER_ERROR" } }],
      });
      expect(JSON.stringify(body)).not.toContain(SECRET_DETAIL);
      expect(String(server.faults.splice(0))).toContain(SECRET_DETAIL);
    });

    it("counts a promise that the schema does not keep as a fault of ours", async () => {
      const { body } = await query("{ nothing }");
      expect(body).toMatchObject({ data: null, errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] });
      expect(server.faults.splice(0)).toHaveLength(1);
    });

    it("adds what a resolver reported to the errors, although the field has a value", async () => {
      const { body } = await query(`{ partly(how: "UpstreamTimeout") }`);
      expect(body).toEqual({
        data: { partly: "the rest" },
        errors: [
          {
            message: "lab: GET jobs/: words",
            extensions: { code: "UPSTREAM_TIMEOUT", server: "lab", operation: "GET jobs/", retryable: true },
          },
        ],
      });
      const both = await query(`{ partly(how: "Error") fail(how: "InputRefused") }`);
      expect(both.body.errors.map((error: any) => error.extensions.code)).toEqual([
        "BAD_USER_INPUT",
        "INTERNAL_SERVER_ERROR",
      ]);
      expect(server.faults.splice(0)).toHaveLength(1);
    });
  });
});

/** Posts without end until there is an answer; gives what came until the server hung up. */
function sendEndless(origin: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = createConnection(Number(port), hostname);
  return new Promise((resolve, reject) => {
    let answer = "";
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const more = () => {
      while (answer === "" && socket.writable && socket.write(chunk));
      if (answer === "" && socket.writable) socket.once("drain", more);
    };
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      more,
    );
    socket.on("data", (data) => (answer += data.toString()));
    socket.on("error", () => (answer === "" ? reject(new Error("cut off without an answer")) : undefined));
    socket.on("close", () => resolve(answer));
  });
}
