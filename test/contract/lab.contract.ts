// What Etna promises about the lab and its lists over a LAVA, whichever: the sandbox (`npm test`) or a real one
// (`npm run test:lava`).

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";

type Answer = Awaited<ReturnType<TestGateway["query"]>>;

interface Job {
  readonly jobId: string;
  readonly submitter: string;
  readonly priority: number;
  readonly healthCheck: boolean;
  readonly name: string;
  readonly createdAt: string;
  readonly definition: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly failureComment: string | null;
  readonly state: string;
  readonly device: { readonly hostname: string; readonly worker: { readonly hostname: string } | null } | null;
  readonly deviceType: { readonly name: string; readonly architecture: string | null } | null;
  readonly tags: readonly string[];
  readonly visibility: string;
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

const JOB = `jobId submitter priority healthCheck name createdAt startedAt finishedAt failureComment state definition tags visibility
  device { hostname worker { hostname } } deviceType { name architecture } metadata { key value }`;
const listOf = (
  fields: string,
) => `query ($filter: TestJobFilter, $orderBy: TestJobOrder, $first: Int, $after: String, $last: Int, $before: String) {
  testJobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { ${fields} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const LIST = listOf("jobId");

export function labContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`the lab contract over ${name}`, () => {
    let target: LavaTarget;
    let gateway: TestGateway;
    let admin: Record<string, string>;
    let alice: Record<string, string>;
    let bob: Record<string, string>;
    /** All that bob may see, newest first. */
    let all: Job[] = [];

    const walk = async (
      variables: Record<string, unknown>,
      headers: Record<string, string>,
      fields: string,
      backward: boolean,
      count: number,
    ) => {
      const jobs: Job[] = [];
      for (let cursor: string | null = null; ;) {
        const page: Record<string, unknown> = backward
          ? { last: count, before: cursor }
          : { first: count, after: cursor };
        const { data, errors }: Answer = await gateway.query(listOf(fields), { ...variables, ...page }, headers);
        expect(errors).toEqual([]);
        if (backward) jobs.unshift(...data.testJobs.nodes);
        else jobs.push(...data.testJobs.nodes);
        const { hasNextPage, hasPreviousPage, startCursor, endCursor } = data.testJobs.pageInfo;
        if (!(backward ? hasPreviousPage : hasNextPage)) return jobs;
        cursor = backward ? startCursor : endCursor;
      }
    };
    /** Ids of all that a filter finds, in pages, as far as they were there before the test: others may submit meanwhile. */
    const find = async (
      filter: unknown,
      headers = bob,
      more: { orderBy?: unknown; backward?: boolean; count?: number } = {},
    ) => {
      const { orderBy, backward = false, count = 40 } = more;
      const known = new Set(idsOf(all));
      return idsOf(await walk({ filter, orderBy }, headers, "jobId", backward, count)).filter((id) => known.has(id));
    };
    const idsOf = (jobs: readonly Job[]) => jobs.map(({ jobId }) => jobId);

    beforeAll(async () => {
      target = await start();
      [admin, alice, bob] = [target.tokens.admin, target.tokens.alice, target.tokens.bob].map(asUser) as [
        Record<string, string>,
        Record<string, string>,
        Record<string, string>,
      ];
      gateway = await startGateway({ lava: [{ url: target.url, publisher: target.eventUrl }] });
      all = await walk({ filter: { states: ["FINISHED"] } }, bob, JOB, false, 50);
    });
    afterAll(() => gateway.close());

    const submit = async (definition: string, token: Record<string, string>): Promise<string> => {
      const { data, errors } = await gateway.query(
        `mutation ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`,
        { definition },
        token,
      );
      expect(errors).toEqual([]);
      return data.submitTestJob.jobIds[0] as string;
    };
    const cancel = (jobId: string, token: Record<string, string>) =>
      gateway.query(`mutation ($jobId: ID!) { cancelTestJob(jobId: $jobId) { state } }`, { jobId }, token);

    test("each filter of test jobs gives just the jobs that fit", async () => {
      const middle = all[Math.floor(all.length / 2)] as Job;
      const tagged = new Set(all.flatMap(({ tags }) => tags));
      const group = all.find(({ visibility }) => visibility.startsWith("Group"));
      const note =
        all
          .find(({ failureComment }) => failureComment !== null)
          ?.failureComment?.slice(0, 6)
          .trim() ?? "";
      const [first] = all as [Job];
      const cases: readonly [Record<string, unknown>, (job: Job) => boolean][] = [
        [{ ids: [first.jobId, middle.jobId, "2147483647"] }, (job) => job === first || job === middle],
        [{ idAfter: middle.jobId }, (job) => Number(job.jobId) > Number(middle.jobId)],
        [
          { idBefore: middle.jobId, idAfter: "3" },
          (job) => Number(job.jobId) < Number(middle.jobId) && Number(job.jobId) > 3,
        ],
        [{ submittedAfter: middle.createdAt }, (job) => job.createdAt > middle.createdAt],
        [{ submittedBefore: middle.createdAt }, (job) => job.createdAt < middle.createdAt],
        [{ endedAfter: middle.finishedAt }, (job) => (job.finishedAt ?? "") > (middle.finishedAt ?? "")],
        [
          { endedBefore: first.finishedAt, endedAfter: middle.finishedAt },
          (job) =>
            (job.finishedAt ?? "") > (middle.finishedAt ?? "") && (job.finishedAt ?? "") < (first.finishedAt ?? ""),
        ],
        [{ priorityFrom: 50 }, (job) => job.priority >= 50],
        [{ priorityFrom: 1, priorityTo: 50 }, (job) => job.priority >= 1 && job.priority <= 50],
        [{ healthCheck: true }, (job) => job.healthCheck],
        [{ healthCheck: false }, (job) => !job.healthCheck],
        [{ submitters: ["alice", "bob"] }, (job) => ["alice", "bob"].includes(job.submitter)],
        [{ submitters: ["bob"] }, (job) => job.submitter === "bob"],
        [{ submitterGroup: "kernel-team" }, (job) => job.submitter === "alice"],
        [{ deviceTypes: ["qemu", "docker"] }, (job) => ["qemu", "docker"].includes(job.deviceType?.name ?? "")],
        [{ architecture: "amd64" }, (job) => job.deviceType?.architecture === "amd64"],
        [
          { devices: ["qemu-01", "board-01", "bbb-01"] },
          (job) => ["qemu-01", "board-01", "bbb-01"].includes(job.device?.hostname ?? ""),
        ],
        [{ worker: "worker-01" }, (job) => job.device?.worker?.hostname === "worker-01"],
        [{ text: first.name.toUpperCase() }, (job) => job.name.toLowerCase().includes(first.name.toLowerCase())],
        [{ definition: "device_type: qemu" }, (job) => job.definition.includes("device_type: qemu")],
        [{ viewingGroup: "secret-team" }, (job) => /\bsecret-team\b/.test(job.visibility)],
        [{ tags: [...tagged] }, (job) => job.tags.some((tag) => tagged.has(tag))],
        [{ failureComment: note }, (job) => job.failureComment?.includes(note) === true],
      ];
      expect(note).not.toBe("");
      expect(group).toBeDefined();
      for (const [filter, fits] of cases) {
        expect(await find({ states: ["FINISHED"], ...filter }), JSON.stringify(filter)).toEqual(
          idsOf(all.filter(fits)),
        );
      }
      // Not by chance: the filters above tell some jobs from others.
      expect(cases.filter(([, fits]) => all.some(fits) && !all.every(fits)).length).toBeGreaterThan(15);
    });

    test("each order joins to the whole list, in both directions", async () => {
      const filter = { states: ["FINISHED"], submitters: ["alice", "bob"] };
      const own = all.filter(({ submitter }) => ["alice", "bob"].includes(submitter));
      const byId = new Map(own.map((job) => [job.jobId, job]));
      for (const field of ["ID", "SUBMITTED_AT", "STARTED_AT", "ENDED_AT"]) {
        for (const direction of ["ASC", "DESC"]) {
          const orderBy = { field, direction };
          const forward = await find(filter, bob, { orderBy, count: 9 });
          expect(await find(filter, bob, { orderBy, count: 9, backward: true })).toEqual(forward);
          expect([...forward].sort()).toEqual(idsOf(own).sort());
          // Of a job canceled in the queue Etna does not show the start that LAVA orders it by.
          const keys = forward
            .map((id) => byId.get(id))
            .flatMap((job) => {
              if (field === "ID") return [job?.jobId.padStart(10, "0")];
              if (field === "STARTED_AT") return job?.startedAt == null ? [] : [job.startedAt];
              return [field === "ENDED_AT" ? job?.finishedAt : job?.createdAt];
            });
          const sorted = [...keys].sort();
          expect(keys).toEqual(direction === "ASC" ? sorted : sorted.reverse());
        }
      }
    });

    test("test jobs that have not started come last in ascending order and first in descending", async () => {
      const queued = [await submit(jobFile("queued"), alice), await submit(jobFile("queued"), alice)];
      try {
        const last = Number(queued[1]);
        const filter = { deviceType: "beaglebone-black", submitter: "alice", idBefore: String(last + 1) };
        const walked = async (direction: string, backward: boolean) =>
          idsOf(await walk({ filter, orderBy: { field: "STARTED_AT", direction } }, alice, "jobId", backward, 3));
        const ascending = await walked("ASC", false);
        expect(ascending.at(-1)).toBe(queued[1]);
        expect(ascending.length).toBeGreaterThan(2);
        expect(await walked("DESC", false)).toEqual(ascending.toReversed());
        expect(await walked("DESC", true)).toEqual(ascending.toReversed());
      } finally {
        for (const jobId of queued) await cancel(jobId, alice);
      }
    });

    test("metadata finds jobs by key and whole value, numbers too, and only for who may see them", async () => {
      const withMetadata = all.filter(({ metadata }) => metadata.length > 0);
      const { key, value } = withMetadata[0]?.metadata[0] ?? { key: "", value: "" };
      const has = (wanted: { key: string; value: string }) => (job: Job) =>
        job.metadata.some((entry) => entry.key === wanted.key && entry.value === wanted.value);
      const withThese = (metadata: unknown, headers = bob) => find({ states: ["FINISHED"], metadata }, headers);
      expect(await withThese([{ key, value }])).toEqual(idsOf(all.filter(has({ key, value }))));
      expect(await withThese([{ key, value: value.slice(0, -1) }])).toEqual([]);
      expect(await withThese([{ key: `${key}x`, value }])).toEqual([]);
      const number = withMetadata.flatMap(({ metadata }) => metadata).find((entry) => /^\d+$/.test(entry.value));
      if (number !== undefined) expect(await withThese([number])).toEqual(idsOf(all.filter(has(number))));
      const hidden = all.find(
        (job) => job.visibility !== "Public" && job.submitter === "bob" && job.metadata.length > 0,
      );
      if (hidden !== undefined) {
        const [entry] = hidden.metadata;
        expect(await withThese([entry])).toContain(hidden.jobId);
        expect(await withThese([entry], {})).not.toContain(hidden.jobId);
      }
      const { data } = await gateway.query(LIST, { filter: { metadata: [{ key, value }] } }, bob);
      expect(data.testJobs.totalCount).toBeNull();
    });

    test.each([
      [{ ids: [] }, /filter.ids: is empty/],
      [{ ids: ["2008.1"] }, /filter.ids: .*sub id/],
      [{ ids: ["x"] }, /filter.ids: "x" is not a test job's id/],
      [{ idAfter: "99999999999" }, /filter.idAfter/],
      [{ submitter: "" }, /filter.submitter: is empty/],
      [{ submitter: "alice", submitters: ["bob"] }, /filter.submitter: give it or submitters/],
      [{ submitters: [] }, /filter.submitters: is empty/],
      [{ submitters: ["a,b", "c"] }, /filter.submitters: a name with a comma/],
      [{ text: "  " }, /filter.text: begins or ends with white space/],
      [{ definition: "x " }, /filter.definition: begins or ends/],
      [{ worker: "a\u0000b" }, /filter.worker: holds a NUL/],
      [{ text: "x".repeat(1001) }, /filter.text: has 1001 characters; allowed are 1000/],
      [{ priorityFrom: 101 }, /filter.priorityFrom: 101 is out of range; allowed is 0 to 100/],
      [{ priorityTo: -1 }, /filter.priorityTo/],
      [{ startedAfter: "0000-01-01T00:00:00Z" }, /filter.startedAfter: is no time between/],
      [{ states: ["UNRECOGNIZED"] }, /filter.states: UNRECOGNIZED/],
      [{ metadata: [] }, /filter.metadata: is empty/],
      [{ metadata: [{ key: "", value: "x" }] }, /filter.metadata.key: is empty/],
      [
        {
          metadata: [
            { key: "a", value: "1" },
            { key: "a", value: "2" },
          ],
        },
        /filter.metadata.key: is given twice/,
      ],
    ])("the filter %j is refused", async (filter, message) => {
      const { data, errors } = await gateway.query(LIST, { filter });
      expect(data.testJobs).toBeNull();
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a cursor of another order is refused", async () => {
      const { data } = await gateway.query(LIST, { first: 1 });
      const after = data.testJobs.pageInfo.endCursor;
      const { errors } = await gateway.query(LIST, { after, orderBy: { field: "ENDED_AT" } });
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    });

    test("each filter of devices gives just the devices that fit, each once", async () => {
      const list = `query ($filter: DeviceFilter) { devices(first: 100, filter: $filter) { totalCount nodes {
        hostname state health description tags synced deviceType { name } worker { hostname } } } }`;
      // Of types whose devices run nothing here, or not now.
      const still = ["beaglebone-black", "juno", "hi6220-hikey-r2", "bcm2711-rpi-4-b", "fvp"];
      const findDevices = async (filter: Record<string, unknown>) => {
        const { data, errors } = await gateway.query(list, { filter: { deviceTypes: still, ...filter } }, bob);
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
      expect((await findDevices({ physicalOwner: "admin" })).length).toBeGreaterThan(0);
      expect((await findDevices({ physicalOwner: "admin" })).length).toBeLessThan(devices.length);
    });

    test("several pages of a list that Etna filters itself join to the whole", async () => {
      const list = `query ($first: Int, $after: String, $last: Int, $before: String) {
        devices(first: $first, after: $after, last: $last, before: $before, filter: { healths: [GOOD, BAD, UNKNOWN] }) {
          nodes { hostname } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
      const whole = (await gateway.query(list, { first: 100 })).data.devices.nodes;
      const forward: unknown[] = [];
      for (let after: string | null = null; ;) {
        const { devices } = (await gateway.query(list, { first: 2, after })).data as { devices: any };
        forward.push(...devices.nodes);
        if (!devices.pageInfo.hasNextPage) break;
        after = devices.pageInfo.endCursor as string;
      }
      expect(forward).toEqual(whole);
      const last = (await gateway.query(list, { last: 3 })).data.devices;
      expect(last.nodes).toEqual(whole.slice(-3));
      expect(last.pageInfo.hasPreviousPage).toBe(true);
    });

