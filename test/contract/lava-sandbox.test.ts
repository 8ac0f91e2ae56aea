// The LAVA contract over the sandbox. `test/real/` runs the same over a real LAVA.

import { lavaContract } from "./lava.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(lavaContract);
