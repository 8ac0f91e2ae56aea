// Everything Etna asks of one Cuirass server, typed. Knows no GraphQL. Cuirass has no accounts: everybody sees the same.

import { createHash } from "node:crypto";
import type { z } from "zod";
import { UpstreamError } from "../../errors.js";
import { decode } from "../../net/decode.js";
import type { HttpStream } from "../../net/http.js";
import type { Upstream } from "../../cache/upstream.js";
import type { Ask } from "../../net/ask.js";
import { EVERY_VIEWER } from "../../net/read.js";
import type { Border } from "../protocol/border.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { BuildQuery, JobQuery } from "../protocol/build-query.js";
import { parseDependencies, parseWorkers } from "../protocol/html.js";
import type { WireWorker } from "../protocol/html.js";
import { parseId, toEvaluationId } from "../protocol/ids.js";
import type { CuirassBuildId, CuirassEvaluationId, QueryText, StoreItem } from "../protocol/ids.js";
import {
  KEEP_BUILD_LISTS,
  KEEP_EVALUATION_LISTS,
  KEEP_JOB_HISTORY,
  KEEP_SLOW,
  absenceOfEvaluationLog,
  absenceOfLog,
  keepBuild,
  keepEvaluation,
  keepExistence,
  keepFoundBuild,
  keepJobs,
} from "./keep.js";
import type { Keep, LoggedBuild } from "./keep.js";
import { CuirassWeb } from "./web.js";
import type { WebRequest } from "./web.js";
import {
  wireBuild,
  wireBuilds,
  wireEvaluation,
  wireEvaluations,
  wireJobHistory,
  wireJobs,
  wireOutput,
  wireSpecifications,
} from "../protocol/wire.js";
import type { WireBuild, WireEvaluation, WireJob, WireJobHistory, WireSpecification } from "../protocol/wire.js";

/** An evaluation exists, but Cuirass fails on it, and on every list that holds it. */
export class Hidden extends UpstreamError {
  constructor(server: string, id: CuirassEvaluationId) {
    const message = `evaluation ${id} exists, but Cuirass can't show it: a channel was added to its specification later`;
    super({ kind: "UpstreamRejected", server, operation: "GET /api/evaluation", status: 500, message });
  }
}

/** One Cuirass server. Methods throw `UpstreamError` and `Overflow`; what does not exist is null. */
export class CuirassClient {
  readonly #web: CuirassWeb;

  /** @param ask for whom; files are always bulk. */
  constructor(
    private readonly upstream: Upstream,
    private readonly ask: Ask,
  ) {
    this.#web = new CuirassWeb(upstream, ask);
  }

  get server(): string {
    return this.upstream.server;
  }

  async build(id: CuirassBuildId): Promise<WireBuild | null> {
    return this.#one({ path: `/build/${id}`, route: "/build/ID" }, wireBuild, keepBuild(id));
  }

  /** The build of a derivation, given without `/gnu/store/`. */
  async buildByDerivation(derivation: StoreItem): Promise<WireBuild | null> {
    const request = { path: `/build/${encodeURIComponent(derivation)}`, route: "/build/DERIVATION" };
    return this.#one(request, wireBuild, FOUND_BUILD);
  }

  /** The build that has, or will have, this store item among its outputs. */
  async buildByOutput(item: StoreItem): Promise<WireBuild | null> {
    const request = { path: `/output/${encodeURIComponent(item)}`, route: "/output/NAME" };
    const output = await this.#one(request, wireOutput, FOUND_OUTPUT);
    return output?.build ?? null;
  }

  /**
   * Null also for an evaluation that Cuirass can't show, because a channel of its specification was added later: both
   * are an empty 500.
   * @param isGiven whether its id has been given already: then null will not become another answer soon.
   */
  async shownEvaluation(id: CuirassEvaluationId, isGiven = false): Promise<WireEvaluation | null> {
    const request = { path: "/api/evaluation", route: "/api/evaluation", query: { id } };
    return this.#one(request, wireEvaluation, keepEvaluation(id, isGiven), true);
  }

  /** Whether there is such an evaluation, even one that can't be shown: only its page tells. */
  async hasEvaluation(id: CuirassEvaluationId): Promise<boolean> {
    const request = { path: `/eval/${id}`, route: "/eval/ID" };
    return this.#web.remembered(request, keepExistence(id), (web) => web.exists(request));
  }

