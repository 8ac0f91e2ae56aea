// Everything Etna asks of one LAVA server about the results of test jobs. Two ways, since neither is right for all:
//
// - Whole (`ofJobs`): the CSV, many jobs in one `system.multicall`. LAVA makes the whole text before it sends the first
//   byte, some 0.2 ms of its time a case: cheapest for the jobs of every day, hopeless for 500,000 cases (a minute and
//   more, beyond every time limit, and 110 MB).
// - In parts (`cases`): REST `tests/`, where LAVA's database counts, filters and pages: 40 ms for a count and 140 ms for
//   100 cases whatever the job's size, but one request a job and question.
//
// So a job is asked whole until an answer turns out too large or too late; such a job is remembered, and asked in parts.

import type { z } from "zod";
import { BodyTooLarge, UpstreamError } from "../../errors.js";
import { malformed } from "../../net/decode.js";
import type { Origin } from "../../net/decode.js";
import type { HttpStream } from "../../net/http.js";
import type { Ask } from "../../net/ask.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { Query } from "../protocol/job-search.js";
import { wireCase, wireSuite } from "../protocol/rest-case.js";
import type { WireCase, WireSuite } from "../protocol/rest-case.js";
import { ResultsSyntaxError, decodeResultsCsv } from "../protocol/results-csv.js";
import type { CaseResult } from "../protocol/test-case.js";
import { wireList } from "../protocol/wire.js";
import type { LavaTransport } from "./transport.js";
import { multicallParts } from "./xml-rpc.js";

/** Stands for results that are too many to be read, or held, at once. */
export const TOO_MANY = "too many cases";

/** Cases of one job that are asked for and held at once: some 10 MB of CSV and 10 s of LAVA's time. */
export const CASES_HELD_MAX = 50_000;
/** Answer with the results of several jobs, in bytes. */
const WHOLE_MAX_BYTES = 16 * 1024 * 1024;
/** Large jobs that are remembered. */
const LARGE_MAX = 1_000;
/** What LAVA may take to make an export of a large job. */
const EXPORT_PATIENCE_MS = 300_000;

/** Suffix of REST's exports of a whole job; a suite has only the first two. */
export type ExportPath = "csv" | "yaml" | "junit" | "tap13";

export type Whole = readonly CaseResult[] | typeof TOO_MANY | null;

const wireCaseList = wireList(wireCase);
const wireSuiteList = wireList(wireSuite);

/** Methods throw `UpstreamError` and `Overflow`. */
export class ResultsClient {
  /** A job only ever grows. */
  readonly #large = new Set<LavaJobId>();

  constructor(private readonly transport: LavaTransport) {}

