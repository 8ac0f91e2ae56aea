// XML-RPC results.make_custom_query: whole rows of jobs or suites, the job's secret among them (lava.md section 6.4).
import { type CaseResult, type Job, JOB_HEALTHS, JOB_STATES, type TestCase, type TestSuite } from "./model.js";
import { Fault, internal, type Method, type Methods, needsUser, required } from "./rpc-call.js";
import { RpcTime } from "./rpc-codec.js";

type Test = (own: string | number, wanted: string | number) => boolean;

const OPERATORS: Readonly<Record<string, Test>> = {
  exact: (own, wanted) => own === wanted,
  ne: (own, wanted) => own !== wanted,
  iexact: (own, wanted) => String(own).toLowerCase() === String(wanted).toLowerCase(),
  icontains: (own, wanted) => String(own).toLowerCase().includes(String(wanted).toLowerCase()),
  gt: (own, wanted) => own > wanted,
  lt: (own, wanted) => own < wanted,
};
const RESULTS: Readonly<Record<CaseResult, string>> = {
  pass: "Test passed",
  fail: "Test failed",
  skip: "Test skipped",
  unknown: "Unknown outcome",
};
const PRIORITIES: Readonly<Record<string, number>> = { Low: 0, Medium: 50, High: 100 };

interface Condition {
  readonly table: string;
  /** Its value in a row; undefined where the row is of another table. */
  readonly fits: (row: {
    readonly job: Job;
    readonly suite: TestSuite | null;
    readonly testCase: TestCase | null;
  }) => boolean;
}

const microsOf = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`) * 1000;

function parse(text: string): Condition {
  const [table = "", field = "", operator = "", value = "", ...more] = text.split("__");
  if (value === "" || more.length > 0) {
    throw internal("Conditions URL incorrect. Please refer to query docs.");
  }
  const test = OPERATORS[operator];
  if (test === undefined)
    throw internal(`Unsupported lookup '${operator}' for Field or join on the field not permitted.`);
  const condition = (
    own: (row: Parameters<Condition["fits"]>[0]) => string | number | null,
    wanted: string | number,
  ) => ({
    table,
    fits: (row: Parameters<Condition["fits"]>[0]) => {
      const mine = own(row);
      return mine !== null && test(mine, wanted);
    },
  });
  switch (`${table}.${field}`) {
    case "testjob.state":
      return condition(
        ({ job }) => JOB_STATES.indexOf(job.state),
        JOB_STATES.findIndex((state) => state === value),
      );
    case "testjob.health":
      return condition(
        ({ job }) => JOB_HEALTHS.indexOf(job.health),
        JOB_HEALTHS.findIndex((health) => health === value),
      );
    case "testjob.priority":
      return condition(({ job }) => job.priority, PRIORITIES[value] ?? -1);
    case "testjob.health_check":
      return condition(({ job }) => String(job.healthCheck), String(value !== "False"));
    case "testjob.description":
      return condition(({ job }) => job.description, value);
    case "testjob.start_time":
      return condition(({ job }) => job.startTime, microsOf(value));
    case "testjob.end_time":
      return condition(({ job }) => job.endTime, microsOf(value));
    case "testjob.submitter":
    case "testjob.actual_device":
    case "testjob.requested_device_type":
      throw internal("'ForeignKey' object has no attribute 'rel'");
    case "testsuite.name":
      return condition(({ suite }) => suite?.name ?? null, value);
    case "testcase.name":
      return condition(({ testCase }) => testCase?.message.case ?? null, value);
    case "testcase.result":
      return condition(({ testCase }) => (testCase === null ? null : RESULTS[testCase.message.result]), value);
    case "testcase.measurement":
      return condition(
        ({ testCase }) => (testCase?.measurement == null ? null : Number(testCase.measurement)),
        Number(value),
      );
    default:
      // Metadata, which this version no longer stores, finds nothing.
      if (table === "namedtestattribute") return { table, fits: () => false };
      throw new Fault(400, "Conditions URL incorrect: Field does not exist. Please refer to query docs.");
  }
}

/** Each condition of one table must hold for one and the same row of it, as in one SQL join. */
function suiteFits(job: Job, suite: TestSuite, conditions: readonly Condition[]): boolean {
  const rows = [{ job, suite, testCase: null }, ...suite.cases.map((testCase) => ({ job, suite, testCase }))];
  return rows.some((row) => conditions.every((condition) => condition.fits(row)));
}

function jobFits(job: Job, conditions: readonly Condition[]): boolean {
  if (conditions.every(({ table }) => table === "testjob")) {
    return conditions.every((condition) => condition.fits({ job, suite: null, testCase: null }));
  }
  return job.suites.some((suite) => suiteFits(job, suite, conditions));
}

const STATE = { fields_cache: {}, adding: false, db: "default" };

function jobRow(job: Job): unknown {
  return {
    _state: STATE,
    id: job.id,
    sub_id: job.subId,
    description: job.description,
    health_check: job.healthCheck,
    requested_device_type_id: job.deviceType,
    actual_device_id: job.device,
    submit_time: new RpcTime(job.submitTime),
    state: JOB_STATES.indexOf(job.state),
    health: JOB_HEALTHS.indexOf(job.health),
    priority: job.priority,
    definition: job.definition,
    token: job.token,
  };
}

const makeCustomQuery: Method = (context, params) => {
  const viewer = needsUser(context);
  const entity = required(params, 0, "entity", "ResultsAPI.make_custom_query");
  const text = String(required(params, 1, "conditions", "ResultsAPI.make_custom_query"));
  const limit = typeof params[2] === "number" ? params[2] : 200;
  const conditions = text === "" ? [] : text.split(",").map(parse);
  const { store } = context.server;
  const jobs = store
    .jobs()
    .filter((job) => store.visible(job, viewer))
    .sort((a, b) => b.id - a.id);
  switch (entity) {
    case "testjob":
      return jobs
        .filter((job) => jobFits(job, conditions))
        .slice(0, limit)
        .map(jobRow);
    case "testsuite":
      return jobs
        .flatMap((job) => job.suites.filter((suite) => suiteFits(job, suite, conditions)))
        .sort((a, b) => b.id - a.id)
        .slice(0, limit)
        .map(({ id, name, job }) => ({ _state: STATE, id, job_id: job, name, testsuite_ptr_id: id }));
    default:
      throw new Fault(400, "Wrong table name in entity parameter. Please refer to query docs.");
  }
};

export const queryMethods: Methods = { "results.make_custom_query": makeCustomQuery };
