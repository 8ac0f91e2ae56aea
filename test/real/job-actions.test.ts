// The contract of changes and definitions over a real LAVA.

import { inject } from "vitest";
import { jobActionsContract } from "../contract/job-actions.contract.js";

const lava = inject("lava");

jobActionsContract("a real LAVA", () => Promise.resolve({ url: lava.url, eventUrl: null, tokens: lava.tokens }));
