// Everything Etna asks of a LAVA, over the sandbox: how many requests it takes, for whom, and what goes wrong.

import { Upstream } from "../../../src/cache/upstream.js";
import { createAsk } from "../../../src/net/ask.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { UpstreamError } from "../../../src/errors.js";
import { LavaClient } from "../../../src/lava/client/client.js";
import { parseJobId, toJobId } from "../../../src/lava/protocol/ids.js";
import type { LavaSubId } from "../../../src/lava/protocol/ids.js";
import { HttpClient } from "../../../src/net/http.js";
import { Secret } from "../../../src/net/secret.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { jobFile } from "../../support/job-files.js";

let lava: LavaSandbox;
let client: LavaClient;
let alice: Secret;
let bob: Secret;
beforeAll(async () => {
  lava = await createLavaSandbox({ events: false });
  alice = new Secret(lava.users.alice.token);
  bob = new Secret(lava.users.bob.token);
});
afterAll(() => lava.close());
beforeEach(() => {
  client = clientOf();
  lava.requests.reset();
  lava.fault = undefined;
});
const connections: HttpClient[] = [];
afterEach(() => Promise.all(connections.splice(0).map((http) => http.close())));

function clientOf(): LavaClient {
  const limits = { retryDelayMs: 1 };
  const http = new HttpClient({ server: "lab", baseUrl: new URL(lava.url), limits });
  connections.push(http);
  return new LavaClient(new Upstream(http));
}
const failure = async (promise: Promise<unknown>): Promise<UpstreamError> => {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
};
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => toJobId(from + at));
/** Of the sandbox's history: a job of secret-team, which bob is in and alice is not. */
const SECRET = toJobId(8);

describe("jobsById", () => {
  it("asks for 200 at a time, and leaves out what is unknown or not visible", async () => {
    const paths: string[] = [];
    lava.fault = ({ path }) => {
      paths.push(decodeURIComponent(path));
      return undefined;
    };
    const jobs = await client.jobsById(ids(1, 450), createAsk(null));
    const lists = paths.map((path) => /id__in=([\d,]+)/.exec(path)?.[1]?.split(",") ?? []);
    expect(lists.map((list) => list.length).sort((a, b) => b - a)).toEqual([200, 200, 50]);
    expect(new Set(lists.flat()).size).toBe(450);

    const found = jobs.map(({ id }) => id);
    expect(found).toContain(1);
    expect(found).not.toContain(SECRET);
    expect(found.every((id) => lava.job(id) !== undefined)).toBe(true);
    expect((await client.jobsById(ids(1, 100), createAsk(bob))).map(({ id }) => id)).toContain(SECRET);
  });

  it("asks nothing for nothing", async () => {
    expect(await client.jobsById([], createAsk(null))).toEqual([]);
    expect(lava.requests.total()).toBe(0);
  });

  it("lets no field in that is not named, such as a superuser's tokens", async () => {
    const [job] = await client.jobsById([toJobId(1)], createAsk(new Secret(lava.users.admin.token)));
    expect(job).toMatchObject({ id: 1, state: "Finished" });
    expect(Object.keys(job ?? {})).not.toContain("token");
  });
});

describe("whoami", () => {
  it("asks once for a token, also when many ask at the same time", async () => {
    const again = new Secret(alice.reveal());
    expect(
      await Promise.all([
        client.whoami(createAsk(alice)),
        client.whoami(createAsk(again)),
        client.whoami(createAsk(bob)),
      ]),
    ).toEqual(["alice", "alice", "bob"]);
    expect(await client.whoami(createAsk(alice))).toBe("alice");
    expect(lava.requests.counts()).toEqual({ "GET system/whoami/": 2 });
  });

  it("asks again when LAVA's word on the token is too old", async () => {
    expect(await client.whoami(createAsk(alice))).toBe("alice");
    const before = performance.now();
    const later = vi.spyOn(performance, "now");
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    later.mockImplementation(() => before + 29_000);
    await client.whoami(createAsk(alice));
    expect(lava.requests.total()).toBe(1);
    later.mockImplementation(() => before + 31_000);
    lava.fault = () => ({ kind: "status", status: 403 });
    onTestFinished(() => (lava.fault = undefined));
    expect(await failure(client.whoami(createAsk(alice)))).toMatchObject({ kind: "UpstreamDenied" });
  });

  it("asks nothing for anonymous", async () => {
    expect(await client.whoami(createAsk(null))).toBeNull();
    expect(lava.requests.total()).toBe(0);
  });

  it("refuses a token that LAVA does not know, and asks again the next time", async () => {
    const wrong = new Secret("hunter2");
    for (const round of [1, 2]) {
      const error = await failure(client.whoami(createAsk(wrong)));
      expect(error).toMatchObject({ kind: "UpstreamDenied", status: 403, operation: "GET system/whoami/" });
      expect(error.message).not.toContain("hunter2");
      expect(lava.requests.total()).toBe(round);
    }
  });
});

