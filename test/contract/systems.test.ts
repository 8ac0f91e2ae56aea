// The contract over all systems of the gateway, and over a third one that is only in these tests.

import { expect, test } from "vitest";
import type { CiSystem } from "../../src/ci/system.js";
import { costsOf, createSchema } from "../../src/schema.js";
import { SYSTEMS } from "../../src/systems.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { SandboxState } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { jobFile } from "../support/job-files.js";
import { createHydraServer } from "../third-system/hydra-server.js";
import { hydra } from "../third-system/hydra.js";
import { systemContract } from "./system.contract.js";

/** As `systems.ts` would list them. */
const ALL: readonly CiSystem[] = [...SYSTEMS, hydra];
const [lava, cuirass] = SYSTEMS;

systemContract(lava, ALL, async () => {
  const sandbox = await createLavaSandbox();
  const move = async () => {
    const [id = ""] = sandbox.submit("alice", jobFile("played"));
    await sandbox.advance(Number(id), "Running");
  };
  return { url: sandbox.url, finished: "3", move, close: () => sandbox.close() };
});

systemContract(cuirass, ALL, async () => {
  const sandbox = await createCuirassSandbox();
  const build = (isWanted: (state: SandboxState) => boolean) => sandbox.states().find(isWanted)?.id ?? 0;
  const finished = String(build(({ status }) => status === 0));
  const move = () =>
    sandbox.advance(
      build(({ status }) => status === -2),
      "started",
    );
  return { url: sandbox.url, finished, move, close: () => sandbox.close() };
});

systemContract(hydra, ALL, async () => {
  const server = await createHydraServer();
  const move = () => {
    const build = server.builds.get(21);
    if (build !== undefined)
      server.builds.set(21, { ...build, starttime: 1, stoptime: 2, finished: 1, buildstatus: 0 });
  };
  return { url: server.url, finished: "3", move, close: () => server.close() };
});

test("a third system has its fields in the schema and in the prices, and changes nothing of the others", async () => {
  const schema = await createSchema(ALL);
  expect(schema.getQueryType()?.getFields().hydraBuild).toBeDefined();
  expect((await createSchema()).getQueryType()?.getFields().hydraBuild).toBeUndefined();
  const { "Query.hydraBuild": price, ...others } = costsOf(ALL);
  expect(price).toBeDefined();
  expect(Object.keys(costsOf()).every((field) => field in others)).toBe(true);
});
