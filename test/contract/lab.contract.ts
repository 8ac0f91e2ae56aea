// What Etna promises about the lab and its queues over a LAVA, whichever: the sandbox (`npm test`) or a real one
// (`npm run test:lava`).

import { describe, expect, test } from "vitest";
import type { GraphQLAnswer } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";
import { startUsers } from "./users.js";

type Answer = GraphQLAnswer<Record<string, any>>;

export function labContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`the lab contract over ${name}`, () => {
    const users = startUsers(start);

    test("each filter of devices gives just the devices that fit, each once", async () => {
      const list = `query ($filter: DeviceFilter) { devices(first: 100, filter: $filter) { totalCount nodes {
        hostname state health description tags synced deviceType { name } worker { hostname } } } }`;
      // Of types whose devices run nothing here, or not now.
      const still = ["beaglebone-black", "juno", "hi6220-hikey-r2", "bcm2711-rpi-4-b", "fvp"];
      const findDevices = async (filter: Record<string, unknown>) => {
        const { data, errors } = await users.gateway.query(
          list,
          { filter: { deviceTypes: still, ...filter } },
          users.bob,
        );
        expect(errors).toEqual([]);
        expect(data.devices.nodes).toHaveLength(data.devices.totalCount);
        return data.devices.nodes as {
          hostname: string;
          state: string;
          health: string;
          description: string | null;
          tags: string[];
          synced: boolean | null;
          deviceType: { name: string };
        }[];
      };
      const devices = await findDevices({});
      const cases: readonly [Record<string, unknown>, (device: (typeof devices)[number]) => boolean][] = [
        [{ hostname: "BBB" }, ({ hostname }) => hostname.includes("bbb")],
        [{ deviceTypes: ["juno", "fvp"] }, ({ deviceType }) => ["juno", "fvp"].includes(deviceType.name)],
        [
          { tags: ["hdmi", "8gb", "usb-eth"] },
          ({ tags }) => tags.some((tag) => ["hdmi", "8gb", "usb-eth"].includes(tag)),
        ],
        [{ tags: ["8gb"] }, ({ tags }) => tags.includes("8gb")],
        [{ healths: ["GOOD", "BAD"] }, ({ health }) => ["GOOD", "BAD"].includes(health)],
        [{ states: ["IDLE", "RESERVED", "RUNNING"] }, () => true],
        [
          { healths: ["MAINTENANCE", "LOOPING"], states: ["IDLE"] },
          (d) => ["MAINTENANCE", "LOOPING"].includes(d.health) && d.state === "IDLE",
        ],
        [{ text: "POWER" }, ({ description }) => description?.includes("power") === true],
        [{ synced: false }, ({ synced }) => synced === false],
      ];
      for (const [filter, fits] of cases) {
        const names = devices.filter(fits).map(({ hostname }) => hostname);
        expect(
          (await findDevices(filter)).map(({ hostname }) => hostname),
          JSON.stringify(filter),
        ).toEqual(names);
      }
      expect((await findDevices({ healths: ["RETIRED", "BAD"] })).map(({ health }) => health)).toContain("RETIRED");
      expect((await findDevices({ physicalOwners: ["admin"] })).length).toBeGreaterThan(0);
      expect((await findDevices({ physicalOwners: ["admin"] })).length).toBeLessThan(devices.length);
    });

    test("several pages of a list that Etna filters itself join to the whole", async () => {
      const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
        devices(first: $first, after: $after, last: $last, before: $before, filter: { healths: [GOOD, BAD, UNKNOWN] }) {
          nodes { hostname } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
      const whole = (await users.gateway.query(list, { first: 100 })).data.devices.nodes;
      const forward: unknown[] = [];
      for (let after: string | null = null; ;) {
        const { devices } = (await users.gateway.query(list, { first: 2, after })).data as { devices: any };
        forward.push(...devices.nodes);
        if (!devices.pageInfo.hasNextPage) break;
        after = devices.pageInfo.endCursor as string;
      }
      expect(forward).toEqual(whole);
      const last = (await users.gateway.query(list, { last: 3 })).data.devices;
      expect(last.nodes).toEqual(whole.slice(-3));
      expect(last.pageInfo.hasPreviousPage).toBe(true);
    });

    test.each([
      [{ healths: [] }, /filter.healths: is empty/],
      [{ healths: ["UNRECOGNIZED", "BAD"] }, /filter.healths: UNRECOGNIZED/],
      [{ tags: [""] }, /filter.tags: is empty/],
      [{ hostname: " " }, /filter.hostname: begins or ends with white space/],
    ])("the filter %j of devices is refused", async (filter, message) => {
      const { errors } = await users.gateway.query(
        `query ($filter: DeviceFilter) { devices(filter: $filter) { totalCount } }`,
        { filter },
      );
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a device shows its dictionary, its last test jobs and whether there is a health check, to who may see it", async () => {
      const { data, errors } = await users.gateway.query(`{ device(hostname: "qemu-01") {
        written: dictionary(rendered: false) rendered: dictionary arm: dictionary(context: "arch: arm64") hasHealthCheck synced
        lastJobs(first: 3) { totalCount nodes { jobId device { hostname } } } } }`);
      expect(errors).toEqual([]);
      expect(data.device.written).toMatch(/^\{% extends 'qemu\.jinja2' %\}/);
      expect(data.device.rendered).toMatch(/lava_test_sh_cmd/);
      expect(data.device.arm).toMatch(/lava_test_sh_cmd/);
      expect(data.device).toMatchObject({ hasHealthCheck: false, synced: false });
      expect(data.device.lastJobs.nodes.length).toBe(Math.min(3, data.device.lastJobs.totalCount));
      for (const job of data.device.lastJobs.nodes) expect(job.device.hostname).toBe("qemu-01");
      const hidden = `{ device(hostname: "fvp-01") { dictionary } }`;
      expect((await users.gateway.query(hidden, {}, users.alice)).data).toEqual({ device: null });
      expect((await users.gateway.query(hidden, {}, users.bob)).data.device.dictionary).toEqual(expect.any(String));
    });

    test.each(["- a", "a: [", "text", ""])("a dictionary's context %j is refused", async (context) => {
      const { errors } = await users.gateway.query(
        `query ($context: String) { device(hostname: "qemu-01") { dictionary(context: $context) } }`,
        { context },
      );
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/^context: is no YAML/), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a device type counts its devices and its queue, and shows its health check and template", async () => {
      const jobId = await users.submit(jobFile("queued"), users.alice);
      try {
        const { data, errors } = await users.gateway.query(
          `{ deviceTypes(first: 100) { nodes { name template healthCheckDefinition
            healthCheck { frequency denominator disabled }
            deviceCounts { total idle reserved running good unknown looping bad maintenance }
            devices(first: 100) { nodes { state health } }
            queue { length testJobs(first: 100) { totalCount nodes { jobId state deviceType { name } } } } } } }`,
          {},
          users.alice,
        );
        expect(errors).toEqual([]);
        for (const type of data.deviceTypes.nodes) {
          const { devices, queue } = type;
          const counts = type.deviceCounts as Record<string, number>;
          const sum = (...names: string[]) => names.reduce((total, name) => total + (counts[name] ?? NaN), 0);
          const healths = (health: string) =>
            devices.nodes.filter((node: { health: string }) => node.health === health).length;
          expect(counts.total).toBe(devices.nodes.length);
          expect(sum("idle", "reserved", "running")).toBe(counts.total);
          expect(counts).toMatchObject({
            good: healths("GOOD"),
            bad: healths("BAD"),
            maintenance: healths("MAINTENANCE"),
          });
          expect(sum("good", "unknown", "looping", "bad", "maintenance")).toBe(counts.total);
          expect(queue.length).toBe(queue.testJobs.totalCount);
          expect(queue.testJobs.nodes).toHaveLength(queue.length);
          for (const job of queue.testJobs.nodes)
            expect(job).toMatchObject({ state: "SUBMITTED", deviceType: { name: type.name } });
        }
        const queue = data.deviceTypes.nodes.find((type: { name: string }) => type.name === "beaglebone-black").queue;
        const waiting = queue.testJobs.nodes.map((job: { jobId: string }) => Number(job.jobId));
        expect(waiting).toContain(Number(jobId));
        expect(waiting).toEqual([...waiting].sort((a: number, b: number) => a - b));
        expect(data.deviceTypes.nodes.find((type: { name: string }) => type.name === "qemu")).toMatchObject({
          healthCheck: { frequency: 24, denominator: "HOURS", disabled: true },
          healthCheckDefinition: null,
          template: expect.stringMatching(/^\{# device_type: qemu #\}/),
        });
      } finally {
        await users.cancel(jobId, users.alice);
      }
    });

    test("a device type that one may not see is as one that does not exist, wherever it is named", async () => {
      const document = `query ($type: String!) {
        deviceType(name: $type) { name template healthCheckDefinition queue { length } }
        devices(filter: { deviceTypes: [$type] }) { totalCount nodes { hostname } }
        many: devices(filter: { deviceTypes: [$type, "no-such-type-2"] }) { totalCount nodes { hostname } }
        servers { ... on LavaServer { queue(deviceTypes: [$type]) { totalCount nodes { jobId } } } } }`;
      const ask = (type: string, headers: Record<string, string>) => users.gateway.query(document, { type }, headers);
      for (const headers of [{}, users.alice]) {
        const hidden = await ask("fvp", headers);
        expect(hidden).toEqual(await ask("no-such-type", headers));
        expect(hidden.data.deviceType).toBeNull();
        const search = `{ search(text: "fvp") { matched } }`;
        const { data: found } = await users.gateway.query(search, {}, headers);
        // The word may stand in a public job's own text.
        for (const hit of found.search) expect(["DEFINITION", "DESCRIPTION"]).toContain(hit.matched);
        // LAVA may show a job that asked for such a type; the type itself stays hidden.
        const ran = `{ testJobs(filter: { deviceTypes: ["fvp"] }) { nodes { deviceType { name } } } }`;
        for (const job of (await users.gateway.query(ran, {}, headers)).data.testJobs.nodes)
          expect(job).toEqual({ deviceType: null });
        const { data } = await users.gateway.query(`{ deviceTypes(first: 100) { nodes { name } } }`, {}, headers);
        expect(data.deviceTypes.nodes).not.toContainEqual({ name: "fvp" });
      }
      expect((await ask("fvp", users.bob)).data).toMatchObject({
        deviceType: { name: "fvp" },
        devices: { nodes: [{ hostname: "fvp-01" }] },
      });
    });

    test("the server's queue is that of the device types asked for, and hides private jobs", async () => {
      const own = await users.submit(jobFile("queued"), users.alice);
      const secret = await users.submit(
        jobFile("queued").replace("visibility: public", "visibility: personal"),
        users.bob,
      );
      const list = `query ($types: [String!]) { servers { ... on LavaServer { queue(deviceTypes: $types, first: 100) {
        totalCount nodes { jobId } } } } }`;
      const queue = async (types: unknown, headers = {}) => {
        const { data, errors } = await users.gateway.query(list, { types }, headers);
        expect(errors).toEqual([]);
        return data.servers[0].queue.nodes.map((job: { jobId: string }) => job.jobId) as string[];
      };
      try {
        expect(await queue(null)).toContain(own);
        expect(await queue(["beaglebone-black", "qemu"])).toContain(own);
        expect(await queue(["juno"])).not.toContain(own);
        expect(await queue(null)).not.toContain(secret);
        expect(await queue(null, users.alice)).not.toContain(secret);
        expect(await queue(null, users.bob)).toContain(secret);
        const length = `{ deviceType(name: "beaglebone-black") { queue { length } } }`;
        const [seen, all] = [await users.gateway.query(length), await users.gateway.query(length, {}, users.bob)];
        expect(all.data.deviceType.queue.length - seen.data.deviceType.queue.length).toBe(1);
        expect((await users.gateway.query(list, { types: [] })).errors).toMatchObject([
          { extensions: { code: "BAD_USER_INPUT" } },
        ]);
      } finally {
        await users.cancel(own, users.alice);
        await users.cancel(secret, users.bob);
      }
    });

    test("a server tells its settings, its capabilities and its XML-RPC methods with their help", async () => {
      const { data, errors } = await users.gateway.query(`{ servers { version capabilities ... on LavaServer {
        masterConfig { eventTopic eventSocket eventNotification logSizeLimit } methods { name signature help } } } }`);
      expect(errors).toEqual([]);
      const [server] = data.servers;
      expect(server.masterConfig).toMatchObject({
        eventTopic: "org.lavasoftware",
        eventNotification: true,
        logSizeLimit: 5,
      });
      expect(server.masterConfig.eventSocket).toMatch(/^tcp:\/\//);
      // Debian 12's LAVA, and the sandbox after it, is older than all of them.
      if (server.version.startsWith("2023.01")) expect(server.capabilities).toEqual([]);
      const method = (name: string) => server.methods.find((one: { name: string }) => one.name === name);
      expect(method("scheduler.jobs.show")).toMatchObject({
        signature: null,
        help: expect.stringContaining("scheduler.jobs.show"),
      });
      expect(method("system.methodHelp")).toMatchObject({ signature: ["str", "str"] });
    });

    test("tags and aliases are for users, permissions for superusers", async () => {
      const fields = `{ servers { ... on LavaServer { tags { name description } aliases { name deviceType { name } }
        permissions { group permission device { hostname } deviceType { name } } } } }`;
      const denied = (answer: Answer) =>
        answer.errors.map(({ path, extensions }) => [path?.at(-1), extensions.code]).sort();
      const anonymous = await users.gateway.query(fields);
      expect(anonymous.data.servers).toEqual([{ tags: null, aliases: null, permissions: null }]);
      expect(denied(anonymous)).toEqual([
        ["aliases", "UPSTREAM_DENIED"],
        ["permissions", "UPSTREAM_DENIED"],
        ["tags", "UPSTREAM_DENIED"],
      ]);
      const user = await users.gateway.query(fields, {}, users.alice);
      expect(denied(user)).toEqual([["permissions", "UPSTREAM_DENIED"]]);
      expect(user.data.servers[0].tags).toContainEqual({ name: "usb-eth", description: "USB Ethernet dongle" });
      expect(user.data.servers[0].aliases).toContainEqual({ name: "qemu-x86_64", deviceType: { name: "qemu" } });
      const superuser = await users.gateway.query(fields, {}, users.admin);
      expect(superuser.errors).toEqual([]);
      expect(superuser.data.servers[0].permissions).toEqual(
        expect.arrayContaining([
          { group: "secret-team", permission: "view_device", device: { hostname: "fvp-02" }, deviceType: null },
          { group: "secret-team", permission: "submit_to_devicetype", device: null, deviceType: { name: "fvp" } },
        ]),
      );
    });
  });
}
