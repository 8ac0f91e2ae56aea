import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

// Vite would load graphql's .mjs build for test files while Node loads the CommonJS one for packages: two realms,
// and a schema "from another module". One alias keeps a single copy.
export const graphqlAlias = { graphql: createRequire(import.meta.url).resolve("graphql") };

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphqlAlias.graphql }] },
  test: {
    include: ["test/**/*.test.ts"],
    // Slow ones run with `npm run test:steady`.
    exclude: ["test/real/**", "test/browser/**", "test/steady/**", "test/deploy/**", "test/**/*.slow.test.ts"],
    setupFiles: ["test/support/setup.ts"],
    // The files of a worker share its modules: loading them anew for each file was half of all the work.
    isolate: false,
    // Most of them wait for sockets and timers.
    maxWorkers: "100%",
    unstubEnvs: true,
    // A loaded machine only takes longer; what hangs is found as well after a minute.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
