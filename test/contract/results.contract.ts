// What Etna promises of results, their exports and the log lines that belong to them, over a LAVA, whichever.

import { Memory } from "../../src/cache/memory.js";
import Papa from "papaparse";
import { SaxesParser } from "saxes";
import yaml from "js-yaml";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Page } from "../../src/ci/page.js";
import { toJobId } from "../../src/lava/protocol/ids.js";
import { createLava } from "../../src/lava/index.js";
import { RemoteResults } from "../../src/lava/client/job-results.js";
import type { CaseResult } from "../../src/lava/protocol/test-case.js";
import { Secret } from "../../src/net/secret.js";
import { ANONYMOUS_ENTRY } from "../support/entries.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import type { LavaTarget } from "./lava.contract.js";

interface Case {
  readonly caseId: string;
  readonly name: string;
  readonly result: string;
  readonly suiteName: string;
  readonly measurementText: string | null;
  readonly unit: string | null;
  readonly startLogLine: number | null;
}

const JOB = `query ($jobId: ID!) { testJob(jobId: $jobId) {
  cases(first: 1000) { totalCount nodes { caseId name result suiteName measurementText unit startLogLine } }
  suites { id name testJob { jobId } resultCounts { total } export(format: CSV) { url } }
  csv: export(format: CSV) { contentType url text }
  yaml: export(format: YAML) { contentType url text }
  junit: export(format: JUNIT) { contentType url text }
  tap: export(format: TAP) { contentType url text }
} }`;

