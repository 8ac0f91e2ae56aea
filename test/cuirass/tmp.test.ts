import { expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createGraph } from "./graph.js";
test("x", async () => {
  const sandbox = await createCuirassSandbox();
  const graph = createGraph({ guix: sandbox.url });
  const a = await graph.query(`{
    build(buildId: 40) { id buildId name phase outcome status statusCode weather startedAt finishedAt createdAt durationSeconds url system nixName derivation outputs { name path } products { productId sizeBytes url }
      server { __typename name reachable version events { source } } log { rawUrl lineCount lines(first: 2) { nodes { number text } } }
      evaluation { evaluationId checkouts { channel commit } status evaluatedAt jobCounts { total pending succeeded failed canceled } jobs(first: 2) { totalCount nodes { name build { buildId }} } builds(first: 3) { nodes { buildId status } pageInfo { hasNextPage } } log { lines { nodes { text } } } }
      specification { name kind packages systems evaluations(first: 2) { nodes { evaluationId } pageInfo { endCursor } } } }
    builds(first: 3, filter: { status: FAILED }) { nodes { buildId evaluationId status } pageInfo { endCursor hasNextPage } }
    buildQueue(first: 5) { totalCount nodes { buildId status } }
    runs(first: 3) { nodes { __typename name ... on Build { buildId } } }
    jobHistory(specification: "master", names: ["hello.x86_64-linux"], last: 2) { evaluationId evaluation { specificationName } jobs { name status } changedCheckouts { commit } }
  }`);
  console.log(JSON.stringify(a, null, 1));
  await graph.close(); await sandbox.close();
});
