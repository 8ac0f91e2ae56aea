// Runs a contract over the sandbox in each of its versions; `test/real/` runs the same over a real LAVA of each.

import { afterAll } from "vitest";
import { LAVA_VERSIONS, createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaTarget } from "./lava.contract.js";

/** @param asks whether Etna asks each for its publisher, rather than being told. */
export function overSandboxes(
  contract: (name: string, start: () => Promise<LavaTarget>) => void,
  { asks = true } = {},
): void {
  const open: LavaSandbox[] = [];
  afterAll(async () => {
    for (const sandbox of open) await sandbox.close();
  });
  for (const version of LAVA_VERSIONS) {
    contract(`the sandbox as LAVA ${version}`, async () => {
      const sandbox = await createLavaSandbox({ version });
      open.push(sandbox);
      const { admin, alice, bob } = sandbox.users;
      return {
        url: sandbox.url,
        eventUrl: asks ? null : sandbox.eventUrl,
        tokens: { admin: admin.token, alice: alice.token, bob: bob.token },
      };
    });
  }
}
