// The results of one test job, to be asked for counts, pages and single cases: held whole, or left at LAVA when too many.

import { pageOfArray, unknownCursor } from "../../ci/page.js";
import type { Page, PageRequest } from "../../ci/page.js";
import { Overflow } from "../../errors.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { LogResult } from "../protocol/log-line.js";
import type { Query } from "../protocol/job-search.js";
import { toCaseResult } from "../protocol/rest-case.js";
import type { WireCase } from "../protocol/rest-case.js";
import { setOf } from "../protocol/test-case.js";
import type { CaseWhere, JobResults, OutcomeCounts } from "../protocol/job-results.js";
import type { CaseResult } from "../protocol/test-case.js";
import type { ResultsClient } from "./results-client.js";

const OUTCOMES = ["pass", "fail", "skip", "unknown"] as const;
/** Suites of one job; each is a test definition that somebody wrote into the job. */
const SUITES_MAX = 1_000;
/** Cases looked through for the results that a page of a large job's log tells. */
const LINE_CASES_MAX = 2_000;

export class HeldResults implements JobResults {
  readonly #all: readonly CaseResult[];
  #byName: ReadonlyMap<string, readonly CaseResult[]> | undefined;

  constructor(results: readonly CaseResult[]) {
    this.#all = [...results].sort((a, b) => Number(a.id) - Number(b.id));
  }

