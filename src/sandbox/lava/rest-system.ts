// REST's system/ resources and its root.
import { json } from "./http.js";
import { masterConfig } from "./lava-server.js";
import type { Routes } from "./rest-call.js";

const RESOURCES = [
  "aliases",
  "devices",
  "devicetypes",
  "jobs",
  "permissions/devicetypes",
  "permissions/devices",
  "system",
  "tags",
  "workers",
];

export const systemRoutes: Routes = {
  "GET ": ({ origin }) => json(200, Object.fromEntries(RESOURCES.map((name) => [name, `${origin}/api/v0.2/${name}/`]))),
  "GET system/": () => ({ status: 200, headers: {}, body: "" }),
  "GET system/whoami/": ({ viewer }) => json(200, { user: viewer?.name ?? "" }),
  "GET system/version/": ({ server }) => json(200, { version: server.generation.version }),
  "GET system/master_config/": ({ server }) => json(200, masterConfig(server)),
};
