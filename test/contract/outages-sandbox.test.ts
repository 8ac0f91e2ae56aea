// The contract of outages over the sandbox. `test/real/` runs the same over a real LAVA.

import { outagesContract } from "./outages.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(outagesContract, { asks: false });
