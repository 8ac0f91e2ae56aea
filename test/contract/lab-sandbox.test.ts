// The lab contract over the sandbox. `test/real/` runs the same over a real LAVA.

import { labContract } from "./lab.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(labContract);
