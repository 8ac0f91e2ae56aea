// What Etna promises of changes and definitions, over the sandbox and over a real LAVA.

import { Upstream } from "../../src/cache/upstream.js";
import { createAsk } from "../../src/net/ask.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpClient } from "../../src/net/http.js";
import { Secret } from "../../src/net/secret.js";
import { LavaXmlRpc } from "../../src/lava/client/xml-rpc.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { GraphQLAnswer, TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";

const SUBMIT = `mutation ($definition: String!, $notify: NotifyInput) { submitTestJob(definition: $definition, notify: $notify) {
  __typename ... on TestJobsSubmitted { jobIds } ... on TestJobRefused { message } } }`;
const CANCEL_MANY = `mutation ($testJobs: [TestJobKey!]!) { cancelTestJobs(testJobs: $testJobs) {
  __typename ... on TestJobCanceled { jobId testJob { state health } } ... on TestJobNotCanceled { jobId reason testJob { jobId } } } }`;
const VALIDATE = `mutation ($definition: String!, $strict: Boolean! = false) { validateTestJob(definition: $definition, strict: $strict) {
  __typename ... on TestJobInvalid { message path } ... on TestJobValid { strict } } }`;
const SET_DEVICE = `mutation ($hostname: String!, $health: DeviceHealth!, $reason: String) {
  setDeviceHealth(device: { hostname: $hostname }, health: $health, reason: $reason) {
    __typename ... on DeviceHealthChanged { device { hostname health } previousHealth reasonRecorded } ... on HealthRefused { message } } }`;
const SET_WORKER = `mutation ($hostname: String!, $health: WorkerHealth!, $reason: String) {
  setWorkerHealth(worker: { hostname: $hostname }, health: $health, reason: $reason) {
    __typename ... on WorkerHealthChanged { worker { hostname health } previousHealth reasonRecorded } ... on HealthRefused { message } } }`;

