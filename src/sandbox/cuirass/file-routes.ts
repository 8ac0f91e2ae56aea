// Logs, downloads, redirects, administration and pages of Cuirass (cuirass.md, sections 4.3 to 4.6).

import { basename } from "node:path/posix";
import { file, html, jsonError, notFound, redirect, type Answer } from "./answers.js";
import { findBuild, findOutput } from "./api-routes.js";
import type { Build, Evaluation, Farm } from "./farm.js";
import { StoredLog, type BuildLog } from "./logs.js";
import * as pages from "./pages.js";
import { int4, schemeNumber, UncaughtException } from "./query.js";
import type { Context, Route, RouteRequest } from "./route.js";

const DOWNLOAD_BYTES = 65_536;
const EVALUATIONS_PER_PAGE = 10;

const INLINE = ["Content-Disposition", "inline"] as const;
const LOG_HEADERS: Readonly<Record<BuildLog["kind"], Answer["headers"]>> = {
  gzip: [["Content-Type", "text/plain;charset=UTF-8"], ["Content-Encoding", "gzip"], INLINE],
  bzip2: [["Content-Type", "application/bzip2;charset=ISO-8859-1"], INLINE],
  plain: [INLINE],
};

function serveLog(log: BuildLog | null | undefined, request: RouteRequest): Answer {
  return log === null || log === undefined ? notFound(request.path) : file(LOG_HEADERS[log.kind], log.bytes());
}

/** Log routes know no error but 404 text, so ids that are no int4 are merely unknown. */
function findLoggedBuild(farm: Farm, request: RouteRequest): Build | undefined {
  return farm.builds.get(Number(request.args[0]));
}

function evaluationLog({ farm }: Context, request: RouteRequest): Answer {
  const evaluation = farm.evaluations.get(Number(request.args[0]));
  if (evaluation === undefined || evaluation.status === 2) return notFound(request.path);
  const { specification, checkouts, status } = evaluation;
  const lines = [
    ...checkouts.map(({ channel, commit }) => `Updating channel '${channel}' to commit ${commit}...`),
    `Computing Guix derivation for '${specification}'...`,
    ...(status === 1 ? ["error: guix: unbound variable", "hint: Did you forget a `use-modules' form?"] : []),
  ];
  return serveLog(new StoredLog("gzip", () => Buffer.from(`${lines.join("\n")}\n`)), request);
}

function download({ farm }: Context, { args }: RouteRequest): Answer {
  const id = schemeNumber(args[0] ?? "");
  if (Number.isNaN(id)) throw new UncaughtException("not a product id");
  int4(id);
  const product = [...farm.builds.values()].flatMap(({ products }) => products).find((one) => one.id === id);
  if (product === undefined) return jsonError(404, "Could not find the requested build product.");
  if (product.vanished) return jsonError(500, "Could not find the requested build product.");
  const headers = [
    ["Content-Type", "application/octet-stream"],
    ["Content-Disposition", `form-data;filename=${basename(product.path)}`],
    ["Cache-Control", "max-age=43200"],
  ] as const;
  return file(headers, Buffer.alloc(DOWNLOAD_BYTES, product.id % 256));
}

function latestEvaluation(farm: Farm, specification: string | undefined): Evaluation | undefined {
  const evaluations = [...farm.evaluations.values()].reverse();
  return evaluations.find((one) => one.specification === specification && one.status === 0);
}

function evalLatest({ farm }: Context, request: RouteRequest): Answer {
  const latest = latestEvaluation(farm, request.parameters.get("spec"));
  return latest === undefined ? notFound(request.path) : redirect(`/eval/${latest.id}`, "Redirected...");
}

function evalLatestDashboard({ farm }: Context, request: RouteRequest): Answer {
  const latest = latestEvaluation(farm, request.parameters.get("spec"));
  if (latest === undefined) return notFound(request.path);
  const system = request.parameters.get("system");
  return redirect(`/eval/${latest.id}/dashboard${system === undefined ? "" : `?system=${system}`}`, "Redirected...");
}

const STATUS_WORDS: Readonly<Record<string, number>> = {
  success: 0,
  failed: 1,
  "failed-dependency": 2,
  "failed-other": 3,
  canceled: 4,
};

