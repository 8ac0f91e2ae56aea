// The promises about results and exports over a real LAVA.

import { inject } from "vitest";
import { resultsContract } from "../contract/results.contract.js";

const lava = inject("lava");

resultsContract("a real LAVA", () => Promise.resolve({ url: lava.url, eventUrl: null, tokens: lava.tokens }));
