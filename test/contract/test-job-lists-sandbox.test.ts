// The contract of test job lists over the sandbox. `test/real/` runs the same over a real LAVA.

import { testJobListsContract } from "./test-job-lists.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(testJobListsContract);
