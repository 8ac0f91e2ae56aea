// The Cuirass sandbox's face to the demo and the tests.

export type { Fault } from "../fault.js";
export {
  createCuirassSandbox,
  type BuildStep,
  type CuirassSandbox,
  type CuirassSandboxOptions,
  type SandboxBuild,
  type SandboxState,
} from "./sandbox.js";
