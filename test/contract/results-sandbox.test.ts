// The promises about results and exports over the sandbox. `test/real/` runs the same over a real LAVA.

import { resultsContract } from "./results.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(resultsContract);