  /**
   * The newest evaluations, highest id first; null when one of them can't be shown, which spoils the whole list (see
   * `readEvaluations`). There is no upper limit, but each costs the server several queries.
   */
  async evaluations(nr: number, specification?: QueryText | null): Promise<readonly WireEvaluation[] | null> {
    const request = { path: "/api/evaluations", route: "/api/evaluations", query: { nr, spec: specification } };
    return this.#one(request, wireEvaluations, KEEP_EVALUATION_LISTS, true);
  }

  /**
   * The jobs of an evaluation by name, complete; empty when it is unknown. 60 bytes each.
   * @param evaluatedAt when its jobs were known, in Unix seconds; 0 for "not yet".
   */
  async jobs(
    evaluation: CuirassEvaluationId,
    { names, system }: JobQuery = {},
    evaluatedAt = 0,
  ): Promise<readonly WireJob[]> {
    const request = { path: "/api/jobs", route: "/api/jobs", query: { evaluation, names, system } };
    return this.#list(request, wireJobs, keepJobs(evaluation, evaluatedAt));
  }

  /** Jobs of these names in those of the newest `nr` (at most 100) succeeded evaluations that have any of them, newest first. */
  async jobHistory(specification: QueryText, names: readonly QueryText[], nr: number): Promise<WireJobHistory> {
    const query = { spec: specification, names, nr };
    return this.#list(
      { path: "/api/jobs/history", route: "/api/jobs/history", query },
      wireJobHistory,
      KEEP_JOB_HISTORY,
    );
  }

  /**
   * Finished builds, at most `BUILDS_MAX`: newest evaluation first, but inside an evaluation in no order, and what is
   * left out is arbitrary there.
   */
  async latestBuilds(query: BuildQuery, nr: number): Promise<readonly WireBuild[]> {
    return this.#builds("/api/latestbuilds", query, nr);
  }

  /**
   * Builds that ended above a place, highest id first, at most `BUILDS_MAX`.
   * @param seen a list that was read before: an answer in memory is from after it, or not taken.
   */
  async endedSince(query: BuildQuery, above: Border, seen: readonly WireBuild[]): Promise<readonly WireBuild[]> {
    const request = listRequest("/api/latestbuilds", { ...query, above, byId: true }, BUILDS_MAX);
    const digest = createHash("sha1").update(seen.map(({ id, buildstatus }) => `${id} ${buildstatus}`).join());
    return this.#list(request, wireBuilds, KEEP_BUILD_LISTS, ` after ${digest.digest("base64")}`);
  }

  /** Unfinished builds, at most `BUILDS_MAX`: running, scheduled, submitted; then by priority, creation and id. */
  async queue(query: BuildQuery, nr: number): Promise<readonly WireBuild[]> {
    return this.#builds("/api/queue", query, nr);
  }

  /** The active specifications by name. A cheap question: 4 ms. */
  async specifications(): Promise<readonly WireSpecification[]> {
    return this.#list({ path: "/specifications", route: "/specifications" }, wireSpecifications, KEEP_SLOW);
  }

  /** Id of the newest evaluation that succeeded; null when there is none, or the server has no such route (before 2023-06). */
  async latestEvaluation(specification: QueryText): Promise<CuirassEvaluationId | null> {
    const request = { path: "/eval/latest", route: "/eval/latest", query: { spec: specification } };
    return this.#web.remembered(request, KEEP_EVALUATION_LISTS, async (web) => {
      const location = await web.location(request);
      if (location === null) return null;
      const [, digits = ""] = /\/eval\/(\d+)$/.exec(location) ?? [];
      const id = parseId(digits);
      if (id === null) throw web.refusal(request, 302, null);
      return toEvaluationId(id);
    });
  }

  /**
   * As stored: gzip, bzip2 or plain. Null when there is none: never started, expired, or no such build.
   * @param build as it was when somebody wanted its log.
   */
  async buildLog(id: CuirassBuildId, build: LoggedBuild): Promise<HttpStream | null> {
    return this.#web.streamIfAny({ path: `/build/${id}/log/raw`, route: "/build/ID/log/raw" }, absenceOfLog(build));
  }

  /** What was found out by several requests; an error is not kept. */
  remembered<T>(key: string, find: () => Promise<T>): Promise<T> {
    return this.upstream.read({ ...KEEP_SLOW, key, viewer: EVERY_VIEWER }, this.ask, find);
  }

  /** What is made once from what `make` reads, for all who read it; null for what is not there, or not any more. */
  made(
    key: string,
    keep: "final" | "brief",
    make: (client: CuirassClient) => Promise<Buffer | null>,
  ): Promise<Buffer | null> {
    const read = { key, viewer: EVERY_VIEWER, keep, tags: [] };
    return this.upstream.read(read, this.ask, (fetching) => make(new CuirassClient(this.upstream, fetching)));
  }

  /** What the evaluator printed, as stored; null when there is nothing. */
  async evaluationLog(id: CuirassEvaluationId, status: number): Promise<HttpStream | null> {
    const request = { path: `/eval/${id}/log/raw`, route: "/eval/ID/log/raw" };
    return this.#web.streamIfAny(request, absenceOfEvaluationLog(status));
  }

  /** The channels of an evaluation as Guix reads them; null where the server has no such route (before 2024), and for none. */
  async channelsFile(id: CuirassEvaluationId): Promise<string | null> {
    const request = { path: `/eval/${id}/channels.scm`, route: "/eval/ID/channels.scm" };
    return this.#web.remembered(request, KEEP_SLOW, (web) => web.textIfAny(request));
  }

  /** From its page; null for a page that is not as known. */
  async workers(): Promise<readonly WireWorker[] | null> {
    const request = { path: "/workers", route: "/workers" };
    return this.#web.remembered(request, KEEP_BUILD_LISTS, async (web) =>
      parseWorkers((await web.textIfAny(request)) ?? ""),
    );
  }

  /** Builds that a build needs, from its page; null for a page that is not as known, and for none. */
  async dependencies(id: CuirassBuildId): Promise<readonly number[] | null> {
    const request = { path: `/build/${id}/details`, route: "/build/ID/details" };
    return this.#web.remembered(request, KEEP_SLOW, async (web) =>
      parseDependencies((await web.textIfAny(request)) ?? ""),
    );
  }

  /** From the footer of the front page, the only place that tells it; null for servers before 1.1. */
  async version(): Promise<string | null> {
    const page = await this.#web.text({ path: "/", route: "/" });
    return /\bCuirass (\d[\w.+-]*)/.exec(page)?.[1] ?? null;
  }

  #builds(path: ListPath, query: BuildQuery, nr: number): Promise<readonly WireBuild[]> {
    return this.#list(listRequest(path, query, nr), wireBuilds, KEEP_BUILD_LISTS);
  }

  /** @param bareIsUnknown whether the empty 500 says on this route that there is no such thing. */
  #one<T>(request: WebRequest, schema: z.ZodType<T>, keep: Keep<T | null>, bareIsUnknown = false): Promise<T | null> {
    return this.#web.remembered(request, keep, (web) => ask(web, request, schema, bareIsUnknown));
  }

  /** @param keySuffix tells answers to the same request apart that may not stand for one another. */
  #list<T>(request: WebRequest, schema: z.ZodType<T>, keep: Keep<T>, keySuffix = ""): Promise<T> {
    const load = async (web: CuirassWeb) => {
      const list = await ask(web, request, schema, false);
      if (list === null) throw web.refusal(request, 404, "this server has no such route");
      return list;
    };
    return this.#web.remembered(request, keep, load, keySuffix);
  }
}

