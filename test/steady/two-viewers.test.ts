// Viewers with different rights who ask the same things at the same time, over every way there is: nobody is told an id, a
// name, a line or a count of what only another may see. Private things carry marks that are looked for in all answers.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { Random } from "../../src/sandbox/random.js";
import { untilConnected } from "../e2e/scene.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { Subscribed, TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { IS_LONG } from "./form.js";

const OPERATIONS = IS_LONG ? 10_000 : 2_000;
const AT_ONCE = 24;
/** Of each, before the first question. */
const PRIVATE_JOBS = { alice: 4, bob: 8 } as const;
/** Bob's that are submitted meanwhile; the sandbox forgets old jobs above 500. */
const MORE_JOBS_MAX = 300;

type Viewer = "anonymous" | "alice" | "bob";
const VIEWERS: readonly Viewer[] = ["anonymous", "alice", "bob"];
const ALICES = "ALICEONLY";
const BOBS = "BOBONLY";
/** Restricted to bob's group: a device type with its device, and a device of an open type. */
const RESTRICTED = /fvp/;
const FORBIDDEN: Readonly<Record<Viewer, readonly RegExp[]>> = {
  anonymous: [/ALICEONLY/, /BOBONLY/, RESTRICTED],
  alice: [/BOBONLY/, RESTRICTED],
  bob: [/ALICEONLY/],
};

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
/** Jobs that only their submitter may see. */
const privateIds = { alice: new Set<string>(), bob: new Set<string>() };
/** Node ids of bob's first job, its suite and its case. */
let bobsNodes: readonly string[];

beforeAll(async () => {
  cuirass = await createCuirassSandbox({ evaluations: 6 });
  lava = await createLavaSandbox({ jobs: 30, builds: () => cuirass.builds() });
  gateway = await startGateway({ lava: [{ url: lava.url }], cuirass: [{ url: cuirass.url }] });
  await untilConnected(gateway);
  for (const user of ["alice", "bob"] as const) {
    for (let at = 0; at < PRIVATE_JOBS[user]; at += 1) submit(user);
  }
  for (const id of [...privateIds.alice, ...privateIds.bob]) {
    await untilFinished(id);
  }
  const { data } = await gateway.query(
    `query ($id: ID!) { testJob(jobId: $id) { id suites { id cases(first: 1) { nodes { id } } } } }`,
    { id: [...privateIds.bob][0] },
    headersOf("bob"),
  );
  bobsNodes = [data.testJob.id, data.testJob.suites[1].id, data.testJob.suites[1].cases.nodes[0].id];
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  await cuirass.close();
});

/** A job that runs for a second and says its submitter's mark wherever a job can say something. */
function submit(user: "alice" | "bob"): string {
  const mark = user === "alice" ? ALICES : BOBS;
  const definition = jobFile("played")
    .replace("played job", `played job ${mark}`)
    .replace("visibility: public", "visibility: personal")
    .replace("play-event: half way", `play-event: half way ${mark}\n  play-mark: ${mark}`)
    .replace("play-seconds: '1'", "play-seconds: '0.3'");
  const [id = ""] = lava.submit(user, definition);
  privateIds[user].add(id);
  return id;
}

async function untilFinished(id: string): Promise<void> {
  await vi.waitFor(() => expect(lava.job(Number(id))?.state).toBe("Finished"), { timeout: 60_000, interval: 50 });
}

function headersOf(viewer: Viewer): Record<string, string> {
  return viewer === "anonymous" ? {} : asUser(lava.users[viewer].token);
}

/** Throws when an answer tells the viewer what only another may see. Texts that the question itself named are no news. */
function expectNoLeak(viewer: Viewer, what: string, answer: string, named?: RegExp): void {
  for (const mark of FORBIDDEN[viewer]) {
    if (mark.source === named?.source) continue;
    const at = answer.search(mark);
    if (at !== -1) expect.fail(`${viewer} was told by ${what}: ${answer.slice(Math.max(0, at - 200), at + 60)}`);
  }
  for (const [, id = ""] of answer.matchAll(/"jobId":"([\d.]+)"/g)) {
    const owner = privateIds.alice.has(id) ? "alice" : privateIds.bob.has(id) ? "bob" : viewer;
    if (owner !== viewer) expect.fail(`${viewer} was told by ${what} of ${owner}'s test job ${id}`);
  }
}