export function resultsContract(name: string, start: () => Promise<LavaTarget>): void {
  describe(`results and exports over ${name}`, () => {
    let target: LavaTarget;
    let gateway: TestGateway;
    let played: string;
    let hidden: string;

    beforeAll(async () => {
      target = await start();
      gateway = await startGateway({
        lava: [{ url: target.url, publisher: target.eventUrl }],
        // Questions that go through everything at once, which a client would ask in parts.
        clients: { limits: { query: { cost: 10_000 } } },
      });
      played = await finish("played", target.tokens.alice);
      hidden = await finish("played-private", target.tokens.bob);
    }, 120_000);
    afterAll(() => gateway.close());

    async function finish(file: string, token: string): Promise<string> {
      const submitted = await gateway.query(
        `mutation ($definition: String!) { submitTestJob(definition: $definition) { ... on TestJobsSubmitted { jobIds } } }`,
        { definition: jobFile(file) },
        asUser(token),
      );
      const [jobId = ""] = submitted.data.submitTestJob.jobIds as string[];
      await vi.waitFor(
        async () => {
          const { data } = await gateway.query(`{ testJob(jobId: "${jobId}") { state } }`, {}, asUser(token));
          expect(data.testJob.state).toBe("FINISHED");
        },
        { timeout: 60_000, interval: 200 },
      );
      return jobId;
    }

    const job = async () => {
      const { data, errors } = await gateway.query(JOB, { jobId: played }, asUser(target.tokens.alice));
      expect(errors).toEqual([]);
      return data.testJob;
    };
    const download = (path: string, token?: string) =>
      fetch(`${gateway.origin}${path}`, { headers: token === undefined ? {} : asUser(token) });

    test("the CSV of a job holds the graph's cases, no more and no less", async () => {
      const { cases, csv } = await job();
      expect(csv.contentType).toBe("text/csv; charset=utf-8");
      const { data, errors } = Papa.parse<Record<string, string>>(csv.text, { header: true, skipEmptyLines: true });
      expect(errors).toEqual([]);
      expect(data).toHaveLength(cases.totalCount as number);
      const rows = data.sort((a, b) => Number(a["id"]) - Number(b["id"]));
      expect(
        rows.map((row) => ({
          caseId: row["id"],
          name: row["name"],
          result: row["result"]?.toUpperCase(),
          suiteName: row["suite"],
          measured: row["measurement"] !== "None",
          unit: row["unit"] === "" ? null : row["unit"],
          startLogLine: row["log_start_line"] === "" ? null : Number(row["log_start_line"]),
        })),
      ).toEqual(
        (cases.nodes as Case[]).map(({ measurementText, ...one }) => ({ ...one, measured: measurementText !== null })),
      );
    });

    test("the YAML of a job is a list with its cases", async () => {
      const { cases, yaml: file } = await job();
      const list = yaml.load(file.text) as { id: string }[];
      expect(list.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(
        (cases.nodes as Case[]).map(({ caseId }) => Number(caseId)),
      );
    });

    test("the JUnit of a job, and of a suite, is well-formed and has its cases", async () => {
      const { cases, junit, suites } = await job();
      expect(readJUnit(junit.text)).toHaveLength(cases.totalCount as number);
      for (const suite of suites) {
        const reply = await download(`/export/lava/lava/${played}/${encodeURIComponent(suite.name as string)}.xml`);
        expect(reply.status).toBe(200);
        expect(readJUnit(await reply.text())).toHaveLength(suite.resultCounts.total as number);
      }
    });

    test("the TAP of a job, and of a suite, has its plan and a line for each case", async () => {
      const { cases, tap } = await job();
      const results = (text: string) => text.split("\n").filter((line) => /^(not )?ok \d+ /.test(line));
      expect(tap.text).toMatch(new RegExp(`^1\\.\\.${String(cases.totalCount)}$`, "m"));
      expect(results(tap.text as string)).toHaveLength(cases.totalCount as number);
      const reply = await download(`/export/lava/lava/${played}/0_played.tap`);
      const text = await reply.text();
      expect(text).toMatch(/^TAP version 13\n1\.\.12\n/);
      expect(results(text)).toEqual([
        ...[1, 2, 3, 4, 5, 6].map((at) => `ok ${at} case-${at - 1}`),
        "not ok 7 case-6",
        ...[8, 9, 10].map((at) => `ok ${at} case-${at - 1}`),
        "ok 11 case-10 # SKIP test skipped",
        "ok 12 case-11",
      ]);
    });

    test("a suite's CSV and YAML hold its cases alone", async () => {
      const { suites } = await job();
      for (const { name, resultCounts, export: file } of suites) {
        const csv = await download(file.url as string);
        expect(csv.status).toBe(200);
        const rows = Papa.parse<Record<string, string>>(await csv.text(), { header: true, skipEmptyLines: true }).data;
        expect(rows).toHaveLength(resultCounts.total as number);
        expect(new Set(rows.map((row) => row["suite"]))).toEqual(new Set([name]));
        const list = await download((file.url as string).replace(/csv$/, "yaml"));
        expect(yaml.load(await list.text())).toHaveLength(resultCounts.total as number);
      }
    });

    test("a download is the export's text, with its type and a name", async () => {
      const { csv } = await job();
      expect(csv.url).toBe(`/export/lava/lava/${played}.csv`);
      const reply = await download(csv.url as string, target.tokens.alice);
      expect(reply.status).toBe(200);
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="lava-${played}.csv"`,
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
      });
      expect(await reply.text()).toBe(csv.text);
    });

    test("a private job's exports are there for its group only, and look to others like what does not exist", async () => {
      const paths = ["csv", "yaml", "xml", "tap"].flatMap((form) => [
        `/export/lava/lava/${hidden}.${form}`,
        `/export/lava/lava/${hidden}/0_played.${form}`,
      ]);
      for (const path of paths) {
        const none = await download(path.replace(hidden, "99999999"));
        const missing = await none.json();
        expect(none.status).toBe(404);
        for (const token of [undefined, target.tokens.alice]) {
          const reply = await download(path, token);
          expect([path, reply.status, await reply.json()]).toEqual([path, 404, missing]);
        }
        const own = await download(path, target.tokens.bob);
        expect([path, own.status]).toEqual([path, 200]);
        expect(await own.text()).toContain("case-11");
      }
    });

    test("a suite that is not there is 404, and a token that LAVA does not know is 403", async () => {
      expect((await download(`/export/lava/lava/${played}/nope.csv`)).status).toBe(404);
      expect((await download(`/export/lava/lava/${played}/nope.tap`)).status).toBe(404);
      for (const form of ["csv", "tap"]) {
        const reply = await download(`/export/lava/lava/${played}.${form}`, "no-such-token");
        expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([403, "UPSTREAM_DENIED"]);
      }
    });

    test("cases of all suites are filtered and paged, both ways", async () => {
      const page = `query ($jobId: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: TestJobCaseFilter) {
        testJob(jobId: $jobId) { cases(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
          totalCount nodes { caseId name result suiteName testJob { jobId } suite { name } } pageInfo { hasNextPage endCursor } } } }`;
      const ask = async (variables: Record<string, unknown>) => {
        const { data, errors } = await gateway.query(page, { jobId: played, ...variables });
        expect(errors).toEqual([]);
        return data.testJob.cases;
      };
      expect(await ask({ filter: { suite: "1_played", results: ["FAIL"] } })).toMatchObject({
        totalCount: 1,
        nodes: [
          {
            name: "case-6",
            result: "FAIL",
            suiteName: "1_played",
            testJob: { jobId: played },
            suite: { name: "1_played" },
          },
        ],
      });
      expect((await ask({ filter: { name: "case-3" } })).totalCount).toBe(2);
      const first = await ask({ first: 4 });
      const rest = await ask({ first: 100, after: first.pageInfo.endCursor });
      const all = await ask({ first: 100 });
      expect([...first.nodes, ...rest.nodes]).toEqual(all.nodes);
      expect((await ask({ last: 3 })).nodes).toEqual(all.nodes.slice(-3));
      const refused = await gateway.query(page, { jobId: played, filter: { suite: "" } });
      expect(refused.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argument: "filter.suite" } }]);
    });

    test("a job asked in parts has the cases, counts and suites of the same job asked whole", async () => {
      const lava = createLava([{ ...ANONYMOUS_ENTRY, url: new URL(target.url), events: "poll" }], {
        memory: new Memory(0),
      });
      try {
        const view = lava.createSession({ token: new Secret(target.tokens.alice), byServer: new Map() }).view(null);
        const id = toJobId(Number(played));
        const held = await view.jobResults(id);
        if (held === null) throw new Error("no results");
        const parts = new RemoteResults(view.server.client.results, id, view.ask);
        expect(await parts.suiteNames()).toEqual(await held.suiteNames());
        const shown = ({ items, totalCount, ...page }: Page<CaseResult>) => ({
          ...page,
          totalCount: typeof totalCount === "function" ? null : totalCount,
          cases: items.map(({ cursor, node }) => ({ cursor, ...plain(node) })),
        });
        const request = { direction: "forward", count: 100, cursor: null } as const;
        const places = [
          {},
          { suite: "0_played" },
          { suite: "lava" },
          { results: ["fail"] },
          { results: ["pass", "fail"] },
          { suite: "lava", results: ["skip", "pass"] },
          { set: "nope" },
          { name: "case-4" },
        ] as const;
        for (const where of places) {
          expect(await parts.counts(where)).toEqual(await held.counts(where));
          for (const one of [
            request,
            { ...request, count: 2 },
            { ...request, direction: "backward", count: 2 },
          ] as const) {
            expect(shown(await parts.page(where, one))).toEqual(shown(await held.page(where, one)));
          }
        }
        for (const one of held.whole()) expect(plain(await parts.caseById(one.id))).toEqual(plain(one));
        expect(plain(await parts.newest("lava", "job"))).toEqual(plain(await held.newest("lava", "job")));
      } finally {
        await lava.close();
      }
    });

    test("each result line of the log leads to its case, and the case to its lines", async () => {
      const { data, errors } = await gateway.query(
        `query ($jobId: ID!) { testJob(jobId: $jobId) { log { lines(first: 1000, levels: [RESULTS]) {
          nodes { number result { suite set name result measurement unit testCase { caseId name suiteName result measurement startLogLine
            log { lineCount lines { nodes { number } } } } } } } } } }`,
        { jobId: played },
      );
      expect(errors).toEqual([]);
      const results = data.testJob.log.lines.nodes.map((node: { result: unknown }) => node.result);
      expect(results).toHaveLength((await job()).cases.totalCount as number);
      for (const { testCase, ...told } of results) {
        expect(testCase).toMatchObject({
          name: told.name,
          suiteName: told.suite,
          result: told.result,
          measurement: told.measurement,
        });
        const from = testCase.startLogLine as number | null;
        if (from === null) expect(testCase.log).toBeNull();
        else expect(testCase.log).toEqual({ lineCount: 2, lines: { nodes: [{ number: from }, { number: from + 1 }] } });
      }
      expect(new Set(results.map((one: { testCase: Case }) => one.testCase.caseId)).size).toBe(results.length);
    });
  });
}

function plain(one: CaseResult | null) {
  if (one === null) return null;
  const { id, suite, set, name, result, measurement, measurementValue, unit, logged, level, startLogLine, endLogLine } =
    one;
  const { durationSeconds, reference, errorType, errorMessage } = one;
  const measured = { measurement, measurementValue, unit, durationSeconds };
  const metadata = { ...one.metadata, extra: null };
  const told = { reference, errorType, errorMessage, metadata };
  return { id, suite, set, name, result, logged, level, startLogLine, endLogLine, ...measured, ...told };
}

/** Names of the cases; throws when the XML is not well-formed. */
function readJUnit(xml: string): string[] {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "testcase") names.push(String(attributes["name"]));
  });
  parser.write(xml).close();
  return names;
}
