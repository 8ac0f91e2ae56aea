// Results as files: CSV, YAML, JUnit, TAP (lava.md section 4), each of REST's form.
import type { Job, TestCase, TestSuite } from "./model.js";
import { escapeHtml, isoOffset, pyRepr, pyTime, pyYaml } from "./text.js";

const COLUMNS = [
  "job",
  "suite",
  "result",
  "measurement",
  "unit",
  "duration",
  "timeout",
  "logged",
  "level",
  "metadata",
  "url",
  "name",
  "id",
  "log_start_line",
  "log_end_line",
] as const;

export function casesOf(job: Job): TestCase[] {
  return job.suites.flatMap((suite) => suite.cases);
}

/** The case's metadata in exports: all that was reported, `extra` as a list of one-key mappings. */
function metadataOf(one: TestCase): Record<string, unknown> {
  const kept = Object.entries(one.message).filter(([key]) => key !== "starttc" && key !== "endtc");
  const metadata: Record<string, unknown> = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  if (one.message.extra !== undefined) {
    metadata["extra"] = Object.entries(one.message.extra).map(([key, value]) => ({ [key]: value }));
  }
  return metadata;
}

/** The case's metadata in REST: YAML text, in which `extra` is the path of a file on the server. */
export function metadataText(job: Job, one: TestCase): string {
  const metadata = metadataOf(one);
  if ("extra" in metadata) {
    const level = one.message.level ?? "0";
    metadata["extra"] = `/srv/lava/media/job-output/${job.id}/metadata/lava-${one.message.case}-${level}.yaml`;
  }
  return pyYaml(metadata);
}

function row(one: TestCase): Record<string, unknown> {
  return {
    id: String(one.id),
    job: String(one.suite.job),
    level: one.message.level ?? "",
    log_end_line: one.endLine === null ? "" : String(one.endLine),
    log_start_line: one.startLine === null ? "" : String(one.startLine),
    logged: pyTime(one.logged),
    measurement: one.measurement ?? "None",
    metadata: metadataOf(one),
    name: one.message.case,
    result: one.message.result,
    suite: one.suite.name,
    unit: one.units,
    url: `/results/testcase/${one.id}`,
  };
}

export function casesYaml(cases: readonly TestCase[]): string {
  return pyYaml(cases.map(row));
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\r\n`).join("");
}

export function casesCsv(cases: readonly TestCase[]): string {
  return csv([COLUMNS, ...cases.map(csvRow)]);
}

/** The same in pieces of 1000 cases. */
export function* casesCsvPieces(cases: readonly TestCase[]): Generator<string> {
  yield csv([COLUMNS]);
  for (let at = 0; at < cases.length; at += 1000) yield csv(cases.slice(at, at + 1000).map(csvRow));
}

function csvRow(one: TestCase): string[] {
  const cells = row(one);
  return COLUMNS.map((column) => {
    const cell = cells[column];
    return typeof cell === "string" ? cell : cell === undefined ? "" : pyRepr(cell);
  });
}

const suiteRow = (suite: TestSuite): Record<"id" | "job" | "name", string> => ({
  id: String(suite.id),
  job: String(suite.job),
  name: suite.name,
});

export function suitesYaml(suites: readonly TestSuite[]): string {
  return pyYaml(suites.map(suiteRow));
}

export function suitesCsv(suites: readonly TestSuite[]): string {
  return csv([["name", "job", "id"], ...suites.map(suiteRow).map(({ name, job, id }) => [name, job, id])]);
}

function logOf(job: Job, one: TestCase): string[] {
  return one.startLine === null || one.endLine === null ? [] : job.log.slice(one.startLine, one.endLine + 1);
}

export function junit(job: Job): string {
  const count = (cases: readonly TestCase[], word: string): number =>
    cases.filter(({ message }) => message.result === word).length;
  const seconds = (cases: readonly TestCase[]): number =>
    Math.round(cases.reduce((sum, one) => sum + (one.units === "seconds" ? Number(one.measurement) : 0), 0) * 100) /
    100;
  const ended = job.endTime === null ? "" : ` timestamp="${isoOffset(job.endTime)}"`;
  const all = casesOf(job);
  const suites = job.suites.map((suite) => {
    const cases = suite.cases.map((one) => {
      const time =
        one.units === "seconds" && Number(one.measurement) > 0 ? ` time="${Number(one.measurement).toFixed(6)}"` : "";
      const attributes = `name="${escapeHtml(one.message.case)}"${time} timestamp="${isoOffset(one.logged)}" classname="${escapeHtml(suite.name)}"`;
      const { result } = one.message;
      if (result === "pass") return `\t\t<testcase ${attributes}/>\n`;
      const inner =
        result === "skip"
          ? `<skipped type="skipped" message="skipped"/>`
          : `<failure type="failure" message="failed">${escapeHtml(logOf(job, one).join("\n"))}</failure>`;
      return `\t\t<testcase ${attributes}>\n\t\t\t${inner}\n\t\t</testcase>\n`;
    });
    const head = `disabled="0" errors="0" failures="${count(suite.cases, "fail")}" name="${escapeHtml(suite.name)}" skipped="${count(suite.cases, "skip")}" tests="${suite.cases.length}" time="${seconds(suite.cases)}"${ended}`;
    return `\t<testsuite ${head}>\n${cases.join("")}\t</testsuite>\n`;
  });
  const head = `disabled="0" errors="0" failures="${count(all, "fail")}" tests="${all.length}" time="${seconds(all)}"`;
  return `<?xml version="1.0" encoding="utf-8"?>\n<testsuites ${head}>\n${suites.join("")}</testsuites>\n`;
}

export function tap13(job: Job): string {
  let number = 0;
  const lines = [`1..${casesOf(job).length}`];
  for (const suite of job.suites) {
    lines.push(`# TAP results for ${suite.name}`);
    for (const one of suite.cases) {
      number += 1;
      const { case: name, result } = one.message;
      const mark = result === "skip" ? " # SKIP test skipped" : result === "unknown" ? " # TODO unknown result" : "";
      lines.push(`${result === "pass" || result === "skip" ? "ok" : "not ok"} ${number} ${name}${mark}`);
      const log = result === "fail" ? logOf(job, one) : [];
      if (log.length > 0) lines.push(" ---", ...log.map((line) => ` ${line}`), " ...");
    }
  }
  return `${lines.join("\n")}\n`;
}
