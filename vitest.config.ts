import { createRequire } from "node:module";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Vite would load graphql's .mjs build for test files while Node loads the CommonJS one for packages: two realms,
// and a schema "from another module". One alias keeps a single copy. The client is tested as it stands, not as it was built.
export const alias = [
  { find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql") },
  { find: /^#client$/, replacement: join(import.meta.dirname, "client/src/index.ts") },
];

const THIRD_SYSTEM = "test/contract/systems.test.ts";

const APART = [
  "test/e2e/live-events.test.ts",
  "test/e2e/outages.test.ts",
  "test/e2e/upstream-faults.test.ts",
  "test/links/both-ways.test.ts",
];

/** What starts the built program, or takes half a minute of the processor: part of `npm run test:steady`, not of `npm test`. */
export const PROGRAMS_AND_LONG = [
  "test/cli/**/*.test.ts",
  ...["data-dir", "remembered", "shared-subscriptions", "stop", "unusable-bus"].map(
    (name) => `test/e2e/${name}.test.ts`,
  ),
  "test/lava/client/metadata-search.test.ts",
  "test/lava/replica/differential.test.ts",
  "test/sandbox/demo-life.test.ts",
];

export default defineConfig({
  resolve: { alias },
  test: {
    setupFiles: ["test/support/setup.ts"],
    // Most of them wait for sockets and timers.
    maxWorkers: "100%",
    unstubEnvs: true,
    // A loaded machine only takes longer; what hangs is found as well after a minute.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sandboxes",
          include: ["test/**/*.test.ts"],
          // Slow ones run with `npm run test:steady`.
          exclude: [
            ...[
              "test/real/**",
              "test/browser/**",
              "test/steady/**",
              "test/deploy/**",
              "test/cluster/**",
              "test/**/*.slow.test.ts",
            ],
            ...PROGRAMS_AND_LONG,
            THIRD_SYSTEM,
          ],
          // The files of a worker share its modules: loading them anew for each file was half of all the work.
          isolate: false,
        },
      },
      // With `replica: off` in each LAVA's entry: rights, a server that wants a login, a bus that lies,
      // outages, links.
      {
        extends: true,
        test: { name: "each viewer apart", include: APART, env: { ETNA_TEST_REPLICA: "off" }, isolate: false },
      },
      { extends: true, test: { name: "programs", include: PROGRAMS_AND_LONG, isolate: false } },
      // Its types would be in the schema of whatever comes after it in the same process.
      { extends: true, test: { name: "a third system", include: [THIRD_SYSTEM] } },
    ],
  },
});
