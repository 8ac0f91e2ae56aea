// What questions about the lab cost LAVA: counted at the sandbox, however many device types or devices an answer has.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../../support/gateway.js";
import type { TestGateway } from "../../support/gateway.js";

let sandbox: LavaSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  sandbox = await createLavaSandbox({ events: false });
  gateway = await startGateway({ lava: [{ url: sandbox.url, events: "poll" }], remembers: false });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});
beforeEach(() => sandbox.requests.reset());

const ask = async (document: string, headers: Record<string, string> = {}) => {
  const { data, errors } = await gateway.query(document, {}, headers);
  expect(errors).toEqual([]);
  return data;
};

test("device counts, queue lengths, templates and health checks of all device types are one request each", async () => {
  await ask(`{ deviceTypes(first: 100) { nodes { name deviceCounts { total idle bad } queue { length } template
    healthCheckDefinition healthCheck { frequency denominator disabled } } } }`);
  expect(sandbox.requests.counts()).toEqual({
    "GET devices/": 1,
    "GET devicetypes/": 1,
    "RPC scheduler.pending_jobs_by_device_type": 1,
    "RPC system.multicall": 2,
  });
});

test("dictionaries of many devices are one request", async () => {
  await ask(`{ devices(first: 100) { nodes { hostname dictionary written: dictionary(rendered: false) } } }`);
  expect(sandbox.requests.counts()).toEqual({ "GET devices/": 1, "RPC system.multicall": 1 });
});

test("nothing is asked that was not selected", async () => {
  await ask(`{ servers { name url ... on LavaServer { name } } }`);
  expect(sandbox.requests.total()).toBe(0);
  await ask(`{ deviceTypes(first: 100) { nodes { name queue { __typename } healthCheck { frequency } } } }`);
  expect(sandbox.requests.counts()).toEqual({ "GET devicetypes/": 1 });
});

test("the methods of XML-RPC are asked once in the life of the gateway, not again after a failure was mended", async () => {
  const methods = `{ servers { ... on LavaServer { methods { name signature help } } } }`;
  sandbox.fault = ({ rpcMethod }) => (rpcMethod === "system.listMethods" ? { kind: "status", status: 500 } : undefined);
  const failed = await gateway.query(methods);
  expect(failed.errors).toMatchObject([{ extensions: { code: "UPSTREAM_FAILED" } }]);
  sandbox.fault = undefined;
  sandbox.requests.reset();
  const first = await ask(methods);
  expect(sandbox.requests.counts()).toEqual({ "RPC system.listMethods": 1, "RPC system.multicall": 2 });
  const again = await ask(methods);
  expect(again).toEqual(first);
  expect(sandbox.requests.total()).toBe(3);
});

test("capabilities are learned once from the version", async () => {
  for (let turn = 0; turn < 3; turn++) await ask(`{ servers { capabilities } }`);
  expect(sandbox.requests.counts()["GET system/version/"] ?? 0).toBeLessThanOrEqual(1);
});

test("a custom query loads the test jobs that it found in one request, by id", async () => {
  const document = `{ servers { ... on LavaServer { customQuery(entity: TESTJOB, first: 50,
    conditions: [{ table: TESTJOB, field: "state", value: "Finished" }]) { testJob { jobId name definition } } } } }`;
  const data = await ask(document, asUser(sandbox.users.alice.token));
  expect(data.servers[0].customQuery.length).toBeGreaterThan(20);
  expect(sandbox.requests.counts()).toMatchObject({ "GET jobs/": 1, "RPC results.make_custom_query": 1 });
  expect(JSON.stringify(data)).not.toContain("sandbox-secret");
});
