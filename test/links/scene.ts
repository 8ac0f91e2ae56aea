// Both sandboxes, the gateway over them, and jobs with a `metadata` block of the test's own.

import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";

export interface Scene {
  readonly lava: LavaSandbox;
  readonly cuirass: CuirassSandbox;
  readonly gateway: TestGateway;
  /** Data of a query that must not have errors. */
  query(document: string, variables?: Record<string, unknown>): Promise<Record<string, any>>;
  /** Submits a job that never runs; returns its number. */
  submit(metadata: Record<string, string>, url?: string): string;
  close(): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const cuirass = await createCuirassSandbox();
  const lava = await createLavaSandbox({ builds: () => cuirass.builds() });
  const gateway = await startGateway({
    // Whole histories at once, which nobody may ask for otherwise.
    clients: { limits: { query: { cost: 100_000 } } },
    lava: [{ url: lava.url, events: "poll" }],
    cuirass: [{ url: cuirass.url }],
    remembers: false,
  });
  return {
    lava,
    cuirass,
    gateway,
    async query(document, variables) {
      const { data, errors } = await gateway.query(document, variables);
      if (errors.length > 0) throw new Error(JSON.stringify(errors));
      return data;
    },
    submit(metadata, url = "file:///srv/Image") {
      // Numbers bare, as people write them: a search for one finds the longer ones that begin so, too.
      const lines = Object.entries(metadata).map(
        ([key, value]) => `  ${key}: ${/^\d+$/.test(value) ? value : JSON.stringify(value)}`,
      );
      const [id = ""] = lava.submit(
        "alice",
        `job_name: across\nvisibility: public\npriority: medium\ntimeouts:\n  job: {minutes: 5}\n  action: {minutes: 3}\n` +
          `  connection: {minutes: 2}\nmetadata:\n  x: y\n${lines.join("\n")}\ndevice_type: qemu\n` +
          `actions:\n- deploy: {to: tmpfs, images: {kernel: {url: '${url}'}}}\n- boot: {method: qemu, prompts: ['#']}\n`,
      );
      return id;
    },
    close: async () => {
      await gateway.close();
      await Promise.all([lava.close(), cuirass.close()]);
    },
  };
}
