// What goes across servers, over a real LAVA.

import { inject } from "vitest";
import { acrossContract } from "../contract/across.contract.js";

const { url, tokens } = inject("lava");

acrossContract("a real LAVA", () => Promise.resolve({ url, eventUrl: null, tokens }));
