// Lists of devices, device types and workers through the replica: LAVA's own answers to the same viewer, for the cost of one.

import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { LavaClient } from "../../../src/lava/client/client.js";
import type { Query } from "../../../src/lava/protocol/job-search.js";
import type { Ask } from "../../../src/net/ask.js";
import { NOBODY_LEAVES, OperationScope } from "../../../src/cache/operation-scope.js";
import { createAsk } from "../../../src/net/ask.js";
import { Secret } from "../../../src/net/secret.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandboxOptions } from "../../../src/sandbox/lava/index.js";
import { Random } from "../../../src/sandbox/random.js";
import { untilConnected } from "../../e2e/scene.js";
import { asUser, startGateway } from "../../support/gateway.js";
import { jobFile } from "../../support/job-files.js";
import { BOARDS, RIGHTS_MS, USERS, happen, start } from "./stand.js";

const LONG_MS = 600_001;

function randomQuery(random: Random): Query {
  const query: Record<string, Query[string]> = { ordering: "hostname" };
  const some = (share: number, filter: () => Query) => {
    if (random.chance(share)) Object.assign(query, filter());
  };
  some(0.5, () => ({ limit: random.pick([1, 3, 50]), offset: random.pick([0, 2, 40]) }));
  some(0.2, () => ({ state: random.pick(["Idle", "Running", "Reserved"]) }));
  some(0.2, () => ({ health: random.pick(["Good", "Unknown", "Retired"]) }));
  some(0.2, () => ({ all: true }));
  some(0.2, () => ({ device_type__name: random.pick(["qemu", "beaglebone-black", "none"]) }));
  some(0.2, () => ({ device_type__name__in: "qemu,docker" }));
  some(0.2, () => ({ worker_host__hostname: random.pick(["worker-01", "none"]) }));
  some(0.2, () => ({ hostname__icontains: random.pick(["Board", "0", "ü"]) }));
  some(0.1, () => ({ description__icontains: "a" }));
  some(0.1, () => ({ is_synced: true }));
  // What no row says.
  some(0.1, () => ({ tags__name: "usb" }));
  return query;
}

const lists = async (client: LavaClient, ask: Ask, query: Query) => ({
  devices: await client.devices(query, ask),
  all: await client.allDevices({ device_type__name__in: "qemu,beaglebone-black" }, ask),
  types: await client.deviceTypes({ ordering: "name", limit: 5, offset: 1 }, ask),
  named: await client.deviceTypes({ ordering: "name", name__icontains: "e", limit: 50 }, ask),
  // The moment of the last ping is that of the read.
  workers: (await client.workers({ ordering: "hostname", limit: 50 }, ask)).results.map((worker) => {
    return { ...worker, last_ping: null };
  }),
});

test.each(["2020.12", "2023.01", "2026.10"] as const)(
  "LAVA %s: every list of every viewer is LAVA's own",
  async (version) => {
    const stand = await start({ version, jobs: 40 });
    const { client, plain, ask, heard, later } = stand;
    const random = new Random(5);
    const ids = Array.from({ length: 42 }, (_, at) => at + 1);
    for (let step = 0; step < 25; step += 1) {
      let moved = false;
      for (let nr = random.int(0, 3); nr > 0; nr -= 1) moved = (await happen(stand, random, ids)) || moved;
      await heard();
      // Of rights that are moved no event tells: the promise is that they are seen 30 s later.
      if (moved) later(RIGHTS_MS + 1);
      const query = randomQuery(random);
      const users = random.sample([...USERS], 3);
      // At once, so that they share what may be shared.
      const given = await Promise.all(users.map((user) => lists(client, ask(user), query)));
      for (const [at, user] of users.entries()) {
        const expected = await lists(plain, ask(user), query);
        expect(given[at], `step ${step}, ${user ?? "anonymous"}: ${JSON.stringify(query)}`).toEqual(expected);
      }
    }
  },
);

