// The promises about results and exports over the sandbox. `test/real/` runs the same over a real LAVA.

import { afterAll } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { resultsContract } from "./results.contract.js";

let sandbox: LavaSandbox | undefined;
afterAll(async () => sandbox?.close());

resultsContract("the sandbox", async () => {
  sandbox = await createLavaSandbox();
  const { admin, alice, bob } = sandbox.users;
  return { url: sandbox.url, eventUrl: null, tokens: { admin: admin.token, alice: alice.token, bob: bob.token } };
});
