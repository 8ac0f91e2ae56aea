// The lab contract over a real LAVA.

import { inject } from "vitest";
import { labContract } from "../contract/lab.contract.js";

labContract("a real LAVA", () => Promise.resolve(inject("lava")));
