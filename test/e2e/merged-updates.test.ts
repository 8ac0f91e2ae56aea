// Subscriptions over several servers of one system: one stream, one cursor, and what is left of it when a server is down.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { Subscribed, TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";

const POLL_SECONDS = 0.2;

let labs: Record<string, LavaSandbox>;
let farms: Record<string, CuirassSandbox>;
let gateway: TestGateway;

beforeAll(async () => {
  const [north, south, guix, nonguix] = await Promise.all([
    createLavaSandbox({ jobs: 3 }),
    createLavaSandbox({ jobs: 3 }),
    createCuirassSandbox({ evaluations: 4 }),
    createCuirassSandbox({ evaluations: 4 }),
  ]);
  labs = { north, south };
  farms = { guix, nonguix };
  gateway = await startGateway({
    lava: Object.entries(labs).map(([name, { url }]) => ({ name, url })),
    cuirass: Object.entries(farms).map(([name, { url }]) => ({ name, url, poll: POLL_SECONDS })),
  });
  await vi.waitFor(
    async () => {
      const { data } = await gateway.query(`{ servers { ... on LavaServer { events { connected } } } }`);
      const connected = data.servers.map((server: any) => server.events?.connected ?? true);
      expect(connected).not.toContain(false);
    },
    { timeout: 15_000, interval: 50 },
  );
});
afterEach(() => {
  for (const one of [...Object.values(labs), ...Object.values(farms)]) one.fault = undefined;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([...Object.values(labs), ...Object.values(farms)].map((one) => one.close()));
});

interface Heard {
  /** `north 12 RUNNING BUS`. */
  readonly said: string;
  readonly cursor: string;
  readonly expired: boolean;
}

/** What a subscription has told so far, in order. */
function listen(field: string, thing: string, key: string, after?: string): { heard: Heard[]; close: () => void } {
  const document = `subscription ($after: String) { ${field}(after: $after) {
    source cursor cursorExpired ${thing} { ${key} server { name } } ${thing === "build" || thing === "evaluation" ? "status" : "state"} } }`;
  const updates: Subscribed<Record<string, any>> = gateway.subscribe(document, { after });
  const heard: Heard[] = [];
  void (async () => {
    for (let result = await updates.next(); result !== undefined; result = await updates.next()) {
      const update = result.data?.[field];
      if (update == null) {
        const { code, server } = result.errors?.[0]?.extensions ?? {};
        heard.push({ said: `${String(server)} ${String(code)}`, cursor: "", expired: false });
        continue;
      }
      const { [thing]: it, source, cursor, cursorExpired: expired } = update;
      heard.push({ said: [it.server.name, it[key], update.status ?? update.state, source].join(" "), cursor, expired });
    }
  })();
  return { heard, close: () => updates.close() };
}

const saidOf = (heard: readonly Heard[]) => heard.map(({ said }) => said);

async function until(heard: readonly Heard[], ...wanted: readonly (string | RegExp)[]): Promise<void> {
  await vi.waitFor(
    () => {
      for (const one of wanted) {
        const said = saidOf(heard);
        expect(said).toEqual(expect.arrayContaining([typeof one === "string" ? one : expect.stringMatching(one)]));
      }
    },
    { timeout: 30_000, interval: 50 },
  );
}

const submit = (lab: string) => labs[lab]?.submit("alice", jobFile("queued"))[0] ?? "";