describe("what a list rests on", () => {
  const counting = async (options: LavaSandboxOptions = {}) => {
    const stand = await start({ jobs: 10, ...options });
    const { client, ask, lava } = stand;
    const query = { ordering: "hostname", limit: 50 };
    const list = async (user: (typeof USERS)[number]) => (await client.devices(query, ask(user))).results;
    // Lists that are asked for again are worth having as a whole.
    await list("alice");
    await list("alice");
    lava.requests.reset();
    return { ...stand, list };
  };

  test("a device's event changes it in every list, without a request", async () => {
    const { lava, list, heard } = await counting();
    await Promise.all([list("bob"), list(null)]);
    const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
    await heard();
    lava.requests.reset();
    await lava.advance(id, "Running");
    await heard();
    const device = lava.job(id)?.device;
    for (const user of ["alice", "bob", null] as const) {
      expect((await list(user)).find(({ hostname }) => hostname === device)?.state).toBe("Running");
    }
    expect(lava.requests.counts()).toEqual({});
  });

  test("a device that was taken from a viewer is gone 30 s later, and one that came to it is there after ten minutes", async () => {
    const { lava, list, later } = await counting();
    const board = BOARDS[0] ?? "";
    const shown = async () => {
      const has = async (user: (typeof USERS)[number]) => (await list(user)).some(({ hostname }) => hostname === board);
      return { alice: await has("alice"), bob: await has("bob"), anonymous: await has(null) };
    };
    expect(await shown()).toEqual({ alice: true, bob: true, anonymous: true });
    lava.restrict(board, ["secret-team"]);
    later(RIGHTS_MS + 1);
    expect(await shown()).toEqual({ alice: false, bob: true, anonymous: false });
    later(LONG_MS);
    expect(await shown()).toEqual({ alice: false, bob: true, anonymous: false });
    lava.restrict(board, ["kernel-team"]);
    later(LONG_MS);
    expect(await shown()).toMatchObject({ alice: true, anonymous: false });
    lava.restrict(board, []);
    later(RIGHTS_MS + 1);
    expect(await shown()).toEqual({ alice: true, bob: true, anonymous: true });
  });

  test("a device that nobody has heard of is looked for with its first event", async () => {
    const { lava, client, list, later } = await counting();
    const board = BOARDS[0] ?? "";
    lava.restrict(board, ["secret-team"]);
    later(LONG_MS);
    const has = async () => (await list("alice")).some(({ hostname }) => hostname === board);
    expect(await has()).toBe(false);
    lava.restrict(board, ["kernel-team"]);
    client.replica?.lab.devices.heard(board);
    expect(await has()).toBe(true);
  });

  test("while the server is away, lists that were shown stand in", async () => {
    const { lava, client, ask, list, later } = await counting();
    await list("bob");
    const before = await list("alice");
    lava.fault = () => ({ kind: "reset" });
    later(RIGHTS_MS - 2_000);
    const as = ask("alice");
    expect((await client.devices({ ordering: "hostname", limit: 50 }, as)).results).toEqual(before);
    expect([...(as.scope?.stale ?? [])]).toEqual(["lava"]);
  });

  test("each viewer's own list is asked for once, not again within 30 s, and not again after it where nothing is hidden", async () => {
    const { lava, list, later } = await counting();
    for (const user of ["alice", "bob", "admin"] as const) await list(user);
    lava.requests.reset();
    for (const user of ["alice", "bob", "admin"] as const) await list(user);
    expect(lava.requests.counts()).toEqual({});
    later(RIGHTS_MS + 1);
    for (const user of ["alice", "bob", "admin"] as const) await list(user);
    // Everybody's list once, and what single viewers are shown besides.
    expect(lava.requests.counts()["GET devices/"]).toBeLessThanOrEqual(3);
  });

  test("a server that wants a login is asked for each viewer", async () => {
    const { lava, list } = await counting({ requireLogin: true });
    expect((await list("alice")).length).toBeGreaterThan(0);
    expect((await list("bob")).length).toBeGreaterThan(0);
    expect(lava.requests.counts()["GET devices/"]).toBeGreaterThan(0);
  });
});

test("20 viewers of a lab in which devices change cost it no request, and see each change", async () => {
  const { lava, client, heard } = await start({ jobs: 30 });
  const asks = Array.from({ length: 20 }, (_, at) => new Secret(`${lava.users.alice.token}.${at}`));
  const screens = () =>
    Promise.all(
      asks.map(async (token) => {
        const ask = createAsk(token, { scope: new OperationScope(NOBODY_LEAVES) });
        const { devices, types } = await lists(client, ask, { ordering: "hostname", limit: 50 });
        expect(types.results.length).toBeGreaterThan(0);
        return devices.results;
      }),
    );
  await screens();
  await screens();
  const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  for (const [state, shown] of [
    ["Scheduled", "Reserved"],
    ["Running", "Running"],
    ["Finished", "Idle"],
  ] as const) {
    lava.requests.reset();
    await lava.advance(id, state);
    await heard();
    const device = lava.job(id)?.device;
    for (const nodes of await screens()) expect(nodes.find(({ hostname }) => hostname === device)?.state).toBe(shown);
    // None, unless the three lists are to be proved again.
    expect(lava.requests.total()).toBeLessThanOrEqual(3);
  }
});

test("a gateway's screen of the lab shows a device's change to all viewers", async () => {
  const lava = await createLavaSandbox({ jobs: 30 });
  onTestFinished(() => lava.close());
  const gateway = await startGateway({ lava: [{ url: lava.url }] });
  onTestFinished(() => gateway.close());
  await untilConnected(gateway);
  const SCREEN = `{
    devices(first: 50) { nodes { hostname state deviceType { name } } totalCount }
    deviceTypes(first: 50) { nodes { name deviceCounts { total } } }
    workers(first: 50) { nodes { hostname state } }
  }`;
  const [id = 0] = lava.submit("alice", jobFile("queued")).map(Number);
  for (const [state, shown] of [
    ["Scheduled", "RESERVED"],
    ["Running", "RUNNING"],
    ["Finished", "IDLE"],
  ] as const) {
    await lava.advance(id, state);
    const device = lava.job(id)?.device;
    await vi.waitFor(async () => {
      for (const nr of [1, 2, 3]) {
        const { data, errors } = await gateway.query(SCREEN, {}, asUser(`${lava.users.alice.token}.${nr}`));
        expect(errors).toEqual([]);
        const nodes: { hostname: string; state: string }[] = data.devices.nodes;
        expect(nodes.find(({ hostname }) => hostname === device)?.state).toBe(shown);
      }
    });
  }
});
