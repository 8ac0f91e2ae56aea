// The built gateway with a heap not much larger than its bounds: what it caches is counted, whatever clients ask.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, postQuery } from "../support/gateway.js";
import { startGatewayProcess } from "../support/gateway-process.js";

const MiB = 1024 * 1024;
/** The gateway itself, and what its compiler and a request under way need. */
const BASE_BYTES = 60 * MiB;
const CACHE_MEGABYTES = 8;

/** Bytes that the gateway counts as cached. */
async function countedBy(origin: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^etna_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

let lava: LavaSandbox;
beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 150 });
});
afterAll(() => lava.close());

const start = (scope: Pick<TestContext, "onTestFinished">) =>
  startGatewayProcess(scope, { lava: [lava.url], cache: { megabytes: CACHE_MEGABYTES } }, ["--max-old-space-size=96"]);

test("holds what it counts, when each answer rests on a value of its own", { timeout: 120_000 }, async (scope) => {
  const { origin, heap } = await start(scope);
  const ask = async (query: string) => postQuery<any>(`${origin}/graphql`, query, {}, asUser(lava.users.alice.token));
  for (let at = 0; at < 220; at += 1) {
    // A change through Etna ends all that it has read.
    await ask(`mutation { cancelTestJob(testJob: { jobId: "1" }) { __typename } }`);
    const { data, errors } = await ask(`query Number${at} { testJobs(first: 100) { nodes { jobId } } }`);
    expect(errors).toEqual([]);
    expect(data.testJobs.nodes).toHaveLength(100);
  }
  expect(await heap()).toBeLessThan(1.5 * (await countedBy(origin)) + BASE_BYTES);
});

test("holds few documents, when all that come are others", { timeout: 120_000 }, async (scope) => {
  const { origin, heap } = await start(scope);
  const ids = `[${`"a", `.repeat(100)}]`;
  const lists = Array.from({ length: 40 }, (_, at) => `a${at}: nodes(ids: ${ids}) { id }`).join(" ");
  for (let at = 0; at < 80; at += 1) {
    const { errors } = await postQuery<any>(`${origin}/graphql`, `query Number${at} { ${lists} }`, {}, {});
    // The document is valid; its ids are not.
    expect(errors[0]?.extensions["code"]).toBe("BAD_USER_INPUT");
  }
  expect(await heap()).toBeLessThan(1.5 * (await countedBy(origin)) + BASE_BYTES);
});
