// What goes across servers, over the sandbox. `test/real/` runs the same over a real LAVA.

import { acrossContract } from "./across.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(acrossContract);
