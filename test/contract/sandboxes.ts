// Runs a contract over the sandbox in each of its versions; `test/real/` runs the same over a real LAVA of each.

import { afterAll } from "vitest";
import { LAVA_VERSIONS, createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaTarget } from "./lava.contract.js";

export function overSandboxes(contract: (name: string, start: () => Promise<LavaTarget>) => void): void {
  const open: LavaSandbox[] = [];
  afterAll(async () => {
    for (const sandbox of open) await sandbox.close();
  });
  for (const version of LAVA_VERSIONS) {
    contract(`the sandbox as LAVA ${version}`, async () => {
      const sandbox = await createLavaSandbox({ version });
      open.push(sandbox);
      const { admin, alice, bob } = sandbox.users;
      return { url: sandbox.url, eventUrl: null, tokens: { admin: admin.token, alice: alice.token, bob: bob.token } };
    });
  }
}