const JOB = `id jobId name definition originalDefinition submitter visibility metadata { key value }
  resultCounts { total } suites { name cases(first: 3) { nodes { name } } } log { lines(first: 4) { nodes { text } } }`;

interface Question {
  readonly query: string;
  readonly variables?: (random: Random) => Record<string, unknown>;
  readonly named?: RegExp;
  /** Where a count stands that is as LAVA itself gives it to this viewer. */
  readonly counts?: Readonly<Record<string, string>>;
  /** Who asks; all where absent. */
  readonly viewers?: readonly Viewer[];
  /** Whether bob, who may, is told of his own. */
  readonly tellsBob?: boolean;
}

const anId = (random: Random) => {
  const ids = [...privateIds.bob, ...privateIds.alice];
  return { id: random.pick(ids) };
};

const QUESTIONS: Readonly<Record<string, Question>> = {
  newest: {
    query: `{ testJobs(first: 12) { totalCount nodes { ${JOB} } } }`,
    counts: { testJobs: "jobs/" },
    tellsBob: true,
  },
  page: {
    query: `query ($first: Int!) { testJobs(first: $first) { totalCount nodes { jobId name } pageInfo { endCursor } } }`,
    variables: (random) => ({ first: random.between(1, 40) }),
    counts: { testJobs: "jobs/" },
  },
  last: { query: `{ testJobs(last: 10) { totalCount nodes { jobId name } } }`, counts: { testJobs: "jobs/" } },
  job: { query: `query ($id: ID!) { testJob(jobId: $id) { ${JOB} } }`, variables: anId, tellsBob: true },
  cases: {
    query: `query ($id: ID!) { testJob(jobId: $id) { jobId cases(first: 30) { nodes { name suiteName } } } }`,
    variables: anId,
    tellsBob: true,
  },
  log: {
    query: `query ($id: ID!) { testJob(jobId: $id) { log { lineCount lines(last: 5) { nodes { text } } } } }`,
    variables: anId,
    tellsBob: true,
  },
  node: {
    query: `query ($id: ID!) { node(id: $id) { id ... on TestJob { jobId name } ... on TestSuite { name } ... on TestCase { name } } }`,
    variables: (random) => ({ id: random.pick(bobsNodes) }),
    tellsBob: true,
  },
  nodes: {
    query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on TestJob { jobId name } ... on TestSuite { name } ... on TestCase { name } } }`,
    variables: () => ({ ids: bobsNodes }),
    tellsBob: true,
  },
  compare: {
    query: `query ($a: ID!) { compareRuns(a: $a, b: $a) { __typename } node(id: $a) { ... on TestJob { name } } }`,
    variables: () => ({ a: bobsNodes[0] }),
  },
  search: { query: `{ search(text: "ONLY") { matched node { id ... on TestJob { jobId name } } } }`, tellsBob: true },
  searchNumber: {
    query: `query ($id: String!) { search(text: $id) { node { ... on TestJob { jobId name } } } }`,
    variables: anId,
    tellsBob: true,
  },
  runs: { query: `{ runs(first: 15) { nodes { id name ... on TestJob { jobId submitter } } } }`, tellsBob: true },
  filtered: {
    query: `{ testJobs(first: 10, filter: { submitters: ["bob"], text: "played" }) { nodes { jobId name } } }`,
    tellsBob: true,
  },
  lab: {
    query: `{ devices(first: 50) { totalCount nodes { hostname description currentJob { jobId name } } }
      deviceTypes(first: 50) { totalCount nodes { name description } } workers(first: 20) { nodes { hostname } } }`,
    counts: { devices: "devices/", deviceTypes: "devicetypes/" },
  },
  device: { query: `{ device(hostname: "fvp-01") { description deviceType { description } } }`, named: RESTRICTED },
  queue: { query: `{ servers { ... on LavaServer { user queue(first: 30) { totalCount nodes { jobId name } } } } }` },
  events: {
    query: `{ events(last: 100) { topic user message testJob { jobId name } device { hostname } } }`,
    tellsBob: true,
  },
  cancel: {
    query: `mutation ($id: ID!) { cancelTestJob(testJob: { jobId: $id }) { ... on TestJobNotCanceled { testJob { jobId name } } } }`,
    variables: (random) => ({ id: random.pick([...privateIds.bob]) }),
    viewers: ["anonymous", "alice"],
  },
};

/** As LAVA itself counts for each viewer; nothing that anonymous or alice may see comes or goes. */
async function countOf(viewer: Viewer, path: string): Promise<number> {
  const reply = await fetch(`${lava.url}/api/v0.2/${path}?limit=1`, { headers: headersOf(viewer) });
  return ((await reply.json()) as { count: number }).count;
}

const UPDATES: readonly string[] = [
  `subscription { testJobUpdates { state testJob { jobId name metadata { key value } } } }`,
  `subscription { testJobUpdates(filter: { submitters: ["bob"] }) { testJob { jobId name } } }`,
  `subscription { runUpdates { run { id name ... on TestJob { jobId } } } }`,
  `subscription { deviceUpdates { device { hostname description currentJob { jobId name } } } }`,
  `subscription { serverEvents { topic user message testJob { jobId name } device { hostname } } }`,
];

test(`in ${OPERATIONS} mixed operations of three viewers nothing leaks`, async () => {
  const random = new Random(11);
  const counts = new Map<string, number>();
  for (const viewer of ["anonymous", "alice"] as const) {
    for (const path of ["jobs/", "devices/", "devicetypes/"]) {
      counts.set(`${viewer} ${path}`, await countOf(viewer, path));
    }
  }
  expect(counts.get("alice jobs/")).toBeGreaterThan(counts.get("anonymous jobs/") ?? 0);
  expect(await countOf("bob", "jobs/")).toBeGreaterThan(counts.get("alice jobs/") ?? 0);

  let done = 0;
  const toldBob = new Map<string, number>();
  /** Of GETs, by their address: the last answer's tag, whosever it was, and what was tagged by it. */
  const etags = new Map<string, string>();
  const tagged = new Map<string, string>();
  const live: Subscribed<unknown>[] = [];
  const listeners: Promise<void>[] = [];
  let liveUpdates = 0;
  // Who sees most comes first: the others must not share what was begun with more rights than theirs.
  for (const viewer of VIEWERS.toReversed()) {
    for (const document of UPDATES) {
      const following = gateway.subscribe(document, {}, headersOf(viewer));
      live.push(following);
      const listen = async () => {
        for (let update = await following.next(); update !== undefined; update = await following.next()) {
          const text = JSON.stringify(update);
          expectNoLeak(viewer, document, text);
          liveUpdates += 1;
          if (viewer === "bob" && text.includes(BOBS)) count(toldBob, document);
        }
      };
      listeners.push(listen());
    }
  }

  const byPost = async (viewer: Viewer, { query, variables }: Question) => {
    const answer = await gateway.query(query, variables?.(random) ?? {}, headersOf(viewer));
    return JSON.stringify(answer);
  };
  /** With the tag of whoever asked the same before. */
  const byGet = async (viewer: Viewer, { query, variables }: Question) => {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables?.(random) ?? {}) });
    const url = `${gateway.origin}/graphql?${search.toString()}`;
    const tag = etags.get(url);
    const reply = await fetch(url, {
      headers: {
        "apollo-require-preflight": "1",
        ...headersOf(viewer),
        ...(tag === undefined ? {} : { "if-none-match": tag }),
      },
    });
    const newTag = reply.headers.get("etag") ?? "";
    expect(reply.headers.get("cache-control")).toMatch(viewer === "anonymous" ? /public|no-store/ : /private/);
    // Whoever is told that nothing has changed is told what the tag's owner was told.
    if (reply.status === 304) return tagged.get(`${url} ${newTag}`) ?? `unknown tag ${newTag}`;
    const text = await reply.text();
    if (newTag !== "") {
      etags.set(url, newTag);
      tagged.set(`${url} ${newTag}`, text);
    }
    return text;
  };
  const byStream = async (viewer: Viewer, { query, variables }: Question) => {
    const reply = await fetch(`${gateway.origin}/graphql/stream`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headersOf(viewer) },
      body: JSON.stringify({ query, variables: variables?.(random) ?? {} }),
    });
    return reply.text();
  };
  const bySocket = async (viewer: Viewer, { query, variables }: Question) => {
    const following = gateway.subscribe(query, variables?.(random) ?? {}, headersOf(viewer));
    const results = await following.rest();
    following.close();
    return JSON.stringify(results);
  };
  const byExport = async (viewer: Viewer) => {
    const user = random.chance(0.5) ? "alice" : "bob";
    const id = random.pick([...privateIds[user]]);
    const reply = await fetch(
      `${gateway.origin}/export/lava/lava/${id}.${random.pick(["csv", "yaml", "xml", "tap"])}`,
      {
        headers: headersOf(viewer),
      },
    );
    if (viewer !== user) expect(reply.status).toBe(404);
    return reply.text();
  };
  const byLogLines = async (viewer: Viewer) => {
    const following = gateway.subscribe(
      `subscription ($run: ID!) { logLines(run: $run) { lines { text } } }`,
      { run: bobsNodes[0] },
      headersOf(viewer),
    );
    const results = await following.rest();
    following.close();
    return JSON.stringify(results);
  };

  const one = async () => {
    const viewer = random.pick(VIEWERS);
    const chance = random.next();
    if (chance < 0.05) {
      expectNoLeak(viewer, "an export", await byExport(viewer));
      return;
    }
    if (chance < 0.08) {
      expectNoLeak(viewer, "logLines", await byLogLines(viewer));
      return;
    }
    const name = random.pick(Object.keys(QUESTIONS));
    const question = QUESTIONS[name] as Question;
    if (question.viewers?.includes(viewer) === false) return;
    const isMutation = question.query.startsWith("mutation");
    const way =
      chance < 0.7 || (isMutation && chance < 0.85)
        ? byPost
        : chance < 0.85
          ? byGet
          : chance < 0.93
            ? byStream
            : bySocket;
    const answer = await way(viewer, question);
    expectNoLeak(viewer, name, answer, question.named);
    if (viewer === "bob" && answer.includes(BOBS)) count(toldBob, name);
    for (const [field, path] of Object.entries(question.counts ?? {})) {
      const [, total] = new RegExp(`"${field}":\\{"totalCount":(\\d+)`).exec(answer) ?? [];
      const expected = counts.get(`${viewer} ${path}`);
      if (total !== undefined && expected !== undefined)
        expect([name, viewer, Number(total)]).toEqual([name, viewer, expected]);
    }
  };
  /** Bob's jobs come and go meanwhile, so that events end what is remembered. */
  let more = 0;
  const keepBusy = async () => {
    while (done < OPERATIONS && more < MORE_JOBS_MAX) {
      const id = submit("bob");
      more += 1;
      await untilFinished(id);
    }
  };
  const busy = keepBusy();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (done < OPERATIONS) {
        done += 1;
        await one();
      }
    }),
  );
  await busy;
  for (const following of live) following.close();
  await Promise.all(listeners);

  // Else the marks would be nowhere, and their absence would prove nothing.
  for (const [name, { tellsBob }] of Object.entries(QUESTIONS))
    if (tellsBob) expect([name, (toldBob.get(name) ?? 0) > 0]).toEqual([name, true]);
  expect(toldBob.get(UPDATES[0] ?? "")).toBeGreaterThan(0);
  console.log(`${done} operations, ${liveUpdates} live updates, ${more} private jobs meanwhile, 0 leaks`);
});

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
