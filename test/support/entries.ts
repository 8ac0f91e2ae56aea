// A LAVA entry of the configuration with everything at its default.

import type { LavaServerOptions } from "../../src/lava/index.js";

export const ANONYMOUS_ENTRY: Omit<LavaServerOptions, "url"> = {
  name: "lava",
  token: null,
  share: false,
  insecure: false,
  events: "auto",
  publisher: null,
  websocket: null,
  limits: {},
  // Some suites run once more in a project of their own (vitest.config.ts).
  ...(process.env.ETNA_TEST_REPLICA === "off" ? { replica: "off" } : {}),
};
