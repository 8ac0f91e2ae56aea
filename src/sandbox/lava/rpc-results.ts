// XML-RPC results.*: the exports of section 4 as strings; each call needs a user (lava.md section 6.2).
import { casesCsv, casesOf, casesYaml, suitesCsv, suitesYaml } from "./exports.js";
import type { Job, TestCase, TestSuite } from "./model.js";
import { Fault, internal, type Methods, needsUser, type Params, required, type RpcContext } from "./rpc-call.js";

function jobOf(context: RpcContext, params: Params, where: string): Job {
  needsUser(context);
  const id = required(params, 0, "job_id", `ResultsAPI.${where}`);
  const number = Number(id);
  if (!Number.isInteger(number)) throw internal(`Field 'id' expected a number but got '${String(id)}'.`);
  const job = context.server.store.job(number);
  if (job === undefined) throw new Fault(404, "Specified job not found.");
  if (!context.server.store.visible(job, context.viewer)) {
    throw new Fault(401, `Permission denied for user to job ${number}`);
  }
  return job;
}

function suiteOf(context: RpcContext, params: Params, where: string): TestSuite {
  const job = jobOf(context, params, where);
  const name = required(params, 1, "suite_name", `ResultsAPI.${where}`);
  const suite = job.suites.find((one) => one.name === name);
  if (suite === undefined) throw new Fault(404, "Specified test suite not found.");
  return suite;
}

function page<T>(items: readonly T[], limit: unknown, offset: unknown): T[] {
  const from = typeof offset === "number" ? offset : 0;
  return items.slice(from, typeof limit === "number" ? from + limit : undefined);
}

function casesNamed(context: RpcContext, params: Params, where: string): TestCase[] {
  const suite = suiteOf(context, params, where);
  const name = required(params, 2, "case_name", `ResultsAPI.${where}`);
  const cases = suite.cases.filter(({ message }) => message.case === name);
  if (cases.length === 0) throw new Fault(404, "Specified test case not found.");
  return cases;
}

export const resultMethods: Methods = {
  "results.get_testjob_metadata": (context, params) => {
    jobOf(context, params, "get_testjob_metadata");
    return [];
  },
  "results.get_testjob_results_csv": (context, params) => {
    const job = jobOf(context, params, "get_testjob_results_csv");
    return casesCsv(page(casesOf(job), params[1], params[2]));
  },
  "results.get_testjob_results_yaml": (context, params) => {
    const job = jobOf(context, params, "get_testjob_results_yaml");
    return casesYaml(page(casesOf(job), params[1], params[2]));
  },
  "results.get_testjob_suites_list_csv": (context, params) =>
    suitesCsv(page(jobOf(context, params, "get_testjob_suites_list_csv").suites, params[1], params[2])),
  "results.get_testjob_suites_list_yaml": (context, params) =>
    suitesYaml(page(jobOf(context, params, "get_testjob_suites_list_yaml").suites, params[1], params[2])),
  "results.get_testsuite_results_csv": (context, params) =>
    casesCsv(page(suiteOf(context, params, "get_testsuite_results_csv").cases, params[2], params[3])),
  "results.get_testsuite_results_yaml": (context, params) =>
    casesYaml(page(suiteOf(context, params, "get_testsuite_results_yaml").cases, params[2], params[3])),
  "results.get_testsuite_results_count": (context, params) =>
    suiteOf(context, params, "get_testsuite_results_count").cases.length,
  "results.get_testcase_results_yaml": (context, params) =>
    casesYaml(casesNamed(context, params, "get_testcase_results_yaml")),
  "results.get_testcase_results_csv": (context, params) =>
    casesCsv(casesNamed(context, params, "get_testcase_results_csv")),
};
