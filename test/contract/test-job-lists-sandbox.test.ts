// The contract of test job lists over the sandbox. `test/real/` runs the same over a real LAVA.

import { afterAll } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { testJobListsContract } from "./test-job-lists.contract.js";

let sandbox: LavaSandbox | undefined;
afterAll(async () => sandbox?.close());

testJobListsContract("the sandbox", async () => {
  sandbox = await createLavaSandbox();
  const { admin, alice, bob } = sandbox.users;
  return { url: sandbox.url, eventUrl: null, tokens: { admin: admin.token, alice: alice.token, bob: bob.token } };
});
