import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

// Vite would load graphql's .mjs build for test files while Node loads the CommonJS one for packages: two realms,
// and a schema "from another module". One alias keeps a single copy.
export const graphqlAlias = { graphql: createRequire(import.meta.url).resolve("graphql") };

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphqlAlias.graphql }] },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "test/browser/**", "test/steady/**"],
    setupFiles: ["test/support/setup.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
