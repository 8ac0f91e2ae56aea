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

export function buildPage(build: Build): string {
  const { id, evaluation, jobset } = build;
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
  return page("Build details", `<div class="lead mr-auto">Build details</div>\n${table(rows)}`);
}

export function logPage(build: Build): string {
  return page(`Log of build ${build.id}`, `<pre id="log" data-source="/build/${build.id}/log/raw"></pre>`);
}

/** Running builds, as on /status and /workers. */
export function runningPage(title: string, farm: Farm): string {
  const running = [...farm.builds.values()].filter(({ status }) => status === -1);
  return page(
    title,
    `<p class="lead">${title}</p>\n${table(running.map((one) => [...buildRow(one), one.worker ?? ""]))}`,
  );
}

export function searchPage(builds: readonly Build[]): string {
  return page("Search results", `<p class="lead">Builds matching</p>\n${table(builds.map(buildRow))}`);
}
