import { ListTestCasesDocument } from "../generated/graphql.js";
import type { ListTestCasesQuery, TestResult } from "../generated/graphql.js";
import { printJson } from "../output/streams.js";
import { printTable } from "../output/table.js";
import { readJob } from "../remote/addresses.js";
import { withGateway } from "../remote/gateway.js";
import { readList } from "../remote/pages.js";
import { createRemoteCommand } from "../tree/command.js";
import { optionOfWords } from "../tree/values.js";
import { JOB_ARGUMENT, JOB_WORDS, noSuchJob } from "./one-job.js";

const RESULTS: Readonly<Record<TestResult, true>> = { PASS: true, FAIL: true, SKIP: true, UNKNOWN: true };

/** The most cases that a page has. */
const CASES_MAX = 1_000;

type Jobs = NonNullable<ListTestCasesQuery["testJob"]>;
type Node = NonNullable<NonNullable<Jobs["cases"]>["nodes"][number]>;

export function jobResultsCommand() {
  return createRemoteCommand("results")
    .summary("a test job's results")
    .description("Lists the test cases of a test job, in the order in which LAVA noted them.")
    .argument(JOB_ARGUMENT, JOB_WORDS)
    .addOption(optionOfWords("--result <result>", "only with this result", RESULTS))
    .option("--suite <name>", "only of this test suite")
    .option("--internal", "also LAVA's own actions, of its suite lava")
    .action(async (name, { json, result, suite, internal, ...values }) => {
      const filter = {
        ...(result === undefined ? {} : { results: [...result] }),
        ...(suite === undefined ? {} : { suite }),
      };
      const isWanted = ({ suiteName }: Node) => suite !== undefined || internal === true || suiteName !== "lava";
      process.exitCode = await withGateway(values, async (remote) => {
        const { jobId, server } = await readJob(remote, name);
        const found: Node[] = [];
        const list = {
          operation: ListTestCasesDocument,
          variables: (page: { first: number; after: string | null }) => ({ jobId, server, filter, ...page }),
          pick: ({ testJob }: ListTestCasesQuery) => {
            if (testJob == null) throw noSuchJob(jobId);
            return testJob.cases;
          },
          limit: Infinity,
          pageSize: CASES_MAX,
        };
        const status = await readList(remote, list, (nodes) => {
          const wanted = nodes.filter(isWanted);
          if (json === true) wanted.forEach(printJson);
          else found.push(...wanted);
        });
        printTable(["RESULT", "SUITE", "MEASURED", "CASE"], found.map(toRow));
        return status;
      });
    });
}

function toRow({ result, suiteName, set, name, measurementText, unit }: Node): readonly string[] {
  const measured = measurementText == null ? "" : [measurementText, unit].filter((text) => text != null).join(" ");
  return [result, suiteName, measured, set == null ? name : `${set}/${name}`];
}