describe("a token", () => {
  it("is sent to no server that it must not travel to, whatever is asked", async () => {
    // Refused before anything is sent: nobody listens there.
    const http = new HttpClient({ server: "lab", baseUrl: new URL("http://lab.invalid/") });
    connections.push(http);
    const plain = new LavaClient(new Upstream(http));
    for (const ask of [
      () => plain.jobs({}, createAsk(alice)),
      () => plain.jobsById([toJobId(1)], createAsk(alice)),
      () => plain.devices({}, createAsk(alice)),
      () => plain.deviceTypes({}, createAsk(alice)),
      () => plain.workers({}, createAsk(alice)),
      () => plain.whoami(createAsk(alice)),
      () => plain.showJobs([toJobId(1)], createAsk(alice)),
      () => plain.showDevices(["qemu-01"], createAsk(alice)),
      () => plain.log(toJobId(1), 0, 1, createAsk(alice)),
      () => plain.logTail(toJobId(1), 0, 1, createAsk(alice)),
      () => plain.publisherAddress(createAsk(alice)),
      () => plain.publishesEvents(createAsk(alice)),
    ]) {
      expect(await failure(ask())).toMatchObject({
        kind: "UpstreamDenied",
        message: expect.stringContaining("a token is not sent over plain http"),
      });
    }
    // Results come one by one, each with its own error.
    expect(await plain.results.ofJobs([toJobId(1)], createAsk(alice))).toMatchObject([{ kind: "UpstreamDenied" }]);
    // Without a token it is asked, though nobody is there.
    expect(await failure(plain.jobs({ limit: 1 }, createAsk(null)))).toMatchObject({ kind: "UpstreamUnreachable" });
  });
});

describe("showJobs", () => {
  it.each([
    [5, 1],
    [6, 2],
    [40, 2],
    [101, 3],
  ])("asks for %i jobs in %i requests", async (jobs, requests) => {
    await client.whoami(createAsk(alice));
    lava.requests.reset();
    expect(await client.showJobs(ids(1, jobs), createAsk(alice))).toHaveLength(jobs);
    expect(lava.requests.counts()).toEqual({ "RPC system.multicall": requests });
  });

  it("gives null for what is unknown or not visible, in its place", async () => {
    const asked = [toJobId(1), SECRET, toJobId(999_999)];
    expect(await client.showJobs(asked, createAsk(alice))).toEqual([
      { id: 1, tags: ["usb-eth"], visibility: "Public" },
      null,
      null,
    ]);
    expect(await client.showJobs(asked, createAsk(null))).toMatchObject([{ id: 1 }, null, null]);
    expect(await client.showJobs(asked, createAsk(bob))).toMatchObject([
      {},
      { visibility: "Group (secret-team)" },
      null,
    ]);
  });

  it("knows a node of a multinode job by number and by sub id", async () => {
    const [first = "", second = ""] = lava.submit("alice", jobFile("qemu-multinode"));
    const group = Number(first.split(".")[0]);
    const asked = [toJobId(group + 1), parseJobId(second) as LavaSubId];
    expect(await client.showJobs(asked, createAsk(null))).toMatchObject([{ id: second }, { id: second }]);
  });

  it("puts an answer that does not decode in its own place", async () => {
    lava.fault = ({ rpcMethod }) =>
      rpcMethod === "system.multicall"
        ? { kind: "json", body: [[{ id: 1, tags: [], visibility: "Public" }], [{ id: 2, tags: "none" }], 5] }
        : undefined;
    const [good, odd, worse] = await client.showJobs(ids(1, 3), createAsk(alice));
    expect(good).toMatchObject({ id: 1 });
    expect(odd).toMatchObject({ kind: "UpstreamMalformed", message: expect.stringContaining("at tags") });
    expect(worse).toMatchObject({ kind: "UpstreamMalformed" });
  });

  it("throws when the whole answer is of another length", async () => {
    lava.fault = ({ rpcMethod }) => (rpcMethod === "system.multicall" ? { kind: "json", body: [[1]] } : undefined);
    expect(await failure(client.showJobs(ids(1, 2), createAsk(alice)))).toMatchObject({ kind: "UpstreamMalformed" });
  });
});

describe("showDevices", () => {
  it("tells tags and the current job, and hides a restricted device", async () => {
    expect(await client.showDevices(["rpi4-01", "nope", "fvp-02"], createAsk(null))).toMatchObject([
      { current_job: null, tags: ["8gb", "hdmi"] },
      null,
      null,
    ]);
    expect(await client.showDevices(["fvp-02"], createAsk(bob))).toMatchObject([{ tags: [] }]);
  });
});

