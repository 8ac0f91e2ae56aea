// Several gateways over one Redis. They need Debian's package redis-server: `npm run test:cluster`.
import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config.js";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/cluster/**/*.test.ts"],
    setupFiles: ["test/support/setup.ts"],
    // One engine and several gateways in each.
    maxWorkers: 1,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
