// Whose eyes an answer is seen with: tokens in headers and in `connection_init`, the gateway's own, plain http, and
// viewers with different rights at the same time.

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Secret } from "../../src/net/secret.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway, TestGatewayOptions } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { FOLLOW, codesOf } from "./scene.js";

const JOBS = 50;

let north: LavaSandbox;
let south: LavaSandbox;
let gateway: TestGateway;
let alice: string;
let bob: string;

beforeAll(async () => {
  [north, south] = await Promise.all([createLavaSandbox({ jobs: JOBS }), createLavaSandbox({ jobs: 0 })]);
  [alice, bob] = [north.users.alice.token, north.users.bob.token];
  gateway = await startGateway({
    lava: [
      { name: "north", url: north.url, events: "poll", tokens: "shared" },
      { name: "south", url: south.url, events: "poll", tokens: "shared" },
    ],
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([north.close(), south.close()]);
});

const WHO = `{ viewer { accounts { server { name } user } } }`;

function usersOf(data: Record<string, any>): unknown {
  return data.viewer.accounts.map(({ user }: { user: string | null }) => user);
}

async function who(headers: Record<string, string>): Promise<unknown> {
  const { data, errors } = await gateway.query(WHO, {}, headers);
  expect(errors).toEqual([]);
  return usersOf(data);
}

async function withGateway<T>(options: TestGatewayOptions, use: (own: TestGateway) => Promise<T>): Promise<T> {
  const own = await startGateway(options);
  try {
    return await use(own);
  } finally {
    await own.close();
  }
}

describe("headers", () => {
  test("none: anonymous everywhere", async () => {
    expect(await who({})).toEqual([null, null]);
    expect(await who({ Authorization: "" })).toEqual([null, null]);
  });

  test("Authorization is for every server that shares it", async () => {
    expect(await who({ Authorization: `Token ${alice}` })).toEqual(["alice", "alice"]);
    expect(await who({ authorization: `  token   ${alice}  ` })).toEqual(["alice", "alice"]);
  });

  test("X-Etna-Token is for the server it names, and wins there", async () => {
    expect(await who({ "X-Etna-Token": `south=${bob}` })).toEqual([null, "bob"]);
    expect(await who({ Authorization: `Token ${alice}`, "X-Etna-Token": `south=${bob}` })).toEqual(["alice", "bob"]);
    expect(await who({ "X-Etna-Token": `south=${bob}, north=${alice}` })).toEqual(["alice", "bob"]);
  });

  test("Authorization is for no other of several servers, and none of them is asked with it", async () => {
    const entries = [
      { name: "north", url: north.url, events: "poll" as const },
      { name: "south", url: south.url, events: "poll" as const, tokens: "shared" as const },
    ];
    await withGateway({ lava: entries }, async (own) => {
      expect(usersOf((await own.query(WHO, {}, asUser(alice))).data)).toEqual([null, "alice"]);
      // Nobody shares any more.
      await own.reload({ lava: entries.map(({ name, url, events }) => ({ name, url, events })) });
      const refused = {
        message: "Authorization: there are several LAVA servers; write `X-Etna-Token: north=<secret>`",
        extensions: { code: "BAD_USER_INPUT", argument: "Authorization" },
      };
      north.requests.reset();
      south.requests.reset();
      expect(await own.query(WHO, {}, asUser(alice))).toMatchObject({ status: 400, errors: [refused] });
      await expect(own.subscribe(FOLLOW, { jobId: "1" }, asUser(alice)).next()).rejects.toMatchObject({
        code: 4403,
        reason: refused.message,
      });
      const file = await fetch(`${own.origin}/export/lava/north/1.csv`, { headers: asUser(alice) });
      expect(file.status).toBe(400);
      expect(await file.text()).toContain("X-Etna-Token");
      expect([north.requests.total(), south.requests.total()]).toEqual([0, 0]);
      expect(usersOf((await own.query(WHO, {}, { "X-Etna-Token": `north=${bob}` })).data)).toEqual(["bob", null]);
      // One server has nobody to share it with.
      await own.reload({ lava: [{ name: "north", url: north.url, events: "poll" }] });
      expect(usersOf((await own.query(WHO, {}, asUser(alice))).data)).toEqual(["alice"]);
    });
  });

  test("X-Etna-Token may be repeated", async () => {
    const headers = new Headers({ "content-type": "application/json" });
    headers.append("X-Etna-Token", `north=${bob}`);
    headers.append("X-Etna-Token", `south=${alice}`);
    const reply = await fetch(`${gateway.origin}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query: WHO }),
    });
    expect(usersOf(((await reply.json()) as { data: Record<string, unknown> }).data)).toEqual(["bob", "alice"]);
  });

  test.each([
    ["Authorization", "Bearer SECRET-TEXT"],
    ["Authorization", "Basic SECRET-TEXT"],
    ["Authorization", "SECRET-TEXT"],
    ["Authorization", "Token"],
    ["Authorization", "Token SECRET-TEXT and more"],
    ["X-Etna-Token", "SECRET-TEXT"],
    ["X-Etna-Token", "=SECRET-TEXT"],
    ["X-Etna-Token", "north="],
    ["X-Etna-Token", "north=SECRET TEXT"],
    ["X-Etna-Token", "north=one,,SECRET-TEXT"],
  ])("%s: %s is refused with 400 and how to write it, and is not repeated", async (name, value) => {
    const answer = await gateway.query(WHO, {}, { [name]: value });
    expect(answer).toMatchObject({
      status: 400,
      errors: [
        {
          message: expect.stringContaining(`write it as \`${name}: `),
          extensions: { code: "BAD_USER_INPUT", argument: name },
        },
      ],
    });
    expect(JSON.stringify(answer) + gateway.logLines.join("")).not.toMatch(/SECRET/);
  });

  test("a token for a server that is not configured is refused, by its name", async () => {
    const answer = await gateway.query(WHO, {}, { "X-Etna-Token": "east=SECRET-TEXT" });
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining("east"), extensions: { code: "BAD_USER_INPUT", argument: "X-Etna-Token" } },
    ]);
    expect(JSON.stringify(answer)).not.toContain("SECRET");
  });

  test("a token that the server does not know is an error, not anonymity", async () => {
    const answer = await gateway.query(
      `{ testJobs(first: 1, server: "north") { nodes { jobId } } }`,
      {},
      asUser("unknown-token"),
    );
    expect(codesOf(answer)).toEqual(["testJobs: UPSTREAM_DENIED"]);
    expect(answer.data).toEqual({ testJobs: null });
    expect(JSON.stringify(answer) + gateway.logLines.join("")).not.toContain("unknown-token");
  });
});

