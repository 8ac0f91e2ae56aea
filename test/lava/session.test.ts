// A viewer's loaders over the sandbox: what is asked one by one costs few requests, and what can't exist costs none.

import { Memory } from "../../src/cache/memory.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeGlobalId } from "../../src/ci/global-id.js";
import type { PageRequest } from "../../src/ci/page.js";
import { RunOutcome, RunPhase } from "../../src/ci/enums.js";
import type { RunFilter } from "../../src/ci/session.js";
import { ANONYMOUS, readCredentials } from "../../src/ci/viewer.js";
import type { Credentials } from "../../src/ci/viewer.js";
import { parseJobId, toJobId } from "../../src/lava/protocol/ids.js";
import type { LavaSubId } from "../../src/lava/protocol/ids.js";
import { createLava } from "../../src/lava/index.js";
import type { Lava, LavaView } from "../../src/lava/index.js";
import { Secret } from "../../src/net/secret.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { ANONYMOUS_ENTRY } from "../support/entries.js";
import { jobFile } from "../support/job-files.js";

/** Of the sandbox's history: a job of secret-team, and the numbers of the multinode job's nodes. */
const SECRET = 8;
const PAIR = [11, 12] as const;

let sandbox: LavaSandbox;
let lava: Lava;
/** Path and query of each request, decoded. */
let paths: string[];
beforeAll(async () => {
  sandbox = await createLavaSandbox({ events: false });
  lava = createLava([{ ...ANONYMOUS_ENTRY, name: "lab", url: new URL(sandbox.url), events: "poll" }], {
    memory: new Memory(0),
  });
});
afterAll(async () => {
  await lava.close();
  await sandbox.close();
});
beforeEach(() => {
  sandbox.requests.reset();
  paths = [];
  sandbox.fault = ({ path }) => {
    paths.push(decodeURIComponent(path));
    return undefined;
  };
});

const as = (user?: "alice" | "bob"): Credentials =>
  user === undefined ? ANONYMOUS : readCredentials(`Token ${sandbox.users[user].token}`, []);
const viewOf = (user?: "alice" | "bob"): LavaView => lava.createSession(as(user)).view(null);
const subId = (text: string) => parseJobId(text) as LavaSubId;

describe("test jobs", () => {
  it("that are asked for in the same moment cost one request, and none the second time", async () => {
    const view = viewOf();
    const ask = () => Promise.all([3, 1, 2, 1, 999_999, SECRET].map((id) => view.testJob(toJobId(id))));
    expect((await ask()).map((job) => job?.nativeId ?? null)).toEqual([3, 1, 2, 1, null, null]);
    await ask();
    expect(sandbox.requests.counts()).toEqual({ "GET jobs/": 1 });
    expect(paths[0]).toContain(`id__in=3,1,2,999999,${SECRET}`);
  });

  it("of a page are known already", async () => {
    const session = lava.createSession(ANONYMOUS);
    const [source] = session.runs({ ...ANY, phases: [RunPhase.FINISHED] });
    const page = await source?.page({ direction: "forward", count: 5, cursor: null });
    expect(page?.items).toHaveLength(5);
    for (const { node } of page?.items ?? []) {
      await session.node("TestJob", "lab", node.url.split("/").at(-1) ?? "");
    }
    expect(sandbox.requests.counts()).toEqual({ "GET jobs/": 1 });
  });

  it("are read anew after `renew`", async () => {
    const session = lava.createSession(ANONYMOUS);
    const [id = ""] = sandbox.submit("alice", jobFile("queued"));
    const state = async () => (await session.view("lab").testJob(toJobId(Number(id))))?.state;
    expect(await state()).toBe("SUBMITTED");
    await sandbox.advance(Number(id), "Finished", { health: "Canceled" });
    expect(await state()).toBe("SUBMITTED");
    session.renew();
    expect(await state()).toBe("FINISHED");
  });

  it("fail together when the server fails", async () => {
    sandbox.fault = () => ({ kind: "status", status: 500 });
    const view = viewOf();
    const asked = [1, 2].map((id) => view.testJob(toJobId(id)));
    for (const failing of await Promise.allSettled(asked)) {
      expect(failing).toMatchObject({ status: "rejected", reason: { kind: "UpstreamFailed", server: "lab" } });
    }
    expect(sandbox.requests.total()).toBe(1);
  });
});

