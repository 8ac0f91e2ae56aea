// LAVA's own query language, as its page "Queries" and XML-RPC `results.make_custom_query` have it (lava.md section 6.4).

import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { InputRefused } from "../../errors.js";
import { found } from "../../codec/found.js";
import { readText } from "./input.js";
import { TestJob } from "./test-job.type.js";

export enum QueryEntity {
  TESTJOB = "TESTJOB",
  TESTSUITE = "TESTSUITE",
}
registerEnumType(QueryEntity, {
  name: "QueryEntity",
  description: "What a query looks for.",
  valuesConfig: { TESTJOB: { description: "Test jobs." }, TESTSUITE: { description: "Test suites of test jobs." } },
});

export enum QueryTable {
  TESTJOB = "TESTJOB",
  TESTSUITE = "TESTSUITE",
  TESTCASE = "TESTCASE",
  NAMEDTESTATTRIBUTE = "NAMEDTESTATTRIBUTE",
}
registerEnumType(QueryTable, {
  name: "QueryTable",
  description: "What a query's condition is on.",
  valuesConfig: {
    TESTJOB: {
      description:
        "The test job: `state`, `health`, `priority` (`Low`, `Medium`, `High`), `description`, `health_check`, `start_time`, `end_time`.",
    },
    TESTSUITE: { description: "One of its suites: `name`." },
    TESTCASE: {
      description: "One of its test cases: `name`, `result` (`Test passed`, `Test failed` …), `measurement`.",
    },
    NAMEDTESTATTRIBUTE: { description: "A key of its metadata, as older LAVA stored it; the field is the key." },
  },
});

export enum QueryOperator {
  EXACT = "EXACT",
  IEXACT = "IEXACT",
  ICONTAINS = "ICONTAINS",
  NE = "NE",
  GT = "GT",
  LT = "LT",
}
registerEnumType(QueryOperator, {
  name: "QueryOperator",
  description: "How a query's condition compares.",
  valuesConfig: {
    EXACT: { description: "Equal." },
    IEXACT: { description: "Equal, upper and lower case alike." },
    ICONTAINS: { description: "Holds the value, upper and lower case alike." },
    NE: { description: "Not equal." },
    GT: { description: "Greater or later." },
    LT: { description: "Less or earlier." },
  },
});

@InputType({ description: "A condition of a query." })
export class QueryConditionInput {
  @Field(() => QueryTable, { description: "What it is on." })
  table!: QueryTable;

  @Field(() => String, { description: "A field of that, in LAVA's words, e.g. `health`." })
  field!: string;

  @Field(() => QueryOperator, { defaultValue: QueryOperator.EXACT, description: "How it compares." })
  operator!: QueryOperator;

  @Field(() => String, {
    description: "The value in LAVA's words, e.g. `Incomplete`, `True`, `2026-11-22 03:24:17`.",
  })
  value!: string;
}

@ObjectType({ description: "What a query found." })
export class QueryHit {
  @Field(() => TestJob, { description: "The test job." })
  readonly testJob!: TestJob;

  @Field(() => String, { nullable: true, description: "Name of its suite that was found; null for test jobs." })
  readonly suiteName!: string | null;
}

/** How a field compares, and which values make sense: LAVA takes a wrong word for none, or fails as if it were broken. */
interface FieldRule {
  readonly operators: readonly QueryOperator[];
  readonly value: RegExp;
  readonly hint: string;
}

const { EXACT, IEXACT, ICONTAINS, NE, GT, LT } = QueryOperator;
const words = (operators: readonly QueryOperator[], ...allowed: readonly string[]): FieldRule => ({
  operators,
  value: new RegExp(`^(?:${allowed.join("|")})$`),
  hint: `write ${allowed.join(", ")}`,
});
const TEXT: FieldRule = { operators: [EXACT, IEXACT, ICONTAINS, NE], value: /^/, hint: "" };
const TIME: FieldRule = {
  operators: [EXACT, NE, GT, LT],
  value: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/,
  hint: "write it like 2026-11-22 03:24:17 (UTC)",
};

const FIELDS: Readonly<Record<QueryTable, Readonly<Record<string, FieldRule>> | null>> = {
  TESTJOB: {
    state: words([EXACT, NE], "Submitted", "Scheduling", "Scheduled", "Running", "Canceling", "Finished"),
    health: words([EXACT, NE], "Unknown", "Complete", "Incomplete", "Canceled"),
    priority: words([EXACT, NE, GT, LT], "Low", "Medium", "High"),
    health_check: words([EXACT, NE], "True", "False"),
    description: TEXT,
    start_time: TIME,
    end_time: TIME,
  },
  TESTSUITE: { name: TEXT },
  TESTCASE: {
    name: TEXT,
    result: words([EXACT, NE], "Test passed", "Test failed", "Test skipped", "Unknown outcome"),
    measurement: { operators: [EXACT, NE, GT, LT], value: /^-?\d{1,9}(?:\.\d{1,10})?$/, hint: "write a number" },
  },
  NAMEDTESTATTRIBUTE: null,
};
/** Of one query. */
export const CONDITIONS_MAX = 20;
/** LAVA 2023.01 breaks on conditions on these; `testJobs` has filters for them. */
const FILTERS: Readonly<Record<string, string>> = {
  submitter: "submitter",
  actual_device: "device",
  requested_device_type: "deviceType",
};

/** LAVA's text of conditions, `TABLE__FIELD__OPERATOR__VALUE` with commas. Throws `InputRefused` for what it would misread. */
export function toConditions(conditions: readonly QueryConditionInput[]): string {
  if (conditions.length === 0) throw new InputRefused("conditions", "is empty; for all test jobs ask `testJobs`");
  if (conditions.length > CONDITIONS_MAX) {
    throw new InputRefused("conditions", `has ${conditions.length} items; allowed are ${CONDITIONS_MAX}`);
  }
  return conditions.map(toCondition).join(",");
}

function toCondition({ table, field, operator, value }: QueryConditionInput): string {
  const rule = ruleOf(table, field);
  if (!rule.operators.includes(operator)) {
    throw new InputRefused("conditions.operator", `${field} can't be compared by ${operator}`);
  }
  readText("conditions.field", field);
  readText("conditions.value", value);
  for (const [argument, text] of Object.entries({ field, value })) {
    if (/,|__/.test(text)) throw new InputRefused(`conditions.${argument}`, "LAVA's queries can't hold `,` or `__`");
  }
  if (!rule.value.test(value)) {
    throw new InputRefused("conditions.value", `${found(value)} is no value of ${field}; ${rule.hint}`);
  }
  return [table.toLowerCase(), field, operator.toLowerCase(), value].join("__");
}

function ruleOf(table: QueryTable, field: string): FieldRule {
  const rules = FIELDS[table];
  if (rules === null) return TEXT;
  const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
  if (rule !== undefined) return rule;
  const filter = table === QueryTable.TESTJOB && Object.hasOwn(FILTERS, field) ? FILTERS[field] : undefined;
  const hint =
    filter === undefined ? `known are ${Object.keys(rules).join(", ")}` : `ask testJobs(filter: { ${filter}: … })`;
  throw new InputRefused("conditions.field", `${found(field)} is none of ${table}; ${hint}`);
}