  /**
   * All results of each test job, in the ids' order; null for a job that this viewer may not see, `TOO_MANY` for one to
   * be read in parts, **without** a look at whether the viewer may see it.
   *
   * With a token this is a handful of `system.multicall`s, however many jobs. Anonymous callers have no bulk form
   * (XML-RPC `results.*` wants a user), so it is one REST request a job. Both check the job's visibility.
   */
  async ofJobs(ids: readonly LavaJobId[], ask: Ask): Promise<(Whole | UpstreamError)[]> {
    const asked = ids.filter((id) => !this.#large.has(id));
    const parts =
      ask.token === null ? asked.map((id) => [id]) : multicallParts(asked, this.transport.upstream.isCrowded);
    const answers = await Promise.all(parts.map((part) => this.#whole(part, ask)));
    const found = new Map(answers.flat());
    return ids.map((id) => found.get(id) ?? (this.#large.has(id) ? TOO_MANY : null));
  }

  /**
   * Cases of one job by LAVA's own filters; null where LAVA says that there is no such job. Before 2023.08 LAVA does not
   * look whether the viewer may see the job (lava.md, section 3.3): the caller does, first.
   */
  async cases(id: LavaJobId, query: Query, ask: Ask) {
    return this.#list<WireCase>(`jobs/${id}/tests/`, "jobs/ID/tests/", query, ask, wireCaseList);
  }

  /** Suites of one job, with the same hole. */
  async suites(id: LavaJobId, query: Query, ask: Ask) {
    return this.#list<WireSuite>(`jobs/${id}/suites/`, "jobs/ID/suites/", query, ask, wireSuiteList);
  }

  /** The export of a whole job as LAVA makes it; null when there is no such job that the viewer may see. */
  async exportJob(id: LavaJobId, form: ExportPath, ask: Ask) {
    return this.#stream(`jobs/${id}/${form}/`, `jobs/ID/${form}/`, ask);
  }

  /** The export of one suite. LAVA does not look whether the viewer may see the job: the caller does, first. */
  async exportSuite(id: LavaJobId, suite: number, form: "csv" | "yaml", ask: Ask): Promise<HttpStream | null> {
    return this.#stream(`jobs/${id}/suites/${suite}/${form}/`, `jobs/ID/suites/ID/${form}/`, ask);
  }

  async #stream(path: string, route: string, ask: Ask) {
    return this.transport.rest.stream({ path, route, patienceMs: EXPORT_PATIENCE_MS }, ask);
  }

  async #list<T>(
    path: string,
    route: string,
    query: Query,
    ask: Ask,
    schema: z.ZodType<{ readonly count: number; readonly results: readonly T[] }>,
  ): Promise<{ readonly count: number; readonly results: readonly T[] } | null> {
    try {
      return await this.transport.rest.get({ path, route, query }, ask, schema);
    } catch (error) {
      // Since 2023.08, and with a good token: not visible. A bad one was refused at the job itself.
      if (error instanceof UpstreamError && error.status === 403) return null;
      throw error;
    }
  }

  /** The results of some jobs in one request, or in more where that is too much. */
  async #whole(ids: readonly LavaJobId[], ask: Ask): Promise<(readonly [LavaJobId, Whole | UpstreamError])[]> {
    try {
      return await (ask.token === null ? this.#wholeByRest(ids, ask) : this.#wholeByRpc(ids, ask));
    } catch (error) {
      const tooLarge = error instanceof BodyTooLarge;
      // 504: a proxy before LAVA was the first to lose patience.
      const tooLate = error instanceof UpstreamError && (error.kind === "UpstreamTimeout" || error.status === 504);
      if (!tooLarge && !tooLate) {
        if (error instanceof UpstreamError) return ids.map((id) => [id, error]);
        throw error;
      }
      const counts = await Promise.all(
        ids.map(async (id) => (await this.cases(id, { limit: 1 }, ask).catch(() => null))?.count ?? 0),
      );
      const rest = ids.filter((id, at) => {
        const large = (counts[at] ?? 0) > CASES_HELD_MAX || (tooLarge && ids.length === 1);
        if (large) this.#remember(id);
        return !large;
      });
      const answers = ids.filter((id) => !rest.includes(id)).map((id) => [id, TOO_MANY] as const);
      if (rest.length < ids.length) return [...answers, ...(rest.length === 0 ? [] : await this.#whole(rest, ask))];
      // None of them is large: the server is slow, or there are too many of them.
      if (tooLate) return ids.map((id) => [id, error]);
      const half = Math.ceil(ids.length / 2);
      const halves = [ids.slice(0, half), ids.slice(half)].map((part) => this.#whole(part, ask));
      return (await Promise.all(halves)).flat();
    }
  }

  async #wholeByRpc(ids: readonly LavaJobId[], ask: Ask) {
    const method = "results.get_testjob_results_csv";
    const origin = { server: this.transport.server, operation: method };
    const calls = ids.map((id) => ({ method, params: [id] }));
    const answers = await this.transport.rpc.multicall(calls, ask, WHOLE_MAX_BYTES);
    return ids.map((id, at): readonly [LavaJobId, Whole | UpstreamError] => {
      const answer = answers[at];
      if (answer instanceof UpstreamError) return [id, isHidden(answer) ? null : answer];
      if (typeof answer !== "string") return [id, malformed(origin, `expected text, got ${typeof answer}`)];
      return [id, decodeCsv(origin, answer)];
    });
  }

  async #wholeByRest(ids: readonly LavaJobId[], ask: Ask) {
    const route = "jobs/ID/csv/";
    return Promise.all(
      ids.map(async (id): Promise<readonly [LavaJobId, Whole | UpstreamError]> => {
        const path = `jobs/${id}/csv/`;
        const csv = await this.transport.rest.text({ path, route, maxBytes: WHOLE_MAX_BYTES }, ask);
        return [id, csv === null ? null : decodeCsv({ server: this.transport.server, operation: `GET ${route}` }, csv)];
      }),
    );
  }

  #remember(id: LavaJobId): void {
    if (this.#large.size >= LARGE_MAX) this.#large.clear();
    this.#large.add(id);
  }
}

function decodeCsv(origin: Origin, csv: string): readonly CaseResult[] | UpstreamError {
  try {
    return decodeResultsCsv(csv);
  } catch (error) {
    if (error instanceof ResultsSyntaxError) return malformed(origin, error.message, error);
    throw error;
  }
}

/** Not visible or not there: LAVA tells the two apart in faults, Etna does not, since that would tell that it exists. */
export function isHidden(error: UpstreamError): boolean {
  return error.status === 401 || error.status === 403 || error.status === 404;
}
