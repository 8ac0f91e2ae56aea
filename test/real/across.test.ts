// What goes across servers, over a real LAVA.

import { inject } from "vitest";
import { acrossContract } from "../contract/across.contract.js";

acrossContract("a real LAVA", () => Promise.resolve(inject("lava")));
