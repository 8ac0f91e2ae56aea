// The contract of outages over a real LAVA.

import { inject } from "vitest";
import { outagesContract } from "../contract/outages.contract.js";

outagesContract("a real LAVA", () => Promise.resolve(inject("lava")));
