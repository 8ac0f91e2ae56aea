// The JSON routes of Cuirass (cuirass.md, sections 4.1 and 4.2), with the exact texts of its errors.

import { json, jsonError, type Answer } from "./answers.js";
import type { Build, Evaluation, Farm } from "./farm.js";
import * as sql from "./query.js";
import type { Context, Route, RouteRequest } from "./route.js";
import { buildToJson, evaluationToJson } from "./wire.js";

const LATEST_MAX = 1_000;
const HISTORY_MAX = 100;
const DASHBOARDS_KEPT = 1_000;

function list(members: readonly string[]): Answer {
  return json(`[${members.join(",")}]`);
}

function notDefined(mark = ""): Answer {
  return jsonError(500, `Parameter not defined${mark}`);
}

/** A parameter that Cuirass reads as a number; undefined when missing or none. */
function numeric(request: RouteRequest, name: string): number | undefined {
  const text = request.parameters.get(name);
  const value = text === undefined ? Number.NaN : sql.schemeNumber(text);
  return Number.isNaN(value) ? undefined : value;
}

/** The build a path names, by id or by the file name of its derivation. */
export function findBuild(farm: Farm, name: string): Build | undefined {
  if (name.endsWith(".drv")) {
    const derivation = `/gnu/store/${name}`;
    return [...farm.builds.values()].find((build) => build.derivation === derivation);
  }
  const id = sql.schemeNumber(name);
  return Number.isNaN(id) ? undefined : farm.builds.get(sql.int4(id));
}

/** The build and output of a store path, given by its file name. */
export function findOutput(farm: Farm, name: string): { build: Build; output: string } | undefined {
  const path = `/gnu/store/${name}`;
  for (const build of farm.builds.values()) {
    const output = build.outputs.find((one) => one.path === path);
    if (output !== undefined) return { build, output: output.name };
  }
  return undefined;
}

function showBuild({ farm }: Context, { args }: RouteRequest): Answer {
  const name = args[0] ?? "";
  const build = findBuild(farm, name);
  return build === undefined ? jsonError(404, `Build with ID ${name} doesn't exist.`) : json(buildToJson(build));
}

function showOutput({ farm }: Context, { args }: RouteRequest): Answer {
  const name = args[0] ?? "";
  const found = findOutput(farm, name);
  if (found === undefined) return jsonError(404, `Output with ID ${name} doesn't exist.`);
  const head = JSON.stringify({ name: found.output, derivation: found.build.derivation });
  return json(`${head.slice(0, -1)},"build":${buildToJson(found.build)}}`);
}

function checkedEvaluation({ farm }: Context, evaluation: Evaluation | undefined): string {
  if (evaluation === undefined || !farm.hasCheckouts(evaluation)) {
    throw new sql.UncaughtException("no evaluation, or no checkout of a channel");
  }
  return evaluationToJson(evaluation);
}

function showEvaluation(context: Context, request: RouteRequest): Answer {
  const id = numeric(request, "id");
  if (id === undefined) return notDefined("!");
  return json(checkedEvaluation(context, context.farm.evaluations.get(sql.int4(id))));
}

function listEvaluations(context: Context, request: RouteRequest): Answer {
  const nr = numeric(request, "nr");
  if (nr === undefined) return notDefined("!");
  const limit = sql.sqlLimit(nr);
  const wanted = request.parameters.get("spec");
  const evaluations = [...context.farm.evaluations.values()]
    .reverse()
    .filter(({ specification }) => wanted === undefined || specification === wanted);
  return list(evaluations.slice(0, limit).map((evaluation) => checkedEvaluation(context, evaluation)));
}

