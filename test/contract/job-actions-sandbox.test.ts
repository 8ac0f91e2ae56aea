// The contract of changes and definitions over the sandbox.

import { afterAll } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { jobActionsContract } from "./job-actions.contract.js";

let sandbox: LavaSandbox | undefined;
afterAll(async () => sandbox?.close());

jobActionsContract("the sandbox", async () => {
  sandbox = await createLavaSandbox();
  const { admin, alice, bob } = sandbox.users;
  return { url: sandbox.url, eventUrl: null, tokens: { admin: admin.token, alice: alice.token, bob: bob.token } };
});
