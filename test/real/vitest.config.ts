import { defineConfig } from "vitest/config";
import { graphqlAlias } from "../../vitest.config.js";

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphqlAlias.graphql }] },
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/real/start-lava.ts"],
    setupFiles: ["test/support/setup.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