/** Builds that match `spec:S system:Y status:X PREFIX`, newest id first; the only query that is percent-decoded. */
function search(farm: Farm, query: string): Build[] {
  const tests: ((build: Build) => boolean)[] = [];
  for (const word of decodeURIComponent(query.replaceAll("+", " ")).split(" ")) {
    const colon = word.indexOf(":");
    const [key, value] = colon < 0 ? ["", word] : [word.slice(0, colon), word.slice(colon + 1)];
    if (word === "") continue;
    if (key === "spec") tests.push((build) => build.jobset === value);
    else if (key === "system") tests.push((build) => build.system === value);
    else if (key === "status") tests.push((build) => build.status === STATUS_WORDS[value]);
    else {
      // SQL LIKE: `_` stands for any character, `%` was taken out.
      const escaped = word.replaceAll("%", "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const pattern = new RegExp(`^${escaped.replaceAll("_", ".")}`, "su");
      tests.push((build) => pattern.test(build.nixname));
    }
  }
  return [...farm.builds.values()].filter((build) => tests.every((test) => test(build))).reverse();
}

function searchLatest({ farm }: Context, { parameters, args }: RouteRequest): Answer {
  const query = parameters.get("query");
  if (query === undefined) return jsonError(500, "Query parameter not provided!");
  const [newest] = search(farm, query);
  if (newest === undefined) return jsonError(500, "No build found.");
  const type = args[0];
  if (type === undefined) return redirect(`/build/${newest.id}/details`);
  const product = newest.products.find((one) => one.type === type);
  return product === undefined
    ? jsonError(500, "Could not find the requested build product.")
    : redirect(`/download/${product.id}`);
}

function searchPage({ farm }: Context, { parameters }: RouteRequest): Answer {
  const query = parameters.get("query");
  if (query === undefined) return jsonError(500, "Query parameter not provided!");
  return html(pages.searchPage(search(farm, query).slice(0, EVALUATIONS_PER_PAGE)));
}

function buildDetails({ farm }: Context, { args }: RouteRequest): Answer {
  const build = findBuild(farm, args[0] ?? "");
  return build === undefined
    ? jsonError(404, "Build with ID #f doesn't exist.")
    : html(pages.buildPage(build, farm.dependenciesOf(build)));
}

function logPage({ farm }: Context, request: RouteRequest): Answer {
  const build = findLoggedBuild(farm, request);
  return build === undefined ? notFound(request.path) : html(pages.logPage(build));
}

function dashboard({ dashboards }: Context, { args }: RouteRequest): Answer {
  const id = args[0] ?? "";
  // This version cuts the address.
  return dashboards.has(id) ? redirect("/eval/") : jsonError(404, `Dashboard with ID ${id} doesn't exist.`);
}

function evaluationPage({ farm }: Context, { args }: RouteRequest): Answer {
  const evaluation = farm.evaluations.get(int4(schemeNumber(args[0] ?? "")));
  if (evaluation === undefined) return html(pages.missingPage(), 404);
  return html(pages.evaluationPage(evaluation, farm.buildsOf(evaluation.id)));
}

/** Newer versions only. */
function channelsFile({ farm, isNewer }: Context, request: RouteRequest): Answer {
  const evaluation = farm.evaluations.get(Number(request.args[0]));
  if (!isNewer || evaluation === undefined) return notFound(request.path);
  return file([["Content-Type", "text/plain;charset=utf-8"]], Buffer.from(pages.channelsFile(evaluation)));
}

function jobsetPage({ farm }: Context, { args }: RouteRequest): Answer {
  const name = args[0] ?? "";
  const evaluations = [...farm.evaluations.values()].filter(({ specification }) => specification === name).reverse();
  return html(pages.jobsetPage(name, evaluations.slice(0, EVALUATIONS_PER_PAGE)));
}

function restartBuild({ farm }: Context, { args }: RouteRequest): Answer {
  const id = int4(schemeNumber(args[0] ?? ""));
  const build = farm.builds.get(id);
  if (build !== undefined) farm.restart(build);
  return redirect(`/build/${id}/details`);
}

function changeEvaluation(change: (context: Context, evaluation: Evaluation) => void): Route["handle"] {
  return (context, { args }) => {
    const evaluation = context.farm.evaluations.get(int4(schemeNumber(args[0] ?? "")));
    if (evaluation === undefined) throw new UncaughtException("no such evaluation");
    change(context, evaluation);
    return redirect(`/jobset/${evaluation.specification}`);
  };
}

function restartBuilds({ farm }: Context, { id }: Evaluation): void {
  for (const build of farm.buildsOf(id)) farm.restart(build, true);
}

function cancelBuilds({ farm }: Context, { id }: Evaluation): void {
  for (const build of farm.buildsOf(id)) if (build.status < 0) farm.cancel(build);
}

function retry(_context: Context, evaluation: Evaluation): void {
  evaluation.status = -1;
  evaluation.evaltime = 0;
}

export const FILE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    pattern: "/build/ID/log/raw",
    handle: ({ farm }, request) => serveLog(findLoggedBuild(farm, request)?.log, request),
  },
  { method: "GET", pattern: "/build/ID/log", handle: logPage },
  { method: "GET", pattern: "/build/ID/details", handle: buildDetails },
  { method: "GET", pattern: "/eval/ID/log/raw", handle: evaluationLog },
  {
    method: "GET",
    pattern: "/log/NAME",
    handle: ({ farm }, request) => serveLog(findOutput(farm, request.args[0] ?? "")?.build.log, request),
  },
  { method: "GET", pattern: "/download/ID", handle: download },
  { method: "GET", pattern: "/eval/latest", handle: evalLatest },
  { method: "GET", pattern: "/eval/latest/dashboard", handle: evalLatestDashboard },
  { method: "GET", pattern: "/eval/ID", handle: evaluationPage },
  { method: "GET", pattern: "/eval/ID/channels.scm", handle: channelsFile },
  { method: "GET", pattern: "/eval/ID/dashboard", handle: evaluationPage },
  { method: "GET", pattern: "/eval/ID/dashboard/NAME", handle: evaluationPage },
  { method: "GET", pattern: "/search", handle: searchPage },
  { method: "GET", pattern: "/search/latest", handle: searchLatest },
  { method: "GET", pattern: "/search/latest/TYPE", handle: searchLatest },
  { method: "GET", pattern: "/dashboard/ID", handle: dashboard },
  { method: "GET", pattern: "/admin/build/ID/restart", handle: restartBuild },
  { method: "GET", pattern: "/admin/evaluation/ID/restart", handle: changeEvaluation(restartBuilds) },
  { method: "GET", pattern: "/admin/evaluation/ID/cancel", handle: changeEvaluation(cancelBuilds) },
  { method: "GET", pattern: "/admin/evaluation/ID/retry", handle: changeEvaluation(retry) },
  { method: "GET", pattern: "/", handle: ({ farm }) => html(pages.homePage(farm)) },
  { method: "GET", pattern: "/jobset/NAME", handle: jobsetPage },
  { method: "GET", pattern: "/status", handle: ({ farm }) => html(pages.runningPage(farm)) },
  { method: "GET", pattern: "/workers", handle: ({ farm }) => html(pages.workersPage(farm)) },
];
