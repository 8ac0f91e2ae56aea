// Etna as a library: a gateway inside another process.

import "reflect-metadata";

export { ConfigError, readConfig } from "./config/config.js";
export type { Config, ConfigFlags } from "./config/config.js";
export type { CiSystem } from "./ci/system.js";
export type { CuirassServerOptions } from "./cuirass/index.js";
export type { LavaServerOptions } from "./lava/index.js";
export { createGateway } from "./gateway.js";
export type { Gateway, Reloaded } from "./gateway.js";
export { createSchema } from "./schema.js";
export { printSdl } from "./sdl.js";
export { SYSTEMS } from "./systems.js";
