// How the servers fare, as a subscriber hears of it.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createCuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../../src/sandbox/lava/index.js";
import { startGateway } from "../../support/gateway.js";
import type { Subscribed, TestGateway, TestGatewayOptions } from "../../support/gateway.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
let options: TestGatewayOptions;

beforeAll(async () => {
  [lava, cuirass] = await Promise.all([createLavaSandbox({ jobs: 3 }), createCuirassSandbox({ evaluations: 2 })]);
  options = {
    lava: [{ name: "lab", url: lava.url }],
    cuirass: [{ name: "farm", url: cuirass.url, limits: { breakerFailures: 2, probeDelayMs: 100, retryDelayMs: 1 } }],
  };
  gateway = await startGateway(options);
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([lava.close(), cuirass.close()]);
});

const UPDATES = `subscription ($server: String) { serverUpdates(server: $server) {
  reachable unreachableSince events { source connected } server { name } } }`;

/** `farm true`, or `CODE`. */
async function hear(following: Subscribed<Record<string, any>>): Promise<Record<string, any>> {
  const result = await following.next();
  return result?.data?.serverUpdates ?? { error: result?.errors?.[0]?.message };
}

const breakFarm = () =>
  vi.waitFor(async () => {
    const { errors } = await gateway.query(`{ specifications(server: "farm") { name } }`);
    expect(errors[0]?.message).toMatch(/not asked, since the last requests all failed/);
  });

test("tells of each server first, then of one that stops answering and answers again, without asking it", async () => {
  const following = gateway.subscribe(UPDATES, { server: "farm" });
  const asked = cuirass.requests.total();
  expect(await hear(following)).toMatchObject({ server: { name: "farm" }, reachable: true, unreachableSince: null });
  expect(cuirass.requests.total()).toBe(asked);
  const before = Date.now();
  cuirass.fault = () => ({ kind: "status", status: 500 });
  await breakFarm();
  const away = await hear(following);
  expect(away).toMatchObject({ reachable: false });
  expect(Date.parse(away["unreachableSince"])).toBeGreaterThanOrEqual(before - 1_000);
  cuirass.fault = undefined;
  expect(await hear(following)).toMatchObject({ reachable: true, unreachableSince: null });
  following.close();
});

test("tells of all servers, and how their news come", async () => {
  const following = gateway.subscribe(UPDATES);
  const heard = [await hear(following), await hear(following)];
  expect(heard.map(({ server }) => server.name)).toEqual(["lab", "farm"]);
  // The bus may have been found before or after the subscription began.
  while (heard.findLast(({ server }) => server.name === "lab")?.["events"].connected !== true)
    heard.push(await hear(following));
  following.close();
});

test("tells of a server that is added, and of one that is gone; refuses one that is not there", async () => {
  const refused = gateway.subscribe(UPDATES, { server: "moon" });
  expect(await hear(refused)).toEqual({ error: 'server: no server is called "moon"; known are lab, farm' });
  const following = gateway.subscribe(UPDATES);
  const until = async (wanted: Record<string, unknown>) => {
    for (;;) {
      const heard = await hear(following);
      if (JSON.stringify(heard).includes(JSON.stringify(wanted).slice(1, -1))) return;
    }
  };
  await until({ name: "farm" });
  await gateway.reload({ ...options, cuirass: [...(options.cuirass ?? []), { name: "other", url: cuirass.url }] });
  await until({ name: "other" });
  await gateway.reload(options);
  await until({ error: "server: other is not configured any more" });
  following.close();
});
