// The Cuirass sandbox: a small server that is wire-faithful to `cuirass web` (cuirass.md) over a farm with living
// data, for the demo and the tests.

import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.js";
import { bareFailure, html, json, type Answer } from "./answers.js";
import { Farm, type Build } from "./farm.js";
import { fillHistory, REBUILT } from "./history.js";
import { createHttpServer, type Closing, type Delivery, type HttpRequest } from "./http.js";
import { fillLarge } from "./large.js";
import { Life } from "./live.js";
import type { Context } from "./route.js";
import { answerRequest, routeTemplate } from "./routes.js";

export interface CuirassSandboxOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Lets builds and evaluations go on by themselves; false by default. */
  readonly live?: boolean;
  /** Evaluations that have been before the start, the newest still running; 20 by default. */
  readonly evaluations?: number;
  /** Builds of one more evaluation, the newest: of all statuses, thousands of them waiting; none by default. */
  readonly large?: number;
  /** Whether it has what versions from 2024 on have: channels files; not by default. */
  readonly newer?: boolean;
  /** Told of each build that succeeds after the start, before any answer shows it. */
  readonly onSuccess?: (build: SandboxBuild) => void;
  /** How connections end; as Cuirass' own do by default. */
  readonly closing?: Closing;
}

/** `mended`: of a build whose dependency had failed, and is there now. */
export type BuildStep =
  "submitted" | "started" | "succeeded" | "failed" | "failedDependency" | "mended" | "canceled" | "restarted";

/** A build as it is at the farm: what a test compares with. */
export type SandboxState = Pick<
  Build,
  "id" | "evaluation" | "jobset" | "job" | "system" | "status" | "priority" | "createdAt" | "starttime" | "stoptime"
>;

export interface SandboxBuild {
  /** Where a person looks at it, as test jobs refer to it. */
  readonly buildUrl: string;
  readonly buildId: number;
  /** Of the output `out`. */
  readonly storePath: string;
  readonly derivation: string;
  readonly evaluation: number;
  /** Of the guix channel. */
  readonly commit: string;
  readonly job: string;
  readonly jobset: string;
  /** Unix seconds. */
  readonly finishedAt: number;
}

export interface CuirassSandbox {
  readonly url: string;
  readonly requests: {
    /** By route, with ids replaced: `GET /build/ID`. */
    counts(): Record<string, number>;
    total(): number;
    readonly inFlight: number;
    readonly peakInFlight: number;
    /** Forgets counts and peak. */
    reset(): void;
  };
  /** Asked before each request is answered; the path is as sent, with its query. */
  fault: ((request: { readonly method: string; readonly path: string }) => Fault | undefined) | undefined;
  /** Succeeded builds, those of the specification images first, each group newest first. */
  builds(): readonly SandboxBuild[];
  /** All builds as they are now, lowest id first. */
  states(): readonly SandboxState[];
  /** Moves a build on; an unknown id is an error. */
  advance(buildId: number, to: BuildStep): void;
  /** Adds lines to the log of a started build; a no-op for others. */
  growLog(buildId: number, lines: number): void;
  /** Adds a channel to a specification: none of its evaluations until now can be shown any more, nor a list with one. */
  addChannel(specification: string): void;
  /** Leaves it out of `/specifications`; hooks and dashboards know it still. */
  deactivateSpecification(specification: string): void;
  /** Deletes a specification with its evaluations and builds. */
  deleteSpecification(specification: string): void;
  /** Starts an evaluation of a specification and returns its id. */
  startEvaluation(specification: string): number;
  /** Ends a started evaluation; a success schedules builds, whose ids are returned. */
  endEvaluation(evaluationId: number, to: "succeeded" | "failed" | "aborted"): readonly number[];
  /** Takes all its jobs from an evaluation, whose builds stay. */
  dropJobs(evaluationId: number): void;
  /** Ends all connections; harmless the second time. */
  close(): Promise<void>;
}

const SEED = 1_200;
const PROXY_PAGE = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>";
/** Evaluations a hook may start: 1.5 a minute over 5 minutes; what is beyond is dropped without a word. */
const HOOKS_PER_WINDOW = 7;
const HOOK_WINDOW_SECONDS = 300;

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

function statusAnswer(fault: Extract<Fault, { kind: "status" }>): Answer {
  if (fault.status === 500 && fault.body === undefined) return bareFailure();
  return {
    status: fault.status,
    headers: [["Content-Type", fault.contentType ?? "text/html"]],
    body: Buffer.from(fault.body ?? ""),
    close: fault.status >= 500,
  };
}