export function jobActionsContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`changes of test jobs, devices and workers over ${name}`, () => {
    let target: LavaTarget;
    let gateway: TestGateway;
    const submitted: string[] = [];

    beforeAll(async () => {
      target = await start();
      gateway = await startGateway({ lava: [{ url: target.url, events: "poll" }] });
    });
    afterAll(async () => {
      for (let at = 0; at < submitted.length; at += 100) {
        await ask(CANCEL_MANY, { testJobs: submitted.slice(at, at + 100).map((jobId) => ({ jobId })) }, "admin");
      }
      await gateway.close();
    });

    type User = keyof LavaTarget["tokens"] | null;
    const ask = (document: string, variables: Record<string, unknown>, user: User): Promise<GraphQLAnswer<any>> =>
      gateway.query(document, variables, user === null ? {} : asUser(target.tokens[user]));

    const submit = async (definition: string, user: User = "alice", notify?: unknown): Promise<string[]> => {
      const { data, errors } = await ask(SUBMIT, { definition, notify }, user);
      expect(errors).toEqual([]);
      expect(data.submitTestJob).toMatchObject({ __typename: "TestJobsSubmitted" });
      const jobIds = data.submitTestJob.jobIds as string[];
      submitted.push(...jobIds);
      return jobIds;
    };

    const changeRight = async (verb: "assign" | "revoke", hostname: string): Promise<void> => {
      const http = new HttpClient({ server: "lava", baseUrl: new URL(target.url) });
      await new LavaXmlRpc(new Upstream(http), () => Promise.resolve("admin")).write(
        `system.${verb}_perm_device`,
        ["change_device", hostname, "kernel-team"],
        createAsk(new Secret(target.tokens.admin)),
      );
      await http.close();
    };

    test("a definition is judged, with the place of its fault, and without a token", async () => {
      const judge = async (definition: string, strict = false) => {
        const { data, errors } = await ask(VALIDATE, { definition, strict }, null);
        expect(errors).toEqual([]);
        return data.validateTestJob;
      };
      const good = jobFile("played");
      expect(await judge(good)).toEqual({ __typename: "TestJobValid", strict: false });
      expect(await judge(good.replace(/^visibility:.*\n/m, ""))).toEqual({
        __typename: "TestJobInvalid",
        message: "required key not provided",
        path: ["visibility"],
      });
      expect(await judge(`${good}no_such_key: 1\n`)).toMatchObject({ __typename: "TestJobValid" });
      expect(await judge(`${good}no_such_key: 1\n`, true)).toEqual({
        __typename: "TestJobInvalid",
        message: "extra keys not allowed",
        path: ["no_such_key"],
      });
      expect(await judge("- 1")).toEqual({
        __typename: "TestJobInvalid",
        message: "expected a dictionary",
        path: null,
      });
    });

    test("a definition that is no YAML is an answer, whoever judges it", async () => {
      for (const definition of ["a: [", "job_name: x\n\t- y: z", "a: b: c"]) {
        const { data, errors } = await ask(VALIDATE, { definition }, "alice");
        expect(errors).toEqual([]);
        expect(data.validateTestJob).toMatchObject({ __typename: "TestJobInvalid", path: null });
        expect(data.validateTestJob.message).toMatch(/line \d+, column \d+/);
        const submission = await ask(SUBMIT, { definition }, "alice");
        expect(submission.errors).toEqual([]);
        expect(submission.data.submitTestJob).toMatchObject({ __typename: "TestJobRefused" });
        const notify = { criteria: { status: "FINISHED" } };
        const edited = await ask(SUBMIT, { definition, notify }, "alice");
        expect(edited.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "definition" } }]);
      }
    });

    test("a definition of 2 MB is taken, and one that is larger is refused before it travels", async () => {
      const good = jobFile("queued");
      const line = `# ${"x".repeat(97)}\n`;
      const room = 2 * 1024 * 1024 - Buffer.byteLength(good);
      const large = good + line.repeat(Math.floor(room / 100)) + "#".repeat(room % 100);
      expect(Buffer.byteLength(large)).toBe(2 * 1024 * 1024);
      const [jobId = ""] = await submit(large);
      const { data } = await ask(
        `query ($jobId: ID!) { testJob(jobId: $jobId) { originalDefinition } }`,
        { jobId },
        null,
      );
      expect(data.testJob.originalDefinition === large).toBe(true);
      expect((await ask(VALIDATE, { definition: large }, null)).data.validateTestJob).toMatchObject({
        __typename: "TestJobValid",
      });
      for (const document of [SUBMIT, VALIDATE]) {
        const refused = await ask(document, { definition: `${large}#` }, "alice");
        expect(refused.errors).toMatchObject([
          { message: "definition: is larger than 2 MiB", extensions: { code: "BAD_USER_INPUT" } },
        ]);
      }
    });

    test("a name with control characters is read back through REST and XML-RPC, alone and beside others", async () => {
      const plain = jobFile("queued");
      const [odd = ""] = await submit(plain.replace(/^job_name:.*/m, 'job_name: "esc\\e[31m bell\\a unit\\x1f"'));
      const [other = ""] = await submit(plain);
      const { data, errors } = await ask(
        `query ($odd: ID!, $other: ID!) {
          odd: testJob(jobId: $odd) { name visibility tags }
          other: testJob(jobId: $other) { name visibility }
          testJobs(first: 2) { nodes { name visibility } }
        }`,
        { odd, other },
        "alice",
      );
      expect(errors).toEqual([]);
      expect(data.odd).toEqual({
        name: "esc\u001b[31m bell\u0007 unit\u001f",
        visibility: "Public",
        tags: ["usb-eth"],
      });
      expect(data.other).toMatchObject({ visibility: "Public" });
      expect(data.testJobs.nodes).toHaveLength(2);
    });

    test("a test job is submitted again, a multinode job with all its nodes, by whoever may see it", async () => {
      const RESUBMIT = `mutation ($jobId: ID!) { resubmitTestJob(testJob: { jobId: $jobId }) {
        __typename ... on TestJobsSubmitted { jobIds testJobs { submitter name } } } }`;
      const again = async (jobId: string, user: User) => {
        const answer = await ask(RESUBMIT, { jobId }, user);
        submitted.push(...((answer.data?.resubmitTestJob?.jobIds ?? []) as string[]));
        return answer;
      };
      const [single = ""] = await submit(jobFile("queued"));
      const { data, errors } = await again(single, "bob");
      expect(errors).toEqual([]);
      expect(data.resubmitTestJob.jobIds).toEqual([expect.stringMatching(/^\d+$/)]);
      expect(data.resubmitTestJob.jobIds).not.toContain(single);
      expect(data.resubmitTestJob.testJobs).toEqual([{ submitter: "bob", name: "waits for a board" }]);

      const [, node = ""] = await submit(jobFile("qemu-multinode"));
      const nodes = (await again(node, "alice")).data.resubmitTestJob;
      expect(nodes.jobIds).toEqual([expect.stringMatching(/^\d+\.0$/), expect.stringMatching(/^\d+\.1$/)]);
      expect(nodes.testJobs).toHaveLength(2);

      const [secret = ""] = await submit(jobFile("played-private"), "bob");
      expect(await again(secret, "alice")).toMatchObject({
        data: { resubmitTestJob: { __typename: "NotFound" } },
        errors: [],
      });
      expect(await again("999999", "alice")).toMatchObject({
        data: { resubmitTestJob: { __typename: "NotFound" } },
        errors: [],
      });
      expect((await again(single, null)).errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
    });

    test("many test jobs are canceled at once, each with its own result, in the order asked", async () => {
      const definition = jobFile("queued");
      const [[first = ""], [second = ""], [others = ""]] = [
        await submit(definition),
        await submit(definition),
        await submit(definition, "bob"),
      ];
      const [, node = ""] = await submit(jobFile("qemu-multinode"));
      const jobIds = [second, "999999", others, first, node];
      const { data, errors } = await ask(CANCEL_MANY, { testJobs: jobIds.map((jobId) => ({ jobId })) }, "alice");
      expect(errors).toMatchObject([{ path: ["cancelTestJobs", 2], extensions: { code: "UPSTREAM_DENIED" } }]);
      const canceled = (jobId: string) => ({
        __typename: "TestJobCanceled",
        jobId,
        testJob: { state: "FINISHED", health: "CANCELED" },
      });
      expect(data.cancelTestJobs).toMatchObject([
        canceled(second),
        { __typename: "TestJobNotCanceled", jobId: "999999", reason: "NOT_FOUND", testJob: null },
        null,
        canceled(first),
        { __typename: "TestJobCanceled", jobId: node },
      ]);
      const again = await ask(CANCEL_MANY, { testJobs: [{ jobId: first }] }, "alice");
      expect(again.data.cancelTestJobs).toEqual([
        { __typename: "TestJobNotCanceled", jobId: first, reason: "FINISHED", testJob: { jobId: first } },
      ]);
      expect(
        (await ask(`query ($id: ID!) { testJob(jobId: $id) { state } }`, { id: others }, null)).data.testJob,
      ).toEqual({
        state: "SUBMITTED",
      });
      expect((await ask(CANCEL_MANY, { testJobs: [] }, "alice")).errors).toMatchObject([
        { message: expect.stringMatching(/^testJobs: is empty/), extensions: { code: "BAD_USER_INPUT" } },
      ]);
      expect((await ask(CANCEL_MANY, { testJobs: Array(101).fill({ jobId: "1" }) }, "alice")).errors).toMatchObject([
        { message: expect.stringMatching(/^testJobs: has 101 items; allowed are 100/) },
      ]);
      expect((await ask(CANCEL_MANY, { testJobs: [{ jobId: "1" }, { jobId: "x" }] }, "alice")).errors).toMatchObject([
        { message: expect.stringMatching(/^testJobs\[1\]\.jobId: "x" is not a test job's id/) },
      ]);
    });

    test("a notify block goes into the definition, and nothing else in it changes", async () => {
      const definition = jobFile("queued").replace("device_type:", "# the board that waits\r\ndevice_type:");
      const notify = {
        criteria: { status: "INCOMPLETE", type: "REGRESSION" },
        verbosity: "STATUS_ONLY",
        recipients: [
          { method: "EMAIL", user: "alice" },
          { method: "IRC", handle: "ally", server: "irc.example.org" },
        ],
        callbacks: [
          {
            url: "http://someone:pass@127.0.0.1:9/lava/s3cret-token?key=s3cret-token&state={STATUS}#x",
            method: "POST",
            token: "s3cret-token",
            header: "X-Key",
            dataset: "RESULTS",
            contentType: "JSON",
          },
          { url: "http://127.0.0.1:9/plain" },
        ],
        compare: {
          query: { entity: "testjob", conditions: [{ key: "testjob__submitter__exact", value: "alice" }] },
          blacklist: ["lava"],
        },
      };
      const [jobId = ""] = await submit(definition, "alice", notify);
      const shown = `query ($jobId: ID!) { testJob(jobId: $jobId) { originalDefinition notify {
        criteria { status type dependencyQuery } verbosity recipients { method user email handle server }
        callbacks { url method dataset contentType header hasToken }
        compare { query { username name entity conditions { key value } } blacklist } } } }`;
      const { data, errors } = await ask(shown, { jobId }, "alice");
      expect(errors).toEqual([]);
      const { originalDefinition, ...job } = data.testJob;
      expect(originalDefinition.replace(/^notify:\r?\n(?: .*(?:\r?\n|$))*/m, "")).toBe(definition);
      expect(job.notify).toEqual({
        criteria: { status: "INCOMPLETE", type: "REGRESSION", dependencyQuery: null },
        verbosity: "STATUS_ONLY",
        recipients: [
          { method: "EMAIL", user: "alice", email: null, handle: null, server: null },
          { method: "IRC", user: null, email: null, handle: "ally", server: "irc.example.org" },
        ],
        callbacks: [
          {
            url: "http://127.0.0.1:9/lava/***?key=***&state={STATUS}",
            method: "POST",
            dataset: "RESULTS",
            contentType: "JSON",
            header: "X-Key",
            hasToken: true,
          },
          {
            url: "http://127.0.0.1:9/plain",
            method: "GET",
            dataset: "MINIMAL",
            contentType: "URLENCODED",
            header: null,
            hasToken: false,
          },
        ],
        compare: {
          query: {
            username: null,
            name: null,
            entity: "testjob",
            conditions: [{ key: "testjob__submitter__exact", value: "alice" }],
          },
          blacklist: ["lava"],
        },
      });
      expect(JSON.stringify(job)).not.toMatch(/s3cret|pass/);
      expect(gateway.logLines.join("")).not.toContain("s3cret");

      // A block of the author's own gives way to the one that is asked for.
      const [replaced = ""] = await submit(originalDefinition, "alice", { criteria: { status: "FINISHED" } });
      const after = (await ask(shown, { jobId: replaced }, "alice")).data.testJob;
      expect(after.notify).toMatchObject({
        criteria: { status: "FINISHED", type: null },
        verbosity: "QUIET",
        callbacks: [],
      });
      const [without = ""] = await submit(definition);
      expect((await ask(shown, { jobId: without }, "alice")).data.testJob.notify).toBeNull();
    });

    test("a multinode job shows its nodes to each other, with its whole definition", async () => {
      const ids = await submit(jobFile("qemu-multinode"));
      // LAVA's REST interface cuts off blanks and line ends at both ends.
      const definition = jobFile("qemu-multinode").trim();
      const [single = ""] = await submit(jobFile("queued"));
      const shown = `query ($id: ID!) { testJob(jobId: $id) { jobId subId originalDefinition multinodeDefinition definition
        multinode { subId group role size siblings { jobId multinode { subId role siblings { jobId } } } } } }`;
      const [first, second] = await Promise.all(
        ids.map(async (id) => (await ask(shown, { id }, null)).data.testJob as Record<string, any>),
      );
      expect(first).toMatchObject({
        subId: ids[0],
        multinodeDefinition: definition,
        originalDefinition: definition,
        multinode: { subId: ids[0], role: "server", size: 2 },
      });
      expect(first?.definition).not.toBe(definition);
      expect(first?.multinode.group).toMatch(/^[\da-f-]{36}$/);
      expect(first?.multinode.group).toBe(second?.multinode.group);
      expect(first?.multinode.siblings).toEqual([
        {
          jobId: second?.jobId,
          multinode: { subId: ids[1], role: "client", siblings: [{ jobId: first?.jobId }] },
        },
      ]);
      expect((await ask(shown, { id: single }, null)).data.testJob).toMatchObject({
        subId: null,
        multinode: null,
        multinodeDefinition: null,
      });
    });

    test("viewing groups have names", async () => {
      const groups = async (visibility: string, user: User) => {
        const [jobId = ""] = await submit(jobFile("queued").replace("visibility: public", visibility), user);
        const { data, errors } = await ask(
          `query ($jobId: ID!) { testJob(jobId: $jobId) { viewingGroups } }`,
          { jobId },
          user,
        );
        expect(errors).toEqual([]);
        return data.testJob.viewingGroups as string[];
      };
      expect(await groups("visibility: public", "alice")).toEqual([]);
      expect(await groups("visibility: personal", "alice")).toEqual(["alice"]);
      expect(await groups("visibility: {group: [secret-team]}", "bob")).toEqual(["secret-team"]);
      expect((await groups("visibility: {group: [secret-team, kernel-team]}", "bob")).sort()).toEqual([
        "kernel-team",
        "secret-team",
      ]);
    });

    test("metadata come from the definition, and where it has none there are none", async () => {
      const [jobId = ""] = await submit(jobFile("queued"));
      await ask(CANCEL_MANY, { testJobs: [{ jobId }] }, "alice");
      for (const user of ["alice", null] as const) {
        const { data, errors } = await ask(
          `query ($jobId: ID!) { testJob(jobId: $jobId) { state metadata { key value } } }`,
          { jobId },
          user,
        );
        expect(errors).toEqual([]);
        expect(data.testJob).toEqual({ state: "FINISHED", metadata: [] });
      }
    });

    test("a device is taken out of use and back by those who may, with their reason where LAVA notes it", async () => {
      const set = (hostname: string, health: string, user: User) =>
        ask(SET_DEVICE, { hostname, health, reason: "a test of Etna" }, user);
      const device = "juno-01";
      const original = (await set(device, "GOOD", "admin")).data.setDeviceHealth.previousHealth as string;
      const { data, errors } = await set(device, "MAINTENANCE", "admin");
      const version = (await ask(`{ servers { version } }`, {}, null)).data.servers[0].version as string;
      expect(errors).toEqual([]);
      expect(data.setDeviceHealth).toEqual({
        __typename: "DeviceHealthChanged",
        device: { hostname: device, health: "MAINTENANCE" },
        previousHealth: "GOOD",
        reasonRecorded: version >= "2021.08",
      });
      for (const user of ["alice", null] as const) {
        const denied = await set(device, "GOOD", user);
        expect(denied.errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      }
      // Somebody with the right to this device alone; REST would refuse her.
      await changeRight("assign", device);
      const own = (await set(device, "GOOD", "alice")).data.setDeviceHealth;
      await changeRight("revoke", device);
      expect(own).toEqual({
        __typename: "DeviceHealthChanged",
        device: { hostname: device, health: "GOOD" },
        previousHealth: "MAINTENANCE",
        reasonRecorded: false,
      });
      await set(device, original, "admin");
    });

    test("a retired device, which REST no longer knows, comes back and goes", async () => {
      const set = async (health: string) => (await ask(SET_DEVICE, { hostname: "hikey-02", health }, "admin")).data;
      expect((await set("MAINTENANCE")).setDeviceHealth).toMatchObject({ previousHealth: "RETIRED" });
      expect((await set("RETIRED")).setDeviceHealth).toMatchObject({ device: { health: "RETIRED" } });
    });

    test("a worker is taken out of use and back", async () => {
      // One that drives nothing just now.
      const { data: lab } = await ask(`{ workers(first: 100) { nodes { hostname state health } } }`, {}, null);
      const hostname: string = lab.workers.nodes.find(
        (worker: Record<string, string>) => worker.state === "OFFLINE" && worker.health === "ACTIVE",
      ).hostname;
      const set = (health: string, user: User) => ask(SET_WORKER, { hostname, health, reason: "x" }, user);
      const { data, errors } = await set("MAINTENANCE", "admin");
      expect(errors).toEqual([]);
      expect(data.setWorkerHealth).toMatchObject({
        worker: { hostname, health: "MAINTENANCE" },
        previousHealth: "ACTIVE",
      });
      expect((await set("ACTIVE", "alice")).errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      expect((await set("ACTIVE", null)).errors).toMatchObject([{ extensions: { code: "UPSTREAM_DENIED" } }]);
      expect((await set("ACTIVE", "admin")).data.setWorkerHealth.worker).toMatchObject({ health: "ACTIVE" });
    });

    test("what is not there is an answer, what can't be there is refused, and nothing leaves its path", async () => {
      const device = (hostname: string, user: User) => ask(SET_DEVICE, { hostname, health: "GOOD" }, user);
      expect(await device("no-such-device", "admin")).toMatchObject({
        data: { setDeviceHealth: { __typename: "NotFound" } },
        errors: [],
      });
      expect(await device("fvp-01", "alice")).toMatchObject({
        data: { setDeviceHealth: { __typename: "NotFound" } },
        errors: [],
      });
      expect(await ask(SET_WORKER, { hostname: "nope", health: "ACTIVE" }, "admin")).toMatchObject({
        data: { setWorkerHealth: { __typename: "NotFound" } },
        errors: [],
      });
      for (const hostname of [
        "",
        "..",
        ".",
        "a/b",
        "qemu-01/../qemu-02",
        "a,b",
        "a b",
        "a%2fb",
        "é",
        "x\n",
        "x".repeat(201),
      ]) {
        for (const document of [SET_DEVICE, SET_WORKER]) {
          const [health, argument] =
            document === SET_DEVICE ? ["GOOD", "device.hostname"] : ["ACTIVE", "worker.hostname"];
          const { errors } = await ask(document, { hostname, health }, "admin");
          expect(errors, hostname).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument } }]);
        }
      }
      const unknown = await ask(SET_DEVICE, { hostname: "juno-01", health: "UNRECOGNIZED" }, "admin");
      expect(unknown.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "health" } }]);
      const long = await ask(SET_DEVICE, { hostname: "juno-01", health: "GOOD", reason: "x".repeat(501) }, "admin");
      expect(long.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "reason" } }]);
    });
  });
}