    test.each([
      [{ state: "IDLE", states: ["IDLE"] }, /filter.state: give it or states/],
      [{ healths: [] }, /filter.healths: is empty/],
      [{ healths: ["UNRECOGNIZED", "BAD"] }, /filter.healths: UNRECOGNIZED/],
      [{ tags: [""] }, /filter.tags: is empty/],
      [{ hostname: " " }, /filter.hostname: begins or ends with white space/],
    ])("the filter %j of devices is refused", async (filter, message) => {
      const { errors } = await gateway.query(
        `query ($filter: DeviceFilter) { devices(filter: $filter) { totalCount } }`,
        { filter },
      );
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a device shows its dictionary, its last test jobs and whether there is a health check, to who may see it", async () => {
      const { data, errors } = await gateway.query(`{ device(hostname: "qemu-01") {
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
      expect((await gateway.query(hidden, {}, alice)).data).toEqual({ device: null });
      expect((await gateway.query(hidden, {}, bob)).data.device.dictionary).toEqual(expect.any(String));
    });

    test.each(["- a", "a: [", "text", ""])("a dictionary's context %j is refused", async (context) => {
      const { errors } = await gateway.query(
        `query ($context: String) { device(hostname: "qemu-01") { dictionary(context: $context) } }`,
        { context },
      );
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/^context: is no YAML/), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a device type counts its devices and its queue, and shows its health check and template", async () => {
      const jobId = await submit(jobFile("queued"), alice);
      try {
        const { data, errors } = await gateway.query(
          `{ deviceTypes(first: 100) { nodes { name template healthCheckDefinition
            healthCheck { frequency denominator disabled }
            deviceCounts { total idle reserved running good unknown looping bad maintenance }
            devices(first: 100) { nodes { state health } }
            queue { length testJobs(first: 100) { totalCount nodes { jobId state deviceType { name } } } } } } }`,
          {},
          alice,
        );
        expect(errors).toEqual([]);
        for (const type of data.deviceTypes.nodes) {
          const { deviceCounts: counts, devices, queue } = type;
          const healths = (health: string) =>
            devices.nodes.filter((node: { health: string }) => node.health === health).length;
          expect(counts.total).toBe(devices.nodes.length);
          expect(counts.idle + counts.reserved + counts.running).toBe(counts.total);
          expect(counts).toMatchObject({
            good: healths("GOOD"),
            bad: healths("BAD"),
            maintenance: healths("MAINTENANCE"),
          });
          expect(counts.good + counts.unknown + counts.looping + counts.bad + counts.maintenance).toBe(counts.total);
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
        await cancel(jobId, alice);
      }
    });

    test("the server's queue is that of the device types asked for, and hides private jobs", async () => {
      const own = await submit(jobFile("queued"), alice);
      const secret = await submit(jobFile("queued").replace("visibility: public", "visibility: personal"), bob);
      const list = `query ($types: [String!]) { servers { ... on LavaServer { queue(deviceTypes: $types, first: 100) {
        totalCount nodes { jobId } } } } }`;
      const queue = async (types: unknown, headers = {}) => {
        const { data, errors } = await gateway.query(list, { types }, headers);
        expect(errors).toEqual([]);
        return data.servers[0].queue.nodes.map((job: { jobId: string }) => job.jobId) as string[];
      };
      try {
        expect(await queue(null)).toContain(own);
        expect(await queue(["beaglebone-black", "qemu"])).toContain(own);
        expect(await queue(["juno"])).not.toContain(own);
        expect(await queue(null)).not.toContain(secret);
        expect(await queue(null, alice)).not.toContain(secret);
        expect(await queue(null, bob)).toContain(secret);
        const length = `{ deviceType(name: "beaglebone-black") { queue { length } } }`;
        const [seen, all] = [await gateway.query(length), await gateway.query(length, {}, bob)];
        expect(all.data.deviceType.queue.length).toBe(seen.data.deviceType.queue.length + 1);
        expect((await gateway.query(list, { types: [] })).errors).toMatchObject([
          { extensions: { code: "BAD_USER_INPUT" } },
        ]);
      } finally {
        await cancel(own, alice);
        await cancel(secret, bob);
      }
    });

    test("a server tells its settings, its capabilities and its XML-RPC methods with their help", async () => {
      const { data, errors } = await gateway.query(`{ servers { version capabilities ... on LavaServer {
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
      const denied = (answer: Awaited<ReturnType<TestGateway["query"]>>) =>
        answer.errors.map(({ path, extensions }) => [path?.at(-1), extensions.code]).sort();
      const anonymous = await gateway.query(fields);
      expect(anonymous.data.servers).toEqual([{ tags: null, aliases: null, permissions: null }]);
      expect(denied(anonymous)).toEqual([
        ["aliases", "UPSTREAM_DENIED"],
        ["permissions", "UPSTREAM_DENIED"],
        ["tags", "UPSTREAM_DENIED"],
      ]);
      const user = await gateway.query(fields, {}, alice);
      expect(denied(user)).toEqual([["permissions", "UPSTREAM_DENIED"]]);
      expect(user.data.servers[0].tags).toContainEqual({ name: "usb-eth", description: "USB Ethernet dongle" });
      expect(user.data.servers[0].aliases).toContainEqual({ name: "qemu-x86_64", deviceType: { name: "qemu" } });
      const superuser = await gateway.query(fields, {}, admin);
      expect(superuser.errors).toEqual([]);
      expect(superuser.data.servers[0].permissions).toEqual(
        expect.arrayContaining([
          { group: "secret-team", permission: "view_device", device: { hostname: "fvp-02" }, deviceType: null },
          { group: "secret-team", permission: "submit_to_devicetype", device: null, deviceType: { name: "fvp" } },
        ]),
      );
    });

    const QUERY = `query ($entity: QueryEntity!, $conditions: [QueryConditionInput!]!, $first: Int!) { servers { ... on LavaServer {
      customQuery(entity: $entity, conditions: $conditions, first: $first) {
        suiteName testJob { jobId health submitter suites { name } } } } } }`;

    test("a query of LAVA's own finds test jobs and suites, without their secrets, and no private ones of others", async () => {
      const ask = async (entity: string, conditions: unknown, headers = alice) => {
        const { data, errors } = await gateway.query(QUERY, { entity, conditions, first: 200 }, headers);
        expect(errors).toEqual([]);
        return data.servers[0].customQuery as {
          suiteName: string | null;
          testJob: { jobId: string; health: string; submitter: string; suites: { name: string }[] };
        }[];
      };
      const incomplete = await ask("TESTJOB", [{ table: "TESTJOB", field: "health", value: "Incomplete" }], bob);
      const known = new Set(idsOf(all));
      expect(incomplete.map(({ testJob }) => testJob.jobId).filter((id) => known.has(id))).toEqual(
        await find({ healths: ["INCOMPLETE"] }),
      );
      const failed = { table: "TESTCASE", field: "result", value: "Test failed" };
      const suites = await ask("TESTSUITE", [
        failed,
        { table: "TESTSUITE", field: "name", operator: "NE", value: "lava" },
      ]);
      expect(suites.length).toBeGreaterThan(0);
      for (const { suiteName, testJob } of suites) expect(testJob.suites.map(({ name }) => name)).toContain(suiteName);
      const secret = all.find((job) => /secret-team|Personal/.test(job.visibility) && job.submitter === "bob");
      const finished = [{ table: "TESTJOB", field: "state", value: "Finished" }];
      const seen = async (headers: Record<string, string>) =>
        (await ask("TESTJOB", finished, headers)).map(({ testJob }) => testJob.jobId);
      expect(secret).toBeDefined();
      expect(await seen(bob)).toContain(secret?.jobId);
      expect(await seen(alice)).not.toContain(secret?.jobId);
      expect(gateway.logLines.join("")).not.toMatch(/sandbox-secret/);
    });

    test("a query is for users, and one that LAVA would misread is refused", async () => {
      const conditions = [{ table: "TESTJOB", field: "health", value: "Complete" }];
      const anonymous = await gateway.query(QUERY, { entity: "TESTJOB", conditions, first: 1 });
      expect(anonymous.errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      const refused: readonly [unknown[], RegExp][] = [
        [[], /conditions: is empty/],
        [[{ table: "TESTJOB", field: "submitter", value: "alice" }], /ask testJobs\(filter: \{ submitter/],
        [
          [{ table: "TESTJOB", field: "token", value: "x" }],
          /conditions.field: "token" is none of TESTJOB; known are state/,
        ],
        [
          [{ table: "TESTJOB", field: "constructor", value: "x" }],
          /conditions.field: "constructor" is none of TESTJOB/,
        ],
        [[{ table: "TESTJOB", field: "health", value: "complete" }], /is no value of health; write Unknown, Complete/],
        [[{ table: "TESTJOB", field: "priority", operator: "GT", value: "50" }], /is no value of priority; write Low/],
        [
          [{ table: "TESTJOB", field: "end_time", operator: "GT", value: "yesterday" }],
          /write it like 2026-11-22 03:24:17/,
        ],
        [
          [{ table: "TESTJOB", field: "description", operator: "GT", value: "a" }],
          /description can't be compared by GT/,
        ],
        [[{ table: "TESTSUITE", field: "name", value: "a,testjob__id__gt__0" }], /can't hold `,` or `__`/],
        [[{ table: "TESTSUITE", field: "name", value: "" }], /conditions.value: is empty/],
      ];
      for (const [bad, message] of refused) {
        const { errors } = await gateway.query(QUERY, { entity: "TESTJOB", conditions: bad, first: 1 }, alice);
        expect(errors).toMatchObject([
          { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
        ]);
      }
      const many = await gateway.query(QUERY, { entity: "TESTJOB", conditions, first: 201 }, alice);
      expect(many.errors).toMatchObject([{ message: expect.stringMatching(/first: 201 is out of range/) }]);
    });
  });
}