/** Starts a server on 127.0.0.1. */
export async function createCuirassSandbox(options: CuirassSandboxOptions = {}): Promise<CuirassSandbox> {
  const farm = new Farm(SEED);
  fillHistory(farm, options.evaluations ?? 20, now());
  if (options.large !== undefined) fillLarge(farm, options.large, now());
  let counts = new Map<string, number>();
  let inFlight = 0;
  let peakInFlight = 0;
  const hooks = new Map<string, number[]>();

  function startEvaluation(name: string): number {
    const specification = farm.specification(name);
    if (specification === undefined) throw new Error(`the sandbox has no specification ${name}`);
    return farm.startEvaluation(specification, now()).id;
  }

  const context: Context = {
    farm,
    isNewer: options.newer === true,
    dashboards: new Map(),
    trigger(specification) {
      const recent = (hooks.get(specification) ?? []).filter((time) => now() - time < HOOK_WINDOW_SECONDS);
      if (recent.length >= HOOKS_PER_WINDOW) return;
      hooks.set(specification, [...recent, now()]);
      startEvaluation(specification);
    },
  };

  async function serve(request: HttpRequest, signal: AbortSignal): Promise<Delivery> {
    const fault = sandbox.fault?.({ method: request.method, path: request.target });
    switch (fault?.kind) {
      case "hang":
      case "reset":
        return { kind: fault.kind };
      case "html":
        return { kind: "answer", answer: html(PROXY_PAGE) };
      case "status":
        return { kind: "answer", answer: statusAnswer(fault) };
      case "json":
        return { kind: "answer", answer: json(JSON.stringify(fault.body)) };
      case "cut":
        return { kind: "cut", answer: answerRequest(context, request) };
      case "delay":
        await sleep(fault.ms, undefined, { signal }).catch(() => undefined);
        return { kind: "answer", answer: answerRequest(context, request) };
      case undefined:
        return { kind: "answer", answer: answerRequest(context, request) };
    }
  }

  function begin(request: HttpRequest): () => void {
    const template = routeTemplate(request);
    counts.set(template, (counts.get(template) ?? 0) + 1);
    inFlight++;
    peakInFlight = Math.max(peakInFlight, inFlight);
    return () => {
      inFlight--;
    };
  }

  function knownBuild(id: number): Build {
    const build = farm.builds.get(id);
    if (build === undefined) throw new Error(`the sandbox has no build ${id}`);
    return build;
  }

  const server = await createHttpServer(options.port ?? 0, { begin, serve }, options.closing);
  const url = `http://127.0.0.1:${server.port}`;
  const view = (build: Build): SandboxBuild => ({
    buildUrl: `${url}/build/${build.id}/details`,
    buildId: build.id,
    storePath: build.outputs.find(({ name }) => name === "out")?.path ?? "",
    derivation: build.derivation,
    evaluation: build.evaluation,
    commit: farm.evaluations.get(build.evaluation)?.checkouts.find(({ channel }) => channel === "guix")?.commit ?? "",
    job: build.job,
    jobset: build.jobset,
    finishedAt: build.stoptime,
  });
  farm.onSuccess = (build) => options.onSuccess?.(view(build));
  const life = options.live === true ? new Life(farm, now) : undefined;

  const sandbox: CuirassSandbox = {
    url,
    requests: {
      counts: () => Object.fromEntries(counts),
      total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
      get inFlight() {
        return inFlight;
      },
      get peakInFlight() {
        return peakInFlight;
      },
      reset() {
        counts = new Map();
        peakInFlight = inFlight;
      },
    },
    fault: undefined,
    builds() {
      const succeeded = [...farm.builds.values()].filter(({ status }) => status === 0).reverse();
      const images = succeeded.filter(({ jobset }) => jobset === "images");
      const others = succeeded.filter(({ jobset }) => jobset !== "images");
      return [...images, ...others].map(view);
    },
    states: () => [...farm.builds.values()].map((build) => ({ ...build })),
    advance(buildId, to) {
      const build = knownBuild(buildId);
      switch (to) {
        case "submitted":
          farm.submit(build);
          return;
        case "started":
          farm.start(build, now());
          return;
        case "succeeded":
          farm.finish(build, 0, now());
          return;
        case "failed":
          farm.finish(build, 1, now());
          return;
        case "failedDependency":
          farm.finish(build, 2, now());
          return;
        case "mended":
          farm.mend(build);
          return;
        case "canceled":
          farm.cancel(build);
          return;
        case "restarted":
          farm.restart(build);
          return;
      }
    },
    growLog: (buildId, lines) => farm.growLog(knownBuild(buildId), lines),
    addChannel: (name) => farm.addChannel(name, "added-channel"),
    deactivateSpecification: (name) => farm.deactivate(name),
    deleteSpecification: (name) => farm.deleteSpecification(name),
    startEvaluation,
    endEvaluation(evaluationId, to) {
      const evaluation = farm.evaluations.get(evaluationId);
      if (evaluation === undefined) throw new Error(`the sandbox has no evaluation ${evaluationId}`);
      const status = to === "succeeded" ? 0 : to === "failed" ? 1 : 2;
      const rebuilt = REBUILT[evaluation.specification] ?? 1;
      return farm.endEvaluation(evaluation, status, now(), rebuilt).map(({ id }) => id);
    },
    dropJobs: (evaluationId) => farm.evaluations.get(evaluationId)?.jobs.clear(),
    async close() {
      life?.stop();
      await server.close();
    },
  };
  return sandbox;
}
