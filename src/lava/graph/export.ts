// The results of a test job as files, with the viewer's own rights (lava.md, section 4). REST's exports only: those below
// `/results/` are broken for jobs with test sets on 2023.01, and want the token in the address.

import { ServerCapability } from "../../ci/enums.js";
import type { Download } from "../../ci/download.js";
import { InputRefused, Overflow } from "../../errors.js";
import { until } from "../../net/ask.js";
import type { HttpStream } from "../../net/http.js";
import { ExportFormat } from "../protocol/enums.js";
import { parseJobId } from "../protocol/ids.js";
import type { LavaJobId } from "../protocol/ids.js";
import type { CaseResult } from "../protocol/test-case.js";
import type { ExportPath } from "../client/results-client.js";
import type { LavaView } from "../view.js";
import { junitOf, tapOf } from "./suite-report.js";

interface Form {
  readonly extension: string;
  /** Ours: LAVA says `application/csv`, and calls TAP YAML. */
  readonly contentType: string;
  readonly path: ExportPath;
}

const FORMS: Readonly<Record<ExportFormat, Form>> = {
  CSV: { extension: "csv", contentType: "text/csv; charset=utf-8", path: "csv" },
  YAML: { extension: "yaml", contentType: "application/yaml", path: "yaml" },
  JUNIT: { extension: "xml", contentType: "application/xml", path: "junit" },
  TAP: { extension: "tap", contentType: "text/plain; charset=utf-8", path: "tap13" },
};

/** Where the gateway serves exports: `PREFIX SERVER/JOB[/SUITE].EXTENSION`. */
export const EXPORT_PREFIX = "/export/lava/";

export interface ExportTarget {
  readonly job: LavaJobId;
  /** Null for the whole job. */
  readonly suite: string | null;
  readonly format: ExportFormat;
}

export function contentTypeOf(format: ExportFormat): string {
  return FORMS[format].contentType;
}

/** Path of an export on the gateway. */
export function exportPath(server: string, { job, suite, format }: ExportTarget): string {
  const parts = [server, String(job), ...(suite === null ? [] : [suite])].map(encodeURIComponent);
  return `${EXPORT_PREFIX}${parts.join("/")}.${FORMS[format].extension}`;
}

/** What a path below the prefix and the server's name, split and decoded, asks for; null for one that can't be an export. */
export async function openExportAt(
  view: LavaView,
  path: readonly string[],
  signal: AbortSignal,
): Promise<Download | null> {
  const [, last = "", extension = ""] = /^(.+)\.([a-z]+)$/s.exec(path.at(-1) ?? "") ?? [];
  const format = Object.values(ExportFormat).find((one) => FORMS[one].extension === extension);
  const [jobText, suite, ...more] = [...path.slice(0, -1), last];
  const id = parseJobId(jobText);
  if (format === undefined || id === null || more.length > 0) return null;
  const job = await view.nativeId(id);
  return job === null ? null : openExport(view, { job, suite: suite ?? null, format }, signal);
}

/**
 * Begins an export; null when there is no such job or suite that the viewer may see. LAVA makes a whole export before it
 * sends any of it, which takes it minutes for the largest jobs: only a few are made at a time.
 */
export async function openExport(view: LavaView, target: ExportTarget, signal?: AbortSignal): Promise<Download | null> {
  const { exports } = view.server;
  const release = await exports.acquire(signal, { fairKey: view.ask.viewer });
  let download: Download | null = null;
  try {
    const stream = await openStream(view, target, signal);
    if (stream === null) return null;
    let open = true;
    const name = [view.name, String(target.job), ...(target.suite === null ? [] : [target.suite])].join("-");
    return (download = {
      contentType: FORMS[target.format].contentType,
      filename: `${name}.${FORMS[target.format].extension}`,
      body: stream.body,
      close: () => {
        if (!open) return;
        open = false;
        stream.discard();
        release();
      },
    });
  } finally {
    if (download === null) release();
  }
}

async function openStream(
  view: LavaView,
  { job, suite, format }: ExportTarget,
  signal: AbortSignal | undefined,
): Promise<Pick<HttpStream, "body" | "discard"> | null> {
  const { results } = view.client;
  const { path } = FORMS[format];
  if (suite === null) return results.exportJob(job, path, until(view.ask, signal));
  if (suite === "") return null;
  // The job first: before 2023.08 only it tells whether the viewer may see the suite.
  const isChecked = (await view.capabilities()).includes(ServerCapability.RESULTS_CHECKED);
  if (!isChecked && (await view.testJob(job)) === null) return null;
  if (path === "junit" || path === "tap13") return reportOf(view, job, suite, path);
  const found = await results.suites(job, { name: suite, limit: 1 }, view.ask);
  const [one] = found?.results ?? [];
  return one?.name === suite ? results.exportSuite(job, one.id, path, until(view.ask, signal)) : null;
}

async function reportOf(view: LavaView, job: LavaJobId, suite: string, path: "junit" | "tap13") {
  const results = await view.jobResults(job);
  if (results === null) return null;
  let cases: readonly CaseResult[];
  try {
    cases = results.whole().filter((one) => one.suite === suite);
  } catch (error) {
    if (!(error instanceof Overflow)) throw error;
    throw new InputRefused(
      "format",
      `LAVA makes CSV and YAML of one suite only, and test job ${job} has too many cases for Etna to make the others`,
    );
  }
  if (cases.length === 0) return null;
  const pieces = path === "junit" ? junitOf(suite, cases) : tapOf(suite, cases);
  return { body: encoded(pieces), discard: () => undefined };
}

// Async because a download's body is, though nothing here waits.
// eslint-disable-next-line @typescript-eslint/require-await
async function* encoded(pieces: Iterable<string>): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece, "utf8");
}
