// The contract of changes and definitions over the sandbox.

import { jobActionsContract } from "./job-actions.contract.js";
import { overSandboxes } from "./sandboxes.js";

overSandboxes(jobActionsContract);
