// Etna as a library: a gateway inside another process.

import "reflect-metadata";

export { ConfigError, readConfig } from "./config/config.js";
export type { Config, ConfigFlags, CuirassConfig, LavaConfig } from "./config/config.js";
export { createGateway } from "./gateway.js";
export type { Gateway, Reloaded } from "./gateway.js";
export { createSchema, printSdl } from "./schema.js";
