// The Cuirass sandbox's face to the demo and the tests.

export {
  createCuirassSandbox,
  type BuildStep,
  type CuirassSandbox,
  type CuirassSandboxOptions,
  type Fault,
  type SandboxBuild,
} from "./sandbox.js";