describe("connection_init", () => {
  /** The close code of a socket that was opened with this payload, or "open" when it was acknowledged. */
  async function open(payload: unknown): Promise<{ socket: WebSocket; outcome: number | "open"; reason: string }> {
    const socket = new WebSocket(`${gateway.origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await once(socket, "open");
    const outcome = new Promise<{ outcome: number | "open"; reason: string }>((resolve) => {
      socket.once("message", () => resolve({ outcome: "open", reason: "" }));
      socket.once("close", (code, reason) => resolve({ outcome: code, reason: reason.toString() }));
    });
    socket.send(JSON.stringify({ type: "connection_init", payload }));
    return { socket, ...(await outcome) };
  }

  async function whoBy(payload: Record<string, unknown>): Promise<unknown> {
    const { socket, outcome } = await open(payload);
    expect(outcome).toBe("open");
    const answer = once(socket, "message") as Promise<[Buffer]>;
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: WHO } }));
    const message = JSON.parse((await answer)[0].toString()) as {
      type: string;
      payload: { data: Record<string, unknown> };
    };
    socket.terminate();
    expect(message.type).toBe("next");
    return usersOf(message.payload.data);
  }

  test("takes the same keys as the headers, and X-Etna-Token as a list too", async () => {
    expect(await whoBy({})).toEqual([null, null]);
    expect(await whoBy({ Authorization: null, "X-Etna-Token": null })).toEqual([null, null]);
    expect(await whoBy({ Authorization: `Token ${alice}` })).toEqual(["alice", "alice"]);
    expect(await whoBy({ authorization: `Token ${alice}`, "x-etna-token": `north=${bob}` })).toEqual(["bob", "alice"]);
    expect(await whoBy({ "X-Etna-Token": [`north=${bob}`, `south=${alice}`] })).toEqual(["bob", "alice"]);
    expect(await whoBy({ "X-Etna-Token": `north=${bob},south=${alice}` })).toEqual(["bob", "alice"]);
    expect(await whoBy({ "X-ETNA-TOKEN": `north=${bob}`, AUTHORIZATION: `Token ${alice}` })).toEqual(["bob", "alice"]);
  });

  test.each([
    { Authorization: "Bearer SECRET-TEXT" },
    { Authorization: "SECRET-TEXT" },
    { "X-Etna-Token": "SECRET-TEXT" },
    { "X-Etna-Token": ["north=fine", "SECRET-TEXT"] },
    // What is no text would else make its owner anonymous without a word.
    { Authorization: 7 },
    { Authorization: ["Token SECRET-TEXT"] },
    { "X-Etna-Token": { north: "SECRET-TEXT" } },
    { "X-Etna-Token": ["north=fine", 7] },
  ])("%j closes the socket with 4403 and says how to write it", async (payload) => {
    const { outcome, reason } = await open(payload);
    expect(outcome).toBe(4403);
    expect(reason).toMatch(/^(Authorization: (write it as|must be text)|X-Etna-Token: (write it as|must be text))/);
    expect(reason).toContain(Object.keys(payload)[0]);
    expect(reason + gateway.logLines.join("")).not.toContain("SECRET");
  });

  test.each([
    { token: "SECRET-TEXT" },
    { headers: { Authorization: "Token SECRET-TEXT" } },
    { authToken: "SECRET-TEXT" },
    { Authorization: "Token SECRET-TEXT", ["café-“1.0”-→→→→→→→→→→→→→→→→→→→→"]: 1 },
  ])("%j would make its owner anonymous: closed with 4403, with the form that is right", async (payload) => {
    const { outcome, reason } = await open(payload);
    expect(outcome).toBe(4403);
    expect(reason).toContain(Object.keys(payload).at(-1)?.slice(0, 20));
    expect(reason).toMatch(/^connection_init: takes no ".*"; write \{"Authorization": "Token/);
    expect(reason + gateway.logLines.join("")).not.toContain("SECRET");
  });

  test("a token for a server that is not configured closes it likewise, by the server's name", async () => {
    const { outcome, reason } = await open({ "X-Etna-Token": "east=SECRET-TEXT" });
    expect(outcome).toBe(4403);
    expect(reason).toMatch(/^X-Etna-Token: .*"east"/);
    expect(reason).not.toContain("SECRET");
  });

  test("a server's name of long letters too: a close frame has room for 123 bytes", async () => {
    const { outcome, reason } = await open({ "X-Etna-Token": `${"→".repeat(60)}=SECRET-TEXT` });
    expect(outcome).toBe(4403);
    expect(reason).toMatch(/^X-Etna-Token: there is no LAVA server "→+$/);
  });

  test("a token that no header can carry closes it likewise", async () => {
    const { outcome, reason } = await open({ "X-Etna-Token": "north=SECRET\u2192" });
    expect(outcome).toBe(4403);
    expect(reason).toMatch(/^X-Etna-Token: the token has characters/);
    expect(reason).not.toContain("SECRET");
  });

  test("bad ones leave the gateway and other sockets as they were", async () => {
    const { socket, outcome } = await open({ Authorization: `Token ${alice}` });
    expect(outcome).toBe("open");
    expect((await open({ Authorization: "Bearer x" })).outcome).toBe(4403);
    const answer = once(socket, "message") as Promise<[Buffer]>;
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: WHO } }));
    expect((await answer)[0].toString()).toContain("alice");
    socket.terminate();
  });
});

test("a token that no header can carry is refused before any server is asked", async () => {
  north.requests.reset();
  const { errors } = await gateway.query(WHO, {}, { "X-Etna-Token": "north=tok\u00e9n" });
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "X-Etna-Token" } }]);
  expect(north.requests.total()).toBe(0);
});

describe("plain http to a host that is not loopback", () => {
  // `.invalid` never resolves (RFC 2606): whoever tries to connect gets another error.
  const far = { url: "http://etna-test.invalid/", events: "poll" as const };
  const LIST = `{ testJobs(first: 1) { nodes { jobId resultCounts { pass } } } viewer { accounts { user } } testJob(jobId: "1") { log { lineCount } } }`;

  test("carries no token: the viewer is refused before any connection is made; anonymous is let through", async () => {
    await withGateway({ lava: [far] }, async (own) => {
      const refused = await own.query(LIST, {}, asUser(alice));
      expect(codesOf(refused)).toEqual([
        "testJob: UPSTREAM_DENIED",
        "testJobs: UPSTREAM_DENIED",
        "viewer.accounts.0.user: UPSTREAM_DENIED",
      ]);
      expect(refused.errors[0]?.message).toMatch(/https.*insecure: true/);
      const changed = await own.query(
        `mutation ($d: String!) { submitTestJob(definition: $d) { __typename } cancelTestJob(testJob: { jobId: "1" }) { __typename } }`,
        { d: jobFile("queued") },
        asUser(alice),
      );
      expect(codesOf(changed)).toEqual(["cancelTestJob: UPSTREAM_DENIED", "submitTestJob: UPSTREAM_DENIED"]);
      expect(await own.subscribe(FOLLOW, { jobId: "1" }, asUser(alice)).rest()).toMatchObject([
        { errors: [{ extensions: { code: "UPSTREAM_DENIED" } }] },
      ]);
      // Each attempt to reach the server is a line in the log.
      expect(own.logLines.filter((line) => line.includes("upstream call"))).toEqual([]);

      const anonymous = await own.query(`{ testJobs(first: 1) { nodes { jobId } } }`);
      expect(codesOf(anonymous)).toEqual(["testJobs: UPSTREAM_UNREACHABLE"]);
      expect(own.logLines.filter((line) => line.includes("upstream call"))).not.toEqual([]);
      expect(own.logLines.join("") + JSON.stringify([refused, changed, anonymous])).not.toContain("etna-test.invalid");
    });
  });

  test("carries it where the server's entry says `insecure: true`", async () => {
    await withGateway({ lava: [{ ...far, insecure: true }] }, async (own) => {
      const answer = await own.query(`{ testJobs(first: 1) { nodes { jobId } } }`, {}, asUser(alice));
      expect(codesOf(answer)).toEqual(["testJobs: UPSTREAM_UNREACHABLE"]);
    });
  });
});

describe("the gateway's own token", () => {
  const token = () => new Secret(bob);
  const SECRETS = `{ testJobs(first: 100) { nodes { jobId } } viewer { accounts { user } } servers { ... on LavaServer { user } } }`;

  test("answers nobody", async () => {
    await withGateway({ lava: [{ url: north.url, events: "poll", token: token() }] }, async (own) => {
      const [anonymous, plain] = [await own.query(SECRETS), await gateway.query(SECRETS)];
      expect(anonymous.errors).toEqual([]);
      expect(anonymous.data.viewer.accounts).toEqual([{ user: null }]);
      expect(anonymous.data.servers).toEqual([{ user: null }]);
      expect(anonymous.data.testJobs).toEqual(plain.data.testJobs);
      const [secret = 0] = hidden("group");
      expect(await own.query(`{ testJob(jobId: "${secret}") { jobId } }`)).toMatchObject({
        data: { testJob: null },
        errors: [],
      });
      expect(await own.subscribe(FOLLOW, { jobId: String(secret) }).rest()).toMatchObject([{ errors: [{}] }]);
      const { errors } = await own.query(`mutation ($d: String!) { submitTestJob(definition: $d) { __typename } }`, {
        d: jobFile("queued"),
      });
      expect(errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
    });
  });

  test("answers those who bring none where the entry says `share: true`; who brings one is himself", async () => {
    await withGateway({ lava: [{ url: north.url, events: "poll", token: token(), share: true }] }, async (own) => {
      const anonymous = await own.query(SECRETS);
      expect(anonymous.data.viewer.accounts).toEqual([{ user: "bob" }]);
      const ids = anonymous.data.testJobs.nodes.map(({ jobId }: { jobId: string }) => Number(jobId));
      expect(ids).toEqual(expect.arrayContaining(hidden("group")));
      const viewer = await own.query(SECRETS, {}, asUser(alice));
      expect(viewer.data.viewer.accounts).toEqual([{ user: "alice" }]);
    });
  });
});

/** Numbers of the history's jobs that only some may see. */
function hidden(visibility: "personal" | "group"): number[] {
  return Array.from({ length: JOBS }, (_, at) => at + 1).filter((id) => north.job(id)?.visibility === visibility);
}

test(
  "viewers with different rights ask the same at the same time, two hundred times, and none sees another's jobs",
  { timeout: 60_000 },
  async () => {
    const [groups, personal] = [hidden("group"), hidden("personal")];
    expect(Math.min(groups.length, personal.length)).toBeGreaterThan(0);
    const query = `query ($ids: [ID!]!, $job: ID!) {
    testJobs(first: 100, server: "north") { totalCount nodes { jobId } }
    runs(first: 100) { nodes { id } }
    nodes(ids: $ids) { id }
    testJob(jobId: $job, server: "north") { jobId suites { id } }
  }`;
    const nodeId = (id: number) => Buffer.from(`TestJob:north:${id}`).toString("base64url");
    const ids = [...groups, ...personal].map(nodeId);
    const viewers = [
      { headers: asUser(bob), sees: groups },
      { headers: asUser(alice), sees: personal },
      { headers: {}, sees: [] as number[] },
      { headers: { "X-Etna-Token": `south=${bob}` }, sees: [] as number[] },
    ];
    const all = Array.from({ length: 50 }, () => viewers).flat();
    const job = String(groups[0]);
    for (let at = 0; at < all.length; at += 20) {
      await Promise.all(
        all.slice(at, at + 20).map(async ({ headers, sees }) => {
          const { data, errors } = await gateway.query(query, { ids, job }, headers);
          expect(errors).toEqual([]);
          const listed = data.testJobs.nodes.map(({ jobId }: { jobId: string }) => Number(jobId));
          const runs = data.runs.nodes.map((node: { id: string }) => node.id);
          const all = [...groups, ...personal];
          expect(listed.filter((id: number) => all.includes(id)).sort()).toEqual([...sees].sort());
          expect(data.testJobs.totalCount).toBe(listed.length);
          expect(runs.filter((id: string) => ids.includes(id)).sort()).toEqual(sees.map(nodeId).sort());
          expect(data.nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual(
            all.map((id) => (sees.includes(id) ? nodeId(id) : null)),
          );
          expect(data.testJob === null).toBe(sees !== groups);
        }),
      );
    }
  },
);