type ListPath = "/api/latestbuilds" | "/api/queue";

function listRequest(path: ListPath, query: BuildQuery, nr: number): WebRequest {
  const { specification, job, system, evaluation, olderThan, derivation, worker, above, below, byId } = query;
  const raw = {
    ...{ nr, jobset: specification, job, system, evaluation, oldevaluation: olderThan, derivation, worker },
    ...{ "border-low-time": above?.time, "border-low-id": above?.id },
    ...{ "border-high-time": below?.time, "border-high-id": below?.id },
    // Any value does.
    order: byId === true ? 1 : null,
  };
  return { path, route: path, query: raw };
}

const FOUND_BUILD = keepFoundBuild((build: WireBuild | null) => build);
const FOUND_OUTPUT = keepFoundBuild((output: z.infer<typeof wireOutput> | null) => output?.build ?? null);

async function ask<T>(
  web: CuirassWeb,
  request: WebRequest,
  schema: z.ZodType<T>,
  bareIsUnknown: boolean,
): Promise<T | null> {
  const answer = await web.json(request);
  switch (answer.kind) {
    case "found":
      return decode(web.origin(request), schema, answer.value);
    case "unknown":
      return null;
    case "bare":
      if (bareIsUnknown) return null;
      throw new UpstreamError({
        ...web.origin(request),
        kind: "UpstreamFailed",
        status: 500,
        message: "answered 500 without a word: an error inside Cuirass or its database",
      });
  }
}
