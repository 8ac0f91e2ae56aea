// A server that takes connections and says nothing: whoever asks how it is gets an answer, long before a request to it is
// given up. These requests would wait for longer than the test may take.

import { afterAll, beforeAll, expect, test } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

const PATIENT = { headersTimeoutMs: 600_000, totalTimeoutMs: 600_000 };
const RIGHTS_MS = 50;

let lava: LavaSandbox;
let well: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
beforeAll(async () => {
  [lava, well, cuirass] = await Promise.all([createLavaSandbox(), createLavaSandbox(), createCuirassSandbox()]);
  gateway = await startGateway({
    lava: [
      { name: "lab", url: lava.url, events: "poll", tokens: "shared", limits: PATIENT },
      { name: "other", url: well.url, events: "poll", tokens: "shared", limits: PATIENT },
    ],
    cuirass: [{ name: "farm", url: cuirass.url, limits: PATIENT }],
    rightsMs: RIGHTS_MS,
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), well.close(), cuirass.close()]);
});

test("is not taken for one that hangs while its answers are late for all that others ask", async () => {
  const late = () => ({ kind: "delay", ms: 3_000 }) as const;
  [lava.fault, cuirass.fault] = [late, late];
  const { data } = await gateway.query("{ servers { reachable } }");
  expect(data.servers).toEqual([{ reachable: true }, { reachable: true }, { reachable: true }]);
  [lava.fault, cuirass.fault] = [undefined, undefined];
});

test("is said not to answer, while the others are as they are, and a user's name is as it was", async () => {
  const ask = () =>
    gateway.query(
      "{ servers { name reachable version ... on LavaServer { user } } viewer { accounts { user } } }",
      {},
      asUser("alice-sandbox-token"),
    );
  const before = await ask();
  expect(before.errors).toEqual([]);
  expect(before.data.servers).toMatchObject([{ reachable: true }, { reachable: true }, { reachable: true }]);
  await new Promise((resolve) => setTimeout(resolve, 2 * RIGHTS_MS));

  const hang = () => ({ kind: "hang" }) as const;
  [lava.fault, cuirass.fault] = [hang, hang];
  const { data, errors } = await ask();
  expect(errors).toEqual([]);
  const [lab, other, farm] = before.data.servers;
  expect(data.servers).toEqual([
    { ...lab, reachable: false, version: null },
    other,
    { ...farm, reachable: false, version: null },
  ]);
  expect(data.viewer).toEqual(before.data.viewer);

  const ready = await fetch(`${gateway.origin}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    servers: [{ reachable: false }, { reachable: true }, { reachable: false }],
  });
});