function byName<T extends { readonly name: string }>(jobs: T[]): T[] {
  return jobs.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function listJobs({ farm }: Context, { parameters }: RouteRequest): Answer {
  const id = parameters.get("evaluation");
  if (id === undefined) return notDefined("!");
  if (!/^[+-]?\d+$/.test(id)) throw new sql.UncaughtException("invalid input syntax for type integer");
  const evaluation = farm.evaluations.get(sql.int4(Number(id)));
  const names = parameters.get("names");
  const wanted = names === undefined ? undefined : new Set(sql.sqlArray(names));
  const system = parameters.get("system");
  const jobs: { build: number; status: number; name: string }[] = [];
  for (const [name, buildId] of evaluation?.jobs ?? []) {
    const build = farm.builds.get(buildId);
    if (build === undefined || (wanted !== undefined && !wanted.has(name))) continue;
    if (system === undefined || build.system === system) jobs.push({ build: buildId, status: build.status, name });
  }
  return json(JSON.stringify(byName(jobs)));
}

function jobsHistory({ farm }: Context, request: RouteRequest): Answer {
  const specification = request.parameters.get("spec");
  const names = request.parameters.get("names");
  const nr = numeric(request, "nr");
  if (specification === undefined || names === undefined || nr === undefined) return notDefined();
  if (nr > HISTORY_MAX) return jsonError(500, "Maximum limit exceeded");
  const limit = sql.sqlLimit(nr);
  const wanted = sql.sqlArray(names);
  const rows: string[] = [];
  let counted = 0;
  for (const evaluation of [...farm.evaluations.values()].reverse()) {
    if (counted >= limit) break;
    if (evaluation.specification !== specification || evaluation.status !== 0) continue;
    // Before it is known whether it has any of the jobs.
    counted += 1;
    const jobs = wanted.flatMap((name) => {
      const build = farm.builds.get(evaluation.jobs.get(name) ?? -1);
      return build === undefined ? [] : [{ name, build: build.id, status: build.status }];
    });
    if (jobs.length === 0) continue;
    rows.push(JSON.stringify({ evaluation: evaluation.id, checkouts: evaluation.changed, jobs: byName(jobs) }));
  }
  return list(rows);
}

type Order = (one: Build, other: Build) => number;

const BY_ID: Order = (one, other) => other.id - one.id;
const BY_URGENCY: Order = (one, other) =>
  other.status - one.status || one.priority - other.priority || one.createdAt - other.createdAt || one.id - other.id;

function orderOf(request: RouteRequest, which: "finished" | "pending", limit: number): Order {
  if (request.parameters.has("order")) return BY_ID;
  if (which === "pending") return BY_URGENCY;
  return (one, other) =>
    other.evaluation - one.evaluation || sql.arbitraryRank(one.id, limit) - sql.arbitraryRank(other.id, limit);
}

function listBuilds(farm: Farm, request: RouteRequest, which: "finished" | "pending"): Answer {
  const nr = numeric(request, "nr");
  if (nr === undefined) return notDefined();
  if (nr > LATEST_MAX) return jsonError(500, "Maximum limit exceeded");
  const limit = sql.sqlLimit(nr);
  const matches = sql.buildFilter(request.parameters);
  const builds: Build[] = [];
  for (const build of farm.builds.values()) {
    if (build.status >= 0 === (which === "finished") && matches(build)) builds.push(build);
  }
  builds.sort(orderOf(request, which, limit));
  return list(builds.slice(0, limit).map(buildToJson));
}

function registerDashboard({ farm, dashboards }: Context, { parameters }: RouteRequest): Answer {
  const specification = parameters.get("spec");
  const names = parameters.get("names");
  if (specification === undefined || names === undefined) return notDefined();
  if (farm.specification(specification) === undefined) throw new sql.UncaughtException("unknown specification");
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const id = farm.random.word(16, letters);
  dashboards.set(id, { specification, names });
  const [oldest] = dashboards.keys();
  if (oldest !== undefined && dashboards.size > DASHBOARDS_KEPT) dashboards.delete(oldest);
  return json(JSON.stringify({ id }));
}

function hook(context: Context, { args }: RouteRequest): Answer {
  const name = args[0] ?? "";
  if (context.farm.specification(name) === undefined) return jsonError(404, "Jobset not found.");
  context.trigger(name);
  return json(JSON.stringify({ jobset: name }));
}

export const API_ROUTES: readonly Route[] = [
  { method: "GET", pattern: "/build/ID", handle: showBuild },
  { method: "GET", pattern: "/output/NAME", handle: showOutput },
  { method: "GET", pattern: "/api/evaluation", handle: showEvaluation },
  { method: "GET", pattern: "/api/evaluations", handle: listEvaluations },
  { method: "GET", pattern: "/api/jobs", handle: listJobs },
  { method: "GET", pattern: "/api/jobs/history", handle: jobsHistory },
  { method: "GET", pattern: "/api/latestbuilds", handle: ({ farm }, request) => listBuilds(farm, request, "finished") },
  { method: "GET", pattern: "/api/queue", handle: ({ farm }, request) => listBuilds(farm, request, "pending") },
  { method: "GET", pattern: "/api/dashboard/register", handle: registerDashboard },
  { method: "GET", pattern: "/specifications/*", handle: ({ farm }) => json(JSON.stringify(farm.specifications)) },
  { method: "GET", pattern: "/jobsets/*", handle: ({ farm }) => json(JSON.stringify(farm.specifications)) },
  { method: "POST", pattern: "/jobset/NAME/hook/evaluate", handle: hook },
];