describe("a sub id", () => {
  const native = (id: string, user?: "alice" | "bob") => viewOf(user).nativeId(subId(id));

  it("leads to the number of its node", async () => {
    expect(await native(`${PAIR[0]}.0`)).toBe(PAIR[0]);
    expect(await native(`${PAIR[0]}.1`, "alice")).toBe(PAIR[1]);
    expect(sandbox.job(PAIR[1])?.displayId).toBe(`${PAIR[0]}.1`);
  });

  it("leads there also when it is not the next number", async () => {
    // The next number is another job's, as when LAVA gave it away between the group's nodes.
    const group = 5_000;
    const shown = { tags: [], visibility: "Public" };
    let calls = 0;
    sandbox.fault = ({ rpcMethod }) => {
      if (rpcMethod !== "system.multicall") return undefined;
      calls += 1;
      if (calls === 1) return { kind: "json", body: [[{ id: group + 1, ...shown }]] };
      if (calls === 2) return { kind: "json", body: [[{ id: `${group}.1`, ...shown }]] };
      // Half of the numbers in each of two requests, from the next but one on.
      const half = Array.from({ length: 10 }, (_, at) => [{ id: at === 3 ? `${group}.1` : at, ...shown }]);
      return { kind: "json", body: half };
    };
    expect(await native(`${group}.1`)).toBe(group + 5);
  });

  it("is null when there is none, when it is not visible, and when the number is another job", async () => {
    expect(await native(`${PAIR[0]}.7`)).toBeNull();
    expect(await native("999999.0")).toBeNull();
    expect(await native("1.0")).toBeNull();
  });

  it("asks nothing for a plain number", async () => {
    expect(await viewOf().nativeId(toJobId(5))).toBe(5);
    expect(sandbox.requests.total()).toBe(0);
  });
});

describe("devices, types and workers", () => {
  it("that are asked for in the same moment cost one request for each kind", async () => {
    const view = viewOf();
    const [devices, types, workers] = await Promise.all([
      Promise.all(["qemu-02", "qemu-01", "nope", "fvp-02"].map((name) => view.device(name))),
      Promise.all(["qemu", "fvp", "nope"].map((name) => view.deviceType(name))),
      Promise.all(["worker-01", "nope"].map((name) => view.worker(name))),
    ]);
    expect(devices.map((device) => device?.hostname ?? null)).toEqual(["qemu-02", "qemu-01", null, null]);
    expect(types.map((type) => type?.name ?? null)).toEqual(["qemu", null, null]);
    expect(workers.map((worker) => worker?.hostname ?? null)).toEqual(["worker-01", null]);
    expect(sandbox.requests.counts()).toEqual({ "GET devices/": 1, "GET devicetypes/": 1, "GET workers/": 1 });
  });

  it("show a viewer what the viewer may see", async () => {
    expect(await viewOf("bob").device("fvp-02")).toMatchObject({ hostname: "fvp-02" });
    expect(await viewOf("alice").device("fvp-02")).toBeNull();
  });

  it.each(["qemu-01,qemu-02", "", "a b", "é", "x".repeat(201), "a/b", "a\nb"])(
    "are never asked for by the name %j, which would break a list",
    async (name) => {
      const view = viewOf();
      expect(await Promise.all([view.device(name), view.deviceType(name), view.worker(name)])).toEqual([
        null,
        null,
        null,
      ]);
      expect(sandbox.requests.total()).toBe(0);
      expect(await Promise.all([view.device(name), view.device("qemu-01")])).toMatchObject([
        null,
        { hostname: "qemu-01" },
      ]);
      expect(paths).toHaveLength(1);
      expect(new URL(paths[0] ?? "", sandbox.url).searchParams.get("hostname__in")).toBe("qemu-01");
    },
  );
});

describe("lists that are paged by offset", () => {
  const pageOf = async (request: PageRequest) => {
    const { items, hasNextPage, hasPreviousPage, totalCount } = await viewOf().workers(request);
    return { names: items.map(({ node }) => node.hostname), items, hasNextPage, hasPreviousPage, totalCount };
  };

  it("join to the whole list in both directions", async () => {
    const whole = await pageOf({ direction: "forward", count: 100, cursor: null });
    expect(whole.totalCount).toBe(whole.names.length);
    expect(whole.names.length).toBeGreaterThan(4);
    const forward: string[] = [];
    for (let cursor: string | null = null; ;) {
      const page = await pageOf({ direction: "forward", count: 2, cursor });
      forward.push(...page.names);
      cursor = page.items.at(-1)?.cursor ?? null;
      if (!page.hasNextPage) break;
    }
    expect(forward).toEqual(whole.names);
    const backward: string[] = [];
    for (let cursor: string | null = null; ;) {
      const page = await pageOf({ direction: "backward", count: 2, cursor });
      backward.unshift(...page.names);
      cursor = page.items[0]?.cursor ?? null;
      if (!page.hasPreviousPage) break;
    }
    expect(backward).toEqual(whole.names);
  });

  it("give nothing for nothing, though LAVA takes 0 for 50", async () => {
    expect(await pageOf({ direction: "forward", count: 0, cursor: null })).toMatchObject({
      names: [],
      hasNextPage: true,
    });
    expect(await pageOf({ direction: "backward", count: 0, cursor: null })).toMatchObject({
      names: [],
      hasPreviousPage: true,
    });
  });

  it("refuse a cursor that is no place", async () => {
    await expect(pageOf({ direction: "forward", count: 1, cursor: "worker-01" })).rejects.toThrow("after: is not");
  });
});

