// A LAVA entry of the configuration with everything at its default.

import type { LavaConfig } from "../../src/config/config.js";

export const ANONYMOUS_ENTRY: Omit<LavaConfig, "url"> = {
  name: "lava",
  token: null,
  share: false,
  insecure: false,
  events: "auto",
  publisher: null,
  websocket: null,
  limits: {},
};
