// The HTML pages of the Cuirass sandbox: short, but with the real ids, links and footer (cuirass.md, section 4.5).

import type { Build, Evaluation, Farm } from "./farm.js";

const STATUS_TITLES: Readonly<Record<Build["status"], string>> = {
  [-3]: "Submitted",
  [-2]: "Scheduled",
  [-1]: "Started",
  0: "Succeeded",
  1: "Failed",
  2: "Failed (dependency)",
  3: "Failed (other)",
  4: "Canceled",
};

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function page(title: string, main: string): string {
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8" />
<title>${escape(title)}</title>
</head>
<body>
<main id="content" class="container content">
${main}
</main>
<footer class="footer text-center">
<p class="mt-3">
<a href="http://guix.gnu.org/cuirass/">Cuirass 1.2.0</a> — Copyright © 2016–2024 by the GNU Guix community.</p>
</footer>
</body>
</html>`;
}

function table(rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `<table class="table">\n<th scope="col">No elements here.</th>\n</table>`;
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
  return `<table class="table table-sm table-hover">\n${lines.join("\n")}\n</table>`;
}

function buildRow(build: Build): string[] {
  const link = `<a href="/build/${build.id}/details">${build.id}</a>`;
  return [STATUS_TITLES[build.status], link, escape(build.job), escape(build.nixname), build.system];
}

export function homePage({ specifications }: Farm): string {
  const rows = specifications.map(({ name }) => [`<a href="/jobset/${name}">${name}</a>`]);
  return page("Specifications", `<p class="lead">Specifications</p>\n${table(rows)}`);
}

/** An unknown jobset is a page like any other, with an empty table. */
export function jobsetPage(name: string, evaluations: readonly Evaluation[]): string {
  const rows = evaluations.map(({ id, checkouts }) => {
    const commits = checkouts.map(({ channel, commit }) => `${channel} → ${commit.slice(0, 7)}`).join(", ");
    return [`<a href="/eval/${id}">${id}</a>`, commits];
  });
  return page(name, `<div class="lead mr-auto">Evaluations of ${escape(name)}</div>\n${table(rows)}`);
}

export function evaluationPage(evaluation: Evaluation, builds: readonly Build[]): string {
  const { id, specification } = evaluation;
  const lead = `Evaluation #${id}, <a href="/jobset/${specification}">${specification}</a> jobset`;
  return page(`Evaluation ${id}`, `<p class="lead">${lead}</p>\n${table(builds.map(buildRow))}`);
}

export function missingPage(): string {
  return page(
    "Page not found",
    `<p class="lead">Page not found</p>\n<p>The page you are looking for doesn't exist.</p>`,
  );
}

export function buildPage(build: Build, dependencies: readonly Build[]): string {
  const { id, evaluation, jobset } = build;
  const links = dependencies.map((one) => `<a href="/build/${one.id}/details">${escape(one.nixname)}</a>`);
  const rows = [
    ["Build ID", String(id)],
    ["Evaluation", `<a href="/eval/${evaluation}">${evaluation}</a> (<a href="/jobset/${jobset}">${jobset}</a>)`],
    ["Status", STATUS_TITLES[build.status]],
    ["System", build.system],
    ["Name", escape(build.nixname)],
    ["Log file", `<a href="/build/${id}/log">pretty</a>, <a href="/build/${id}/log/raw">raw</a>`],
    ["Derivation", `<pre>${build.derivation}</pre>`],
    ["Outputs", build.outputs.map(({ path }) => `<pre>${path}</pre>`).join("")],
    ["Build machine", build.worker === null ? "—" : `worker ${build.worker}`],
    ["Build outputs", build.products.map((one) => `<a href="/download/${one.id}">${one.type}</a>`).join(", ")],
  ];
  const needed = `<tr>\n<th>Dependencies</th>\n<td class="dependencies">${links.length === 0 ? "—" : links.join("\n")}</td>\n</tr>`;
  return page(
    "Build details",
    `<div class="lead mr-auto">Build details</div>\n${table(rows)}\n<table>${needed}</table>`,
  );
}

export function logPage(build: Build): string {
  return page(`Log of build ${build.id}`, `<pre id="log" data-source="/build/${build.id}/log/raw"></pre>`);
}

/** Running builds, as on /status. */
export function runningPage(farm: Farm): string {
  const running = [...farm.builds.values()].filter(({ status }) => status === -1);
  const rows = running.map((one) => [...buildRow(one), one.worker ?? ""]);
  return page("Running builds", `<p class="lead">Running builds</p>\n${table(rows)}`);
}

const MACHINES = 3;
const WORKERS = 2;

/** Machines with two workers each, as on /workers: what they build, or that they are idle. */
export function workersPage(farm: Farm): string {
  const running = [...farm.builds.values()].filter(({ status }) => status === -1);
  const bar = (build: Build | undefined) => {
    const link =
      build === undefined
        ? "idle"
        : `<a class="text-dark text-truncate" style="max-width: 150px" href="/build/${build.id}/details">${escape(build.job)}</a>`;
    return `<div class="progress mt-1" style="height: 20px">
<div class="progress-bar " role="progressbar" style="width: ${build === undefined ? 0 : 40}%" aria-valuemin="0" aria-valuemax="100">
<strong class="justify-content-center
d-flex position-absolute w-100">
${link}
</strong>
</div>
</div>`;
  };
  const machines = Array.from({ length: MACHINES }, (_, at) => {
    const name = `build-machine-0${at}`;
    const bars = Array.from({ length: WORKERS }, (__, worker) => bar(running[at * WORKERS + worker]));
    return `<div class="col-sm-4 mt-3">\n<a href="/machine/${name}">\n<h6>${name}</h6>\n</a>\n${bars.join("\n")}\n</div>`;
  });
  const main = `<p class="lead">Workers status</p>\n<div class="container">\n<div class="row">\n${machines.join("\n")}\n</div>\n</div>`;
  return page("Workers status", main);
}

/** The channels file of newer versions. */
export function channelsFile({ checkouts }: Evaluation): string {
  const channels = checkouts.map(({ channel, commit }) => `(channel (name '${channel}) (commit "${commit}"))`);
  return `(list ${channels.join("\n      ")})\n`;
}

export function searchPage(builds: readonly Build[]): string {
  return page("Search results", `<p class="lead">Builds matching</p>\n${table(builds.map(buildRow))}`);
}