describe("results.ofJobs", () => {
  it("asks for each job alone as anonymous, and for a handful at once with a token", async () => {
    const asked = ids(1, 10);
    const anonymous = await client.results.ofJobs(asked, createAsk(null));
    expect(lava.requests.counts()).toEqual({ "GET jobs/ID/csv/": 10 });
    lava.requests.reset();
    expect(await client.results.ofJobs(asked, createAsk(alice))).toEqual(anonymous);
    expect(lava.requests.counts()).toEqual({ "GET system/whoami/": 1, "RPC system.multicall": 2 });
  });

  it("gives null for what is unknown or not visible, in its place", async () => {
    const asked = [SECRET, toJobId(1), toJobId(999_999)];
    for (const token of [null, alice]) {
      const answers = await client.results.ofJobs(asked, createAsk(token));
      expect(answers.map((answer) => (answer === null ? null : typeof answer))).toEqual([null, "object", null]);
    }
    expect((await client.results.ofJobs(asked, createAsk(bob)))[0]).toBeInstanceOf(Array);
  });

  it("puts a CSV that breaks off in its own place", async () => {
    lava.fault = ({ path }) =>
      path.includes("/jobs/2/")
        ? { kind: "status", status: 200, body: 'job,suite\n"a', contentType: "text/csv" }
        : undefined;
    const [good, broken] = await client.results.ofJobs(ids(1, 2), createAsk(null));
    expect(good).toBeInstanceOf(Array);
    expect(broken).toMatchObject({ kind: "UpstreamMalformed", operation: "GET jobs/ID/csv/" });
  });
});

describe("the log", () => {
  it("is a window of lines, and null where there is none", async () => {
    const text = async (start: number, end: number | null) => {
      const stream = await client.log(toJobId(1), start, end, createAsk(null));
      if (stream === null) return null;
      const chunks: Buffer[] = [];
      for await (const chunk of stream.body) chunks.push(chunk);
      return Buffer.concat(chunks).toString().split("\n").length - 1;
    };
    const lines = lava.job(1)?.logLines ?? 0;
    expect(await text(0, 5)).toBe(5);
    expect(await text(0, null)).toBe(lines);
    expect(await text(lines - 2, lines + 100)).toBe(2);
    expect(await text(lines, lines + 100)).toBeNull();
    expect(await client.log(SECRET, 0, 5, createAsk(alice))).toBeNull();
  });

  it("comes with the job's end in one answer where it is followed", async () => {
    const lines = lava.job(1)?.logLines ?? 0;
    expect(await client.logTail(toJobId(1), lines - 1, lines + 5, createAsk(null))).toEqual({
      lines: [expect.stringMatching(/^- \{/)],
      finished: true,
    });
    expect(await client.logTail(toJobId(1), lines, lines + 5, createAsk(null))).toMatchObject({
      lines: [],
      finished: true,
    });
    const [queued = ""] = lava.submit("alice", jobFile("queued"));
    expect(await client.logTail(toJobId(Number(queued)), 0, 5, createAsk(null))).toEqual({
      lines: [],
      finished: false,
    });
    expect(await client.logTail(SECRET, 0, 5, createAsk(alice))).toBeNull();
    expect(await client.logTail(toJobId(999_999), 0, 5, createAsk(alice))).toBeNull();
  });
});

describe("a server that fails", () => {
  it("answers with a page: malformed", async () => {
    lava.fault = () => ({ kind: "html" });
    expect(await failure(client.jobs({}, createAsk(null)))).toMatchObject({
      kind: "UpstreamMalformed",
      message: "lab: GET jobs/: not JSON: an HTML page",
    });
    expect(await failure(client.showJobs([toJobId(1)], createAsk(null)))).toMatchObject({ kind: "UpstreamMalformed" });
  });

  it("does not know the path: rejected, not empty", async () => {
    lava.fault = () => ({
      kind: "status",
      status: 404,
      body: '{"detail": "Not found."}',
      contentType: "application/json",
    });
    expect(await failure(client.workers({}, createAsk(null)))).toMatchObject({ kind: "UpstreamRejected", status: 404 });
    expect(await failure(client.version(createAsk(null)))).toMatchObject({ kind: "UpstreamRejected", status: 404 });
  });

  it("resets the connection once: a read is not the worse for it", async () => {
    let resets = 0;
    lava.fault = () => (resets++ % 2 === 0 ? { kind: "reset" } : undefined);
    expect(await client.version(createAsk(null))).toBe("2023.01");
    expect(await client.showJobs([toJobId(1)], createAsk(null))).toMatchObject([{ id: 1 }]);
    expect(resets).toBe(4);
  });

  it("wants a login: denied", async () => {
    const closed = await createLavaSandbox({ jobs: 0, events: false, requireLogin: true });
    const http = new HttpClient({ server: "lab", baseUrl: new URL(closed.url) });
    const asking = new LavaClient(new Upstream(http));
    expect(await failure(asking.jobs({}, createAsk(null)))).toMatchObject({ kind: "UpstreamDenied", status: 302 });
    expect((await asking.jobs({}, createAsk(alice))).count).toBe(0);
    await http.close();
    await closed.close();
  });
});

it("tells whether and where events are published", async () => {
  expect(await client.publishesEvents(createAsk(null))).toBe(false);
  expect(await client.publisherAddress(createAsk(null))).toMatch(/^tcp:\/\/\*:\d+$/);
});
