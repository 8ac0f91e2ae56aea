// REST's results of a job. Before 2023.08 suites/ and tests/ do not check whether the job is visible.
import { casesCsv, casesCsvPieces, casesOf, casesYaml, junit, metadataText, tap13 } from "./exports.js";
import type { Generation } from "./generation.js";
import { json, notFound, type Reply, ReplyWith } from "./http.js";
import { type Filters, list, names, numbers, text, times } from "./lists.js";
import { CASE_RESULTS, type Job, type TestCase, type TestSuite } from "./model.js";
import type { RestCall, Routes } from "./rest-call.js";
import { notPermitted } from "./rest-call.js";
import { visibleJob } from "./rest-jobs.js";
import { isoZ } from "./text.js";

const RANGE = ["exact", "lt", "lte", "gt", "gte"] as const;

function anyJob(call: RestCall): Job | undefined {
  const { store, generation } = call.server;
  const job = store.job(Number(call.ids[0]));
  if (generation.checksResults) {
    if (job === undefined) throw new ReplyWith(notFound());
    if (!store.visible(job, call.viewer)) throw notPermitted();
  }
  return job;
}

function suiteOf(call: RestCall): { job: Job; suite: TestSuite } {
  const job = anyJob(call);
  const suite = job?.suites.find(({ id }) => String(id) === call.ids[1]);
  if (job === undefined || suite === undefined) throw new ReplyWith(notFound());
  return { job, suite };
}

function showSuite(call: RestCall, suite: TestSuite): unknown {
  const uri = `${call.origin}/api/v0.2/jobs/${suite.job}/suites/${suite.id}/`;
  return { id: suite.id, resource_uri: uri, name: suite.name, job: suite.job };
}

function showCase(call: RestCall, job: Job, one: TestCase): unknown {
  const uri = `${call.origin}/api/v0.2/jobs/${job.id}/suites/${one.suite.id}/tests/${one.id}/`;
  return {
    id: one.id,
    result: one.message.result,
    resource_uri: uri,
    unit: one.units,
    name: one.message.case,
    measurement: one.measurement === null ? null : Number(one.measurement).toFixed(10),
    metadata: metadataText(job, one),
    start_log_line: one.startLine,
    end_log_line: one.endLine,
    logged: isoZ(one.logged),
    suite: one.suite.id,
    test_set: one.set?.id ?? null,
  };
}

function caseFilters(generation: Generation, job: Job): Filters<TestCase> {
  return {
    ...numbers("id", (one) => one.id, ["exact", "lt", "gt", "in"]),
    ...names(generation, "result", (one) => one.message.result, CASE_RESULTS, { anyCase: true, brackets: "[]" }),
    ...numbers("measurement", (one) => (one.measurement === null ? null : Number(one.measurement)), RANGE),
    ...numbers("start_log_line", (one) => one.startLine, RANGE),
    ...numbers("end_log_line", (one) => one.endLine, RANGE),
    ...times("logged", (one) => one.logged, RANGE),
    ...text("name", (one) => one.message.case),
    ...text("units", (one) => one.units),
    ...text("metadata", (one) => metadataText(job, one)),
    ...text("suite__name", (one) => one.suite.name),
    ...text("test_set__name", (one) => one.set?.name ?? null),
  };
}

function tests(call: RestCall, job: Job | undefined, cases: readonly TestCase[]): Reply {
  return list(call, {
    items: cases,
    filters: job === undefined ? {} : caseFilters(call.server.generation, job),
    orderings: {
      id: (one) => one.id,
      name: (one) => one.message.case,
      result: (one) => CASE_RESULTS.indexOf(one.message.result),
      measurement: (one) => (one.measurement === null ? null : Number(one.measurement)),
      logged: (one) => one.logged,
      start_log_line: (one) => one.startLine,
      end_log_line: (one) => one.endLine,
      suite: (one) => one.suite.id,
    },
    show: (one) => (job === undefined ? null : showCase(call, job, one)),
  });
}

function file(type: string, name: string, body: string): Reply {
  return {
    status: 200,
    headers: { "content-type": type, "content-disposition": `attachment; filename=${name}` },
    body,
  };
}

export const resultRoutes: Routes = {
  "GET jobs/ID/suites/": (call) =>
    list(call, {
      items: anyJob(call)?.suites ?? [],
      filters: {
        ...numbers("id", (suite: TestSuite) => suite.id, ["exact", "lt", "gt"]),
        ...text("name", (suite: TestSuite) => suite.name),
      },
      orderings: { id: (suite) => suite.id, name: (suite) => suite.name },
      show: (suite) => showSuite(call, suite),
    }),
  "GET jobs/ID/suites/ID/": (call) => json(200, showSuite(call, suiteOf(call).suite)),
  "GET jobs/ID/suites/ID/tests/": (call) => {
    const { job, suite } = suiteOf(call);
    return tests(call, job, suite.cases);
  },
  "GET jobs/ID/suites/ID/tests/ID/": (call) => {
    const { job, suite } = suiteOf(call);
    const one = suite.cases.find(({ id }) => String(id) === call.ids[2]);
    return one === undefined ? notFound() : json(200, showCase(call, job, one));
  },
  "GET jobs/ID/suites/ID/csv/": (call) => file("application/csv", "suite.csv", casesCsv(suiteOf(call).suite.cases)),
  "GET jobs/ID/suites/ID/yaml/": (call) => file("application/yaml", "suite.yaml", casesYaml(suiteOf(call).suite.cases)),
  "GET jobs/ID/tests/": (call) => {
    const job = anyJob(call);
    return tests(call, job, job === undefined ? [] : casesOf(job));
  },
  "GET jobs/ID/tests/ID/": (call) => {
    const job = anyJob(call);
    const one = job === undefined ? undefined : casesOf(job).find(({ id }) => String(id) === call.ids[1]);
    return job === undefined || one === undefined ? notFound() : json(200, showCase(call, job, one));
  },
  "GET jobs/ID/csv/": (call) => {
    const job = visibleJob(call);
    return { ...file("application/csv", `job_${job.id}.csv`, ""), pieces: casesCsvPieces(casesOf(job)) };
  },
  "GET jobs/ID/yaml/": (call) => {
    const job = visibleJob(call);
    return file("application/yaml", `job_${job.id}.yaml`, casesYaml(casesOf(job)));
  },
  "GET jobs/ID/junit/": (call) => {
    const job = visibleJob(call);
    return file("application/xml", `job_${job.id}.xml`, junit(job));
  },
  "GET jobs/ID/tap13/": (call) => {
    const job = visibleJob(call);
    return file("application/yaml", `job_${job.id}.tap`, tap13(job));
  },
};
