// A LAVA entry of the configuration with everything at its default.

import { lava } from "../../src/lava/index.js";
import type { LavaServerOptions } from "../../src/lava/index.js";

export const ANONYMOUS_ENTRY: Omit<LavaServerOptions, "url"> = {
  name: "lava",
  limits: {},
  ...lava.config.read({ url: "http://127.0.0.1" }, "lava", []),
  // Some suites run once more in a project of their own (vitest.config.ts).
  ...(process.env.ETNA_TEST_REPLICA === "off" ? { replica: "off" } : {}),
};
