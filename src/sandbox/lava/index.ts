// The sandbox LAVA: a small wire-faithful server with living data, for the demo and the tests. Follows lava.md.
export type { Fault } from "../fault.js";
export type { CounterView as RequestCounter } from "./counter.js";
export { LAVA_VERSIONS } from "./generation.js";
export type { LavaVersion } from "./generation.js";
export type {
  AdvanceOptions,
  FaultRequest,
  JobView,
  LavaSandbox,
  LavaSandboxOptions,
  PublisherHandle,
  SandboxBuild,
  SandboxUser,
} from "./options.js";
export { createLavaSandbox } from "./sandbox.js";