describe("testJobUpdates", () => {
  test("tells of both labs, and goes on from one cursor on each of them", async () => {
    const [north, south] = [submit("north"), submit("south")];
    const following = listen("testJobUpdates", "testJob", "jobId");
    await until(following.heard, new RegExp(`^north ${north} `), new RegExp(`^south ${south} `));
    await labs["north"]?.advance(Number(north), "Running");
    await until(following.heard, `north ${north} RUNNING BUS`);
    const last = following.heard.at(-1);
    following.close();
    await labs["south"]?.advance(Number(south), "Finished");
    await labs["north"]?.advance(Number(north), "Finished");
    const again = listen("testJobUpdates", "testJob", "jobId", last?.cursor);
    await until(again.heard, `south ${south} FINISHED BUS`, `north ${north} FINISHED BUS`);
    again.close();
    expect(saidOf(again.heard).filter((said) => said.endsWith("SNAPSHOT"))).toEqual([]);
    expect(again.heard.some(({ expired }) => expired)).toBe(false);
    expect(new Set(saidOf(again.heard)).size).toBe(again.heard.length);
  });

  test("a filter holds for all labs; names want a server", async () => {
    const filtered = gateway.subscribe(`subscription { testJobUpdates(filter: { submitters: ["nobody"] }) { state } }`);
    const refused = gateway.subscribe(`subscription { testJobUpdates(jobIds: ["1"]) { state } }`);
    expect((await refused.next())?.errors?.[0]?.message).toBe(
      "server: is needed with several LAVA servers; known are north, south",
    );
    const id = submit("south");
    const all = listen("testJobUpdates", "testJob", "jobId");
    await until(all.heard, new RegExp(`^south ${id} `));
    all.close();
    filtered.close();
    expect(await filtered.rest()).toEqual([]);
  });

  test("a lab that is down is told of once, and the other goes on", async () => {
    const south = submit("south");
    for (const lab of Object.values(labs)) lab.fault = undefined;
    const north = labs["north"];
    if (north !== undefined) north.fault = () => ({ kind: "status", status: 500 });
    const following = listen("testJobUpdates", "testJob", "jobId");
    await until(following.heard, "north UPSTREAM_FAILED", new RegExp(`^south ${south} `));
    await labs["south"]?.advance(Number(south), "Finished");
    await until(following.heard, `south ${south} FINISHED BUS`);
    if (north !== undefined) north.fault = undefined;
    const id = submit("north");
    await until(following.heard, new RegExp(`^north ${id} `));
    following.close();
    expect(saidOf(following.heard).filter((said) => said === "north UPSTREAM_FAILED")).toHaveLength(1);
  }, 60_000);
});

test.each(["device", "worker"])("%sUpdates tell of both labs", async (thing) => {
  const following = listen(`${thing}Updates`, thing, "hostname");
  await until(following.heard, /^north /, /^south /);
  following.close();
  const again = listen(`${thing}Updates`, thing, "hostname", following.heard.at(-1)?.cursor);
  const id = submit("south");
  await labs["south"]?.advance(Number(id), "Running");
  if (thing === "device") await until(again.heard, /^south \S+ RUNNING BUS$/);
  again.close();
  expect(saidOf(again.heard).filter((said) => said.endsWith("SNAPSHOT"))).toEqual([]);
  await labs["south"]?.advance(Number(id), "Finished");
});

test("buildUpdates and evaluationUpdates tell of both farms, and go on from one cursor", async () => {
  const evaluations = listen("evaluationUpdates", "evaluation", "evaluationId");
  await until(evaluations.heard, /^guix /, /^nonguix /);
  const builds = listen("buildUpdates", "build", "buildId");
  await until(builds.heard, /^guix /, /^nonguix /);
  const cursor = evaluations.heard.at(-1)?.cursor;
  evaluations.close();
  const started = farms["nonguix"]?.startEvaluation("master");
  const again = listen("evaluationUpdates", "evaluation", "evaluationId", cursor);
  await until(again.heard, `nonguix ${started} STARTED POLL`);
  again.close();
  expect(again.heard.some(({ said, expired }) => expired || said.endsWith("SNAPSHOT"))).toBe(false);
  const [under = ""] = saidOf(builds.heard).filter((said) => /^guix \d+ STARTED/.test(said));
  const id = Number(under.split(" ")[1]);
  farms["guix"]?.advance(id, "failed");
  await until(builds.heard, `guix ${id} FAILED POLL`);
  builds.close();
  const refused = gateway.subscribe(`subscription { buildUpdates(buildIds: [1]) { status } }`);
  expect((await refused.next())?.errors?.[0]?.message).toMatch(/^server: is needed with several Cuirass servers/);
});
