// The tests that need a browser and the built page: `npm run test:browser`.
import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config.js";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/browser/**/*.test.ts"],
    setupFiles: ["test/support/setup.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
