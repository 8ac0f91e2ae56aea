// Subscriptions in parts of one HTTP answer ("Multipart HTTP protocol for GraphQL subscriptions", subscriptionSpec=1.0), on
// the wire and by Apollo's own client.

import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";
import { startOwnServer } from "../own-server.js";
import type { OwnServer } from "../own-server.js";

/** As Apollo's clients send it. */
const ACCEPT = `multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9`;
const HEADERS = { "content-type": "application/json", accept: ACCEPT };
const TYPE = `multipart/mixed; boundary="graphql"; subscriptionSpec=1.0`;
const HEAD = "\r\ncontent-type: application/json; charset=utf-8\r\n\r\n";

let server: OwnServer;
beforeAll(async () => {
  server = await startOwnServer();
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

const post = (body: unknown, headers: Record<string, string> = HEADERS, path = "/graphql") =>
  fetch(server.origin + path, { method: "POST", headers, body: JSON.stringify(body) });

/** An answer that is read as it comes. */
async function open(origin: string, query: string): Promise<IncomingMessage> {
  const asking = request(`${origin}/graphql`, { method: "POST", headers: HEADERS, agent: false });
  asking.end(JSON.stringify({ query }));
  return ((await once(asking, "response")) as [IncomingMessage])[0];
}

async function next(reply: IncomingMessage): Promise<string> {
  return ((await once(reply, "data")) as [Buffer])[0].toString("utf8");
}

describe("an answer in parts", () => {
  it("has a part for each result, right with the boundary that ends it, and ends after the last", async () => {
    const reply = await post({ query: "subscription { count(to: 2) }" });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, TYPE]);
    expect(reply.headers.get("cache-control")).toMatch(/no-(cache|store)/);
    expect(await reply.text()).toBe(
      `\r\n--graphql${HEAD}{"payload":{"data":{"count":1}}}\r\n--graphql${HEAD}{"payload":{"data":{"count":2}}}\r\n--graphql--\r\n`,
    );
  });

  it("begins at once, and goes on with empty parts while there is nothing to tell", async () => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const reply = await open(server.origin, "subscription { forever }");
    expect([reply.statusCode, reply.headers["content-type"]]).toEqual([200, TYPE]);
    expect(await next(reply)).toBe("\r\n--graphql");
    for (let time = 0; time < 3; time += 1) {
      const heard = next(reply);
      vi.advanceTimersByTime(12_000);
      expect(await heard).toBe(`${HEAD}{}\r\n--graphql`);
    }
    reply.destroy();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("tells of a fault at the beginning, and of one in between, in a part, and ends", async () => {
    for (const [field, parts] of [
      ["refused", 1],
      ["breaking", 2],
    ] as const) {
      const reply = await post({ query: `subscription { ${field}(how: "InputRefused") }` });
      expect(reply.headers.get("content-type")).toBe(TYPE);
      const payloads = partsOf(await reply.text());
      expect(payloads).toHaveLength(parts);
      expect(payloads.at(-1)).toMatchObject({ payload: { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] } });
    }
    expect(server.faults).toEqual([]);
  });

  it("is ended by the client's leaving, and with it the work behind it", async () => {
    const reply = await open(server.origin, "subscription { forever }");
    await vi.waitFor(() => expect(server.open()).toBe(1));
    reply.destroy();
    await vi.waitFor(() => expect(server.open()).toBe(0));
  });

  it("is ended by the server's stop", async () => {
    const stopping = await startOwnServer();
    const reply = await open(stopping.origin, "subscription { forever }");
    const [chunks] = await Promise.all([reply.toArray(), stopping.close()]);
    expect(Buffer.concat(chunks as Buffer[]).toString("utf8")).toBe("\r\n--graphql");
  });
});

describe("to a client that takes parts", () => {
  it.each([
    ["a query", { query: "{ hello }" }],
    ["a mutation", { query: "mutation { add }" }],
  ])("%s is answered as one result", async (_, body) => {
    const reply = await post(body);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([
      200,
      "application/graphql-response+json; charset=utf-8",
    ]);
    expect(await reply.json()).toHaveProperty("data");
  });

  it("what can't be run is refused with a status", async () => {
    const reply = await post({ query: "subscription { nope }" });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });

  it.each([
    "multipart/mixed",
    "multipart/mixed;deferSpec=20220824, application/json",
    "multipart/mixed;subscriptionSpec=2.0",
  ])("of another protocol a subscription is refused: %s", async (accept) => {
    const reply = await post({ query: "subscription { forever }" }, { ...HEADERS, accept });
    expect(reply.status).toBe(406);
    expect(await reply.text()).toContain("subscriptionSpec=1.0");
    expect(server.open()).toBe(0);
  });

  it.each(["application/json", "*/*", undefined])("who takes no stream (%s) is told where it runs", async (accept) => {
    const type = { "content-type": "application/json" };
    const headers = accept === undefined ? type : { ...type, accept };
    const reply = await post({ query: "subscription { forever }" }, headers);
    expect(reply.status).toBe(406);
    const { errors } = (await reply.json()) as { errors: [{ message: string; extensions: { code: string } }] };
    expect(errors[0].message).toMatch(/POST it to \/graphql\/stream,.* or open a WebSocket .* on \/graphql$/);
    expect(errors[0].extensions.code).toBe("BAD_REQUEST");
    expect(server.open()).toBe(0);
  });

  it("no page of another origin can open it", async () => {
    const reply = await post({ query: "subscription { forever }" }, { ...HEADERS, "content-type": "text/plain" });
    expect(reply.status).toBe(400);
    await reply.text();
    expect(server.open()).toBe(0);
  });
});

it("Apollo's client follows a test job to its end", async () => {
  const lava = await createLavaSandbox();
  const gateway = await startGateway({ lava: [{ url: lava.url }] });
  const headers = asUser(lava.users.bob.token);
  const link = new HttpLink({ uri: `${gateway.origin}/graphql`, headers });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  try {
    const [jobId] = lava.submit("bob", jobFile("played-private"));
    const query = gql`
      subscription ($jobId: ID!) {
        testJobUpdates(jobIds: [$jobId]) {
          state
        }
      }
    `;
    const states = await new Promise<string[]>((resolve, reject) => {
      const seen: string[] = [];
      client.subscribe<Record<string, any>>({ query, variables: { jobId } }).subscribe({
        next: ({ data, error }) => {
          if (error !== undefined) reject(new Error(error.message));
          seen.push(String(data?.["testJobUpdates"].state));
        },
        error: reject,
        complete: () => resolve(seen),
      });
    });
    expect(states.at(-1)).toBe("FINISHED");
    expect(new Set(states).size).toBe(states.length);

    const servers = gql`
      {
        servers {
          name
        }
      }
    `;
    expect(await client.query({ query: servers })).toMatchObject({ data: { servers: [{ name: "lava" }] } });
  } finally {
    client.stop();
    await gateway.close();
    await lava.close();
  }
});

function partsOf(text: string): any[] {
  return text
    .split("\r\n--graphql")
    .filter((part) => part.startsWith(HEAD))
    .map((part) => JSON.parse(part.slice(HEAD.length)));
}
