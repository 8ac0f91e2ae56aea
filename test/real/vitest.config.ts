import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config.js";

/** Generations of LAVA, each a project of its own; `given` is the one of LAVA_URL. See `lava/lava-up`. */
const suites = process.env.LAVA_URL === undefined ? (process.env.LAVA_SUITES ?? "bookworm,sid").split(",") : ["given"];

export default defineConfig({
  test: {
    projects: suites.map((name) => ({
      resolve: { alias },
      test: {
        name,
        include: ["test/real/**/*.test.ts"],
        globalSetup: ["test/real/start-lava.ts"],
        setupFiles: ["test/support/setup.ts"],
        fileParallelism: false,
        testTimeout: 180_000,
        hookTimeout: 60_000,
      },
    })),
    // One server after the other: each has the machine for itself.
    maxWorkers: 1,
  },
});