const ANY: RunFilter = {
  kinds: null,
  phases: null,
  outcomes: null,
  createdAfter: null,
  createdBefore: null,
  text: null,
};

describe("runs", () => {
  const names = async (filter: Partial<RunFilter>) => {
    const [source] = lava.createSession(ANONYMOUS).runs({ ...ANY, ...filter });
    const page = await source?.page({ direction: "forward", count: 100, cursor: null });
    return page?.items.map(({ node }) => node) ?? [];
  };

  it("can be asked for by phase and outcome", async () => {
    for (const phase of Object.values(RunPhase)) {
      expect((await names({ phases: [phase] })).map((run) => run.phase).filter((found) => found !== phase)).toEqual([]);
    }
    expect(await names({ phases: [RunPhase.QUEUED] })).not.toEqual([]);
    for (const outcome of [RunOutcome.SUCCEEDED, RunOutcome.FAILED, RunOutcome.CANCELED, RunOutcome.PENDING]) {
      const found = await names({ outcomes: [outcome] });
      expect(found).not.toEqual([]);
      expect(found.map((run) => run.outcome).filter((other) => other !== outcome)).toEqual([]);
    }
  });

  it("that can't exist cost no request", async () => {
    expect(await names({ phases: [RunPhase.RUNNING], outcomes: [RunOutcome.FAILED] })).toEqual([]);
    expect(await names({ outcomes: [RunOutcome.UNRECOGNIZED] })).toEqual([]);
    expect(sandbox.requests.total()).toBe(0);
  });
});

describe("node", () => {
  it("is undefined for what is not LAVA's, and null for what there is not", async () => {
    const session = lava.createSession(ANONYMOUS);
    expect(session.node("TestJob", "other", "1")).toBeUndefined();
    expect(session.node("Build", "lab", "1")).toBeUndefined();
    for (const [type, key] of [
      ["TestJob", "999999"],
      ["TestJob", "junk"],
      ["TestJob", String(SECRET)],
      ["TestSuite", "1/nope"],
      ["TestSuite", "junk"],
      ["TestCase", `${SECRET}/1`],
      ["Device", "nope"],
      ["DeviceType", "nope"],
      ["Worker", "nope"],
    ] as const) {
      expect([type, key, await session.node(type, "lab", key)]).toEqual([type, key, null]);
    }
  });

  it("gives each thing again by its own id", async () => {
    const session = lava.createSession(ANONYMOUS);
    const view = session.view("lab");
    const suites = (await view.suites(toJobId(1))) ?? [];
    expect(suites.length).toBeGreaterThan(1);
    const things = [
      await view.testJob(toJobId(1)),
      await view.device("qemu-01"),
      await view.deviceType("qemu"),
      await view.worker("worker-01"),
      suites[0] ?? null,
      view.toServer(),
    ];
    for (const thing of things) {
      const [typeName = "", server = "", ...key] = Buffer.from(thing?.id ?? "", "base64url")
        .toString()
        .split(":");
      expect(encodeGlobalId(typeName, server, key.join(":"))).toBe(thing?.id);
      expect(await session.node(typeName, server, key.join(":"))).toMatchObject({ id: thing?.id });
    }
  });
});

describe("whose token is used", () => {
  const own = new Secret("own");
  const tokenOf = async (share: boolean, credentials: Credentials) => {
    const configured = createLava(
      [{ ...ANONYMOUS_ENTRY, name: "lab", url: new URL(sandbox.url), token: own, share, events: "poll" }],
      { memory: new Memory(0) },
    );
    const { token } = configured.createSession(credentials).view("lab").ask;
    await configured.close();
    return token?.reveal() ?? null;
  };

  it("is the viewer's, and the gateway's own only where it is shared", async () => {
    expect(await tokenOf(false, ANONYMOUS)).toBeNull();
    expect(await tokenOf(true, ANONYMOUS)).toBe("own");
    for (const share of [true, false]) {
      expect(await tokenOf(share, readCredentials("Token mine", []))).toBe("mine");
      expect(await tokenOf(share, readCredentials("Token mine", ["lab=special"]))).toBe("special");
      expect(await tokenOf(share, readCredentials("Token mine", ["other=special"]))).toBe("mine");
    }
  });
});

it("parses a definition once, and gives null for one that is none", async () => {
  const view = viewOf();
  const job = await view.testJob(toJobId(1));
  if (job === null) throw new Error("the sandbox has no job 1");
  const definition = view.definitionOf(job);
  expect(definition?.name).toBe(job.name);
  expect(view.definitionOf(job)).toBe(definition);
  const broken = view.toTestJob({ ...job.wire, definition: "a: [" });
  expect(view.definitionOf(broken)).toBeNull();
});