  suiteNames(): Promise<readonly string[]> {
    return Promise.resolve([...new Set(this.#all.map(({ suite }) => suite))]);
  }

  setNames(suite: string): Promise<readonly string[]> {
    const sets = this.#where({ suite }).flatMap(({ set }) => (set === null ? [] : [set]));
    return Promise.resolve([...new Set(sets)]);
  }

  counts(where: CaseWhere): Promise<OutcomeCounts> {
    return Promise.resolve(countOutcomes(this.#where(where)));
  }

  page(where: CaseWhere, request: PageRequest): Promise<Page<CaseResult>> {
    return Promise.resolve(pageOfArray(this.#where(where), request, ({ id }) => id));
  }

  caseById(id: string): Promise<CaseResult | null> {
    return Promise.resolve(this.#all.find((one) => one.id === id) ?? null);
  }

  newest(suite: string, name: string): Promise<CaseResult | null> {
    return Promise.resolve(this.#all.findLast((one) => one.suite === suite && one.name === name) ?? null);
  }

  casesOf(lines: readonly LogResult[]): Promise<(CaseResult | null)[]> {
    this.#byName ??= groupBy(this.#all, ({ suite, name }) => `${suite}\0${name}`);
    const byName = this.#byName;
    return Promise.resolve(lines.map((line) => caseOf(line, byName.get(`${line.suite}\0${line.name}`) ?? [])));
  }

  whole(): readonly CaseResult[] {
    return this.#all;
  }

  #where({ suite, set, name, results }: CaseWhere): readonly CaseResult[] {
    return this.#all.filter(
      (one) =>
        (suite == null || one.suite === suite) &&
        (results == null || results.includes(one.result)) &&
        (name == null || one.name === name) &&
        (set == null || one.set === set),
    );
  }
}

/** The results of a job whose visibility to this viewer has been checked. */
export class RemoteResults implements JobResults {
  #suites: Promise<ReadonlyMap<number, string>> | undefined;

  constructor(
    private readonly client: ResultsClient,
    private readonly id: LavaJobId,
    private readonly ask: Ask,
  ) {}

  async suiteNames(): Promise<readonly string[]> {
    return [...(await this.#suiteMap()).values()];
  }

  setNames(): Promise<readonly string[]> {
    // LAVA has no list of sets; going through half a million cases for them would take it minutes.
    return Promise.reject(this.#tooMany("ask for `cases` with a `filter`"));
  }

  async counts(where: CaseWhere): Promise<OutcomeCounts> {
    const counts = await Promise.all(
      OUTCOMES.map(async (result) =>
        where.results == null || where.results.includes(result)
          ? (await this.#list({ ...toQuery(where), result, limit: 1 })).count
          : 0,
      ),
    );
    const [pass = 0, fail = 0, skip = 0, unknown = 0] = counts;
    return { pass, fail, skip, unknown };
  }

  async page(where: CaseWhere, request: PageRequest): Promise<Page<CaseResult>> {
    const { direction, count, cursor } = request;
    if (cursor !== null && !/^\d{1,15}$/.test(cursor)) throw unknownCursor(request);
    const forward = direction === "forward";
    const bound = cursor === null ? {} : forward ? { id__gt: cursor } : { id__lt: cursor };
    const query = { ...toQuery(where), ...bound, limit: count + 1, ordering: forward ? "id" : "-id" };
    const list = await this.#listWith(where.results, query);
    const wires = list.results.sort((a, b) => (forward ? a.id - b.id : b.id - a.id)).slice(0, count);
    if (!forward) wires.reverse();
    const more = list.results.length > count;
    const cases = await this.#toResults(wires, where.suite);
    return {
      items: cases.map((node) => ({ cursor: node.id, node })),
      hasNextPage: forward ? more : cursor !== null,
      hasPreviousPage: forward ? cursor !== null : more,
      totalCount:
        cursor === null
          ? list.count
          : async () => (await this.#listWith(where.results, { ...toQuery(where), limit: 1 })).count,
    };
  }

  async caseById(id: string): Promise<CaseResult | null> {
    if (!/^\d{1,15}$/.test(id)) return null;
    const [one = null] = await this.#toResults((await this.#list({ id, limit: 1 })).results, null);
    return one;
  }

  async newest(suite: string, name: string): Promise<CaseResult | null> {
    const list = await this.#list({ ...toQuery({ suite, name }), limit: 1, ordering: "-id" });
    const [one = null] = await this.#toResults(list.results, suite);
    return one;
  }

  async casesOf(lines: readonly LogResult[]): Promise<(CaseResult | null)[]> {
    // One request for a page of lines: their cases lie between the first and the last in the log.
    const starts = lines.flatMap(({ startLine }) => (startLine === null ? [] : [startLine]));
    if (starts.length === 0) return lines.map(() => null);
    const list = await this.#list({
      start_log_line__gte: Math.min(...starts),
      start_log_line__lte: Math.max(...starts),
      limit: LINE_CASES_MAX,
      ordering: "id",
    });
    const cases = await this.#toResults(list.results, null);
    const byLine = groupBy(cases, ({ startLogLine }) => String(startLogLine));
    return lines.map((line) => caseOf(line, byLine.get(String(line.startLine)) ?? []));
  }

  whole(): readonly CaseResult[] {
    throw this.#tooMany("ask for `resultCounts` or pages of `cases`");
  }

  async #toResults(wires: readonly WireCase[], suite: string | null | undefined): Promise<CaseResult[]> {
    if (wires.length === 0) return [];
    const names = suite == null ? await this.#suiteMap() : null;
    return wires.map((wire) => toCaseResult(wire, suite ?? names?.get(wire.suite) ?? ""));
  }

  #suiteMap(): Promise<ReadonlyMap<number, string>> {
    this.#suites ??= (async () => {
      const list = await this.client.suites(this.id, { limit: SUITES_MAX, ordering: "id" }, this.ask);
      return new Map((list?.results ?? []).map(({ id, name }) => [id, name]));
    })();
    return this.#suites;
  }

  /** LAVA looks for one result at a time. */
  async #listWith(results: CaseWhere["results"], query: Query) {
    const wanted = results == null || results.length === OUTCOMES.length ? [undefined] : [...new Set(results)];
    const lists = await Promise.all(wanted.map((result) => this.#list({ ...query, result })));
    return {
      count: lists.reduce((sum, { count }) => sum + count, 0),
      results: lists.flatMap((list) => [...list.results]),
    };
  }

  async #list(query: Query) {
    return (await this.client.cases(this.id, query, this.ask)) ?? { count: 0, results: [] };
  }

  #tooMany(advice: string): Overflow {
    return new Overflow("LIMIT_EXCEEDED", `test job ${this.id} has too many test cases to go through; ${advice}`);
  }
}

function toQuery({ suite, set, name }: CaseWhere): Query {
  return { suite__name: suite, test_set__name: set, name };
}

export function countOutcomes(cases: readonly CaseResult[]): OutcomeCounts {
  const counts = { pass: 0, fail: 0, skip: 0, unknown: 0 };
  for (const { result } of cases) counts[result] += 1;
  return counts;
}

/** A name repeats: what tells its cases apart is where they start in the log or, for LAVA's own, the action's place. */
function caseOf(line: LogResult, candidates: readonly CaseResult[]): CaseResult | null {
  const matching = candidates.filter(
    (one) =>
      one.suite === line.suite &&
      one.name === line.name &&
      one.set === setOf(line.set) &&
      one.startLogLine === line.startLine &&
      one.level === line.level,
  );
  return matching.length === 1 ? (matching[0] ?? null) : null;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
