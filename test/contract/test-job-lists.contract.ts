// What Etna promises about lists of test jobs over a LAVA, whichever: the sandbox (`npm test`) or a real one
// (`npm run test:lava`).

import { beforeAll, describe, expect, test } from "vitest";
import type { GraphQLAnswer } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";
import { startUsers } from "./users.js";

type Answer = GraphQLAnswer<Record<string, any>>;

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
  readonly health: string;
  readonly device: { readonly hostname: string; readonly worker: { readonly hostname: string } | null } | null;
  readonly deviceType: { readonly name: string; readonly architecture: string | null } | null;
  readonly tags: readonly string[];
  readonly visibility: string;
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

const JOB = `jobId submitter priority healthCheck name createdAt startedAt finishedAt failureComment state health definition tags visibility
  device { hostname worker { hostname } } deviceType { name architecture } metadata { key value }`;
const listOf = (
  fields: string,
) => `query ($filter: TestJobFilter, $orderBy: TestJobOrder, $first: Int, $after: String, $last: Int, $before: String) {
  testJobs(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { ${fields} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const LIST = listOf("jobId");

export function testJobListsContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`the contract of test job lists over ${name}`, () => {
    const users = startUsers(start);
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
        const { data, errors }: Answer = await users.gateway.query(listOf(fields), { ...variables, ...page }, headers);
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
      headers = users.bob,
      more: { orderBy?: unknown; backward?: boolean; count?: number } = {},
    ) => {
      const { orderBy, backward = false, count = 40 } = more;
      const known = new Set(idsOf(all));
      return idsOf(await walk({ filter, orderBy }, headers, "jobId", backward, count)).filter((id) => known.has(id));
    };
    const idsOf = (jobs: readonly Job[]) => jobs.map(({ jobId }) => jobId);

    beforeAll(async () => {
      // Not every history has a job of a group.
      const jobId = await users.submit(jobFile("played-private"), users.bob);
      const follow = `subscription ($jobId: ID!) { testJobUpdates(jobIds: [$jobId]) { state } }`;
      await users.gateway.subscribe(follow, { jobId }, users.bob).rest();
      all = await walk({ filter: { states: ["FINISHED"] } }, users.bob, JOB, false, 50);
    });

    test("each filter of test jobs gives just the jobs that fit", async () => {
      const middle = all.find(({ startedAt }, at) => startedAt !== null && at >= all.length / 2) as Job;
      const tagged = new Set(all.flatMap(({ tags }) => tags));
      const group = all.find(({ visibility }) => visibility.startsWith("Group"));
      const note =
        all
          .find(({ failureComment }) => failureComment !== null)
          ?.failureComment?.slice(0, 6)
          .trim() ?? "";
      const [first] = all as [Job];
      const cases: readonly [Record<string, unknown>, (job: Job) => boolean][] = [
        [{ jobIds: [first.jobId, middle.jobId, "2147483647"] }, (job) => job === first || job === middle],
        [{ jobIdAfter: middle.jobId }, (job) => Number(job.jobId) > Number(middle.jobId)],
        [
          { jobIdBefore: middle.jobId, jobIdAfter: "3" },
          (job) => Number(job.jobId) < Number(middle.jobId) && Number(job.jobId) > 3,
        ],
        [{ createdAfter: middle.createdAt }, (job) => job.createdAt > middle.createdAt],
        [{ createdBefore: middle.createdAt }, (job) => job.createdAt < middle.createdAt],
        // Of a job canceled in the queue Etna does not show the start that LAVA looks at.
        [
          { startedAfter: middle.startedAt, healths: ["COMPLETE"] },
          (job) => job.health === "COMPLETE" && (job.startedAt ?? "") > (middle.startedAt ?? ""),
        ],
        [
          { startedBefore: middle.startedAt, healths: ["COMPLETE"] },
          (job) => job.health === "COMPLETE" && (job.startedAt ?? "") < (middle.startedAt ?? ""),
        ],
        [{ finishedAfter: middle.finishedAt }, (job) => (job.finishedAt ?? "") > (middle.finishedAt ?? "")],
        [
          { finishedBefore: first.finishedAt, finishedAfter: middle.finishedAt },
          (job) =>
            (job.finishedAt ?? "") > (middle.finishedAt ?? "") && (job.finishedAt ?? "") < (first.finishedAt ?? ""),
        ],
        [{ priorityFrom: 50 }, (job) => job.priority >= 50],
        [{ priorityFrom: 1, priorityTo: 50 }, (job) => job.priority >= 1 && job.priority <= 50],
        [{ healthCheck: true }, (job) => job.healthCheck],
        [{ healthCheck: false }, (job) => !job.healthCheck],
        [{ submitters: ["alice", "bob"] }, (job) => ["alice", "bob"].includes(job.submitter)],
        [{ submitters: ["bob"] }, (job) => job.submitter === "bob"],
        [{ submitterGroups: ["kernel-team"] }, (job) => job.submitter === "alice"],
        [{ submitterGroups: ["kernel-team", "secret-team"] }, (job) => ["alice", "bob"].includes(job.submitter)],
        [{ deviceTypes: ["qemu", "docker"] }, (job) => ["qemu", "docker"].includes(job.deviceType?.name ?? "")],
        [{ architectures: ["amd64"] }, (job) => job.deviceType?.architecture === "amd64"],
        [
          { architectures: ["amd64", "ARMv8"] },
          (job) => ["amd64", "ARMv8"].includes(job.deviceType?.architecture ?? ""),
        ],
        [
          { devices: ["qemu-01", "board-01", "bbb-01"] },
          (job) => ["qemu-01", "board-01", "bbb-01"].includes(job.device?.hostname ?? ""),
        ],
        [{ workers: ["worker-01"] }, (job) => job.device?.worker?.hostname === "worker-01"],
        [
          { workers: ["worker-01", "worker-02"] },
          (job) => ["worker-01", "worker-02"].includes(job.device?.worker?.hostname ?? ""),
        ],
        [{ text: first.name.toUpperCase() }, (job) => job.name.toLowerCase().includes(first.name.toLowerCase())],
        [{ definition: "device_type: qemu" }, (job) => job.definition.includes("device_type: qemu")],
        [{ viewingGroups: ["secret-team"] }, (job) => /\bsecret-team\b/.test(job.visibility)],
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

    test("states and healths are found alone and several at once, among test jobs and among runs", async () => {
      const healths = (...wanted: string[]) => idsOf(all.filter(({ health }) => wanted.includes(health)));
      expect(await find({ healths: ["COMPLETE"] })).toEqual(healths("COMPLETE"));
      expect(await find({ healths: ["INCOMPLETE", "COMPLETE"] })).toEqual(healths("COMPLETE", "INCOMPLETE"));
      expect(await find({ healths: ["INCOMPLETE", "CANCELED"], states: ["FINISHED", "CANCELING"] })).toEqual(
        healths("INCOMPLETE", "CANCELED"),
      );
      const queued = await users.submit(jobFile("queued"), users.alice);
      try {
        const { data, errors } = await users.gateway.query(
          `query ($unfinished: [TestJobState!]!) {
            testJobs(first: 100, filter: { states: $unfinished, deviceTypes: ["beaglebone-black"] }) { nodes { jobId state } }
            queued: runs(first: 100, filter: { kinds: [TEST_JOB], phases: [QUEUED] }) { nodes { phase ... on TestJob { jobId } } }
            running: runs(first: 100, filter: { kinds: [TEST_JOB], phases: [RUNNING] }) { nodes { phase ... on TestJob { jobId } } }
          }`,
          { unfinished: ["SUBMITTED", "SCHEDULING", "SCHEDULED", "RUNNING", "CANCELING"] },
        );
        expect(errors).toEqual([]);
        expect(data.testJobs.nodes).toContainEqual({ jobId: queued, state: "SUBMITTED" });
        expect(data.testJobs.nodes).not.toContainEqual(expect.objectContaining({ state: "FINISHED" }));
        expect(data.queued.nodes).toContainEqual({ jobId: queued, phase: "QUEUED" });
        expect(data.running.nodes).not.toContainEqual(expect.objectContaining({ jobId: queued }));
      } finally {
        await users.cancel(queued, users.alice);
      }
    });

    test("each order joins to the whole list, in both directions", async () => {
      const filter = { states: ["FINISHED"], submitters: ["alice", "bob"] };
      const own = all.filter(({ submitter }) => ["alice", "bob"].includes(submitter));
      const byId = new Map(own.map((job) => [job.jobId, job]));
      for (const field of ["ID", "CREATED_AT", "STARTED_AT", "FINISHED_AT"]) {
        for (const direction of ["ASC", "DESC"]) {
          const orderBy = { field, direction };
          const forward = await find(filter, users.bob, { orderBy, count: 20 });
          expect(await find(filter, users.bob, { orderBy, count: 20, backward: true })).toEqual(forward);
          expect([...forward].sort()).toEqual(idsOf(own).sort());
          // Of a job canceled in the queue Etna does not show the start that LAVA orders it by.
          const keys = forward
            .map((id) => byId.get(id))
            .flatMap((job) => {
              if (field === "ID") return [job?.jobId.padStart(10, "0")];
              if (field === "STARTED_AT") return job?.startedAt == null ? [] : [job.startedAt];
              return [field === "FINISHED_AT" ? job?.finishedAt : job?.createdAt];
            });
          const sorted = [...keys].sort();
          expect(keys).toEqual(direction === "ASC" ? sorted : sorted.reverse());
        }
      }
    });

    test("test jobs that have not started come last in ascending order and first in descending", async () => {
      const queued = [
        await users.submit(jobFile("queued"), users.alice),
        await users.submit(jobFile("queued"), users.alice),
      ];
      try {
        const last = Number(queued[1]);
        const filter = { deviceTypes: ["beaglebone-black"], submitters: ["alice"], jobIdBefore: String(last + 1) };
        const walked = async (direction: string, backward: boolean) =>
          idsOf(await walk({ filter, orderBy: { field: "STARTED_AT", direction } }, users.alice, "jobId", backward, 3));
        const ascending = await walked("ASC", false);
        expect(ascending.at(-1)).toBe(queued[1]);
        expect(ascending.length).toBeGreaterThan(2);
        expect(await walked("DESC", false)).toEqual(ascending.toReversed());
        expect(await walked("DESC", true)).toEqual(ascending.toReversed());
      } finally {
        for (const jobId of queued) await users.cancel(jobId, users.alice);
      }
    });

    test("metadata finds jobs by key and whole value, numbers too, and only for who may see them", async () => {
      const withMetadata = all.filter(({ metadata }) => metadata.length > 0);
      const { key, value } = withMetadata[0]?.metadata[0] ?? { key: "", value: "" };
      const has = (wanted: { key: string; value: string }) => (job: Job) =>
        job.metadata.some((entry) => entry.key === wanted.key && entry.value === wanted.value);
      const withThese = (metadata: unknown, headers = users.bob) => find({ states: ["FINISHED"], metadata }, headers);
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
      const { data } = await users.gateway.query(LIST, { filter: { metadata: [{ key, value }] } }, users.bob);
      // A number only where LAVA looks itself.
      expect([null, all.filter(has({ key, value })).length]).toContain(data.testJobs.totalCount);
    });

    test.each([
      [{ jobIds: [] }, /filter.jobIds: is empty/],
      [{ jobIds: ["2008.1"] }, /filter.jobIds: .*sub id/],
      [{ jobIds: ["x"] }, /filter.jobIds: "x" is not a test job's id/],
      [{ jobIdAfter: "99999999999" }, /filter.jobIdAfter/],
      [{ submitters: [""] }, /filter.submitters: is empty/],
      [{ submitters: [] }, /filter.submitters: is empty/],
      [{ submitters: ["a,b", "c"] }, /filter.submitters: a name with a comma/],
      [{ text: "  " }, /filter.text: begins or ends with white space/],
      [{ definition: "x " }, /filter.definition: begins or ends/],
      [{ workers: ["a\u0000b"] }, /filter.workers: holds a NUL/],
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
      const { data, errors } = await users.gateway.query(LIST, { filter });
      expect(data.testJobs).toBeNull();
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
      ]);
    });

    test("a cursor of another order is refused", async () => {
      const { data } = await users.gateway.query(LIST, { first: 1 });
      const after = data.testJobs.pageInfo.endCursor;
      const { errors } = await users.gateway.query(LIST, { after, orderBy: { field: "FINISHED_AT" } });
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    });

    const queryOf = (
      fields: string,
    ) => `query ($entity: QueryEntity!, $conditions: [QueryConditionInput!]!, $first: Int!) { servers { ... on LavaServer {
      customQuery(entity: $entity, conditions: $conditions, first: $first) { suiteName testJob { jobId ${fields} } } } } }`;
    const QUERY = queryOf("");

    test("a query of LAVA's own finds test jobs and suites, without their secrets, and no private ones of others", async () => {
      const ask = async (entity: string, conditions: unknown, headers = users.alice) => {
        const [document, first] = entity === "TESTSUITE" ? [queryOf("suites { name }"), 5] : [QUERY, 200];
        const { data, errors } = await users.gateway.query(document, { entity, conditions, first }, headers);
        expect(errors).toEqual([]);
        return data.servers[0].customQuery as {
          suiteName: string | null;
          testJob: { jobId: string; suites: { name: string }[] };
        }[];
      };
      const incomplete = await ask("TESTJOB", [{ table: "TESTJOB", field: "health", value: "Incomplete" }], users.bob);
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
      expect(await seen(users.bob)).toContain(secret?.jobId);
      expect(await seen(users.alice)).not.toContain(secret?.jobId);
      expect(users.gateway.logLines.join("")).not.toMatch(/sandbox-secret/);
    });

    test("a query is for users, and one that LAVA would misread is refused", async () => {
      const conditions = [{ table: "TESTJOB", field: "health", value: "Complete" }];
      const anonymous = await users.gateway.query(QUERY, { entity: "TESTJOB", conditions, first: 1 });
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
        const { errors } = await users.gateway.query(
          QUERY,
          { entity: "TESTJOB", conditions: bad, first: 1 },
          users.alice,
        );
        expect(errors).toMatchObject([
          { message: expect.stringMatching(message), extensions: { code: "BAD_USER_INPUT" } },
        ]);
      }
      const many = await users.gateway.query(QUERY, { entity: "TESTJOB", conditions, first: 201 }, users.alice);
      expect(many.errors).toMatchObject([{ message: expect.stringMatching(/first: 201 is out of range/) }]);
    });
  });
}
