// The contract of test job lists over a real LAVA.

import { inject } from "vitest";
import { testJobListsContract } from "../contract/test-job-lists.contract.js";

testJobListsContract("a real LAVA", () => Promise.resolve(inject("lava")));
