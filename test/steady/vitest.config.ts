// The suites that show how Etna stands up to what goes wrong: `npm run test:steady`.
import { defineConfig } from "vitest/config";
import { PROGRAMS_AND_LONG, alias } from "../../vitest.config.js";
import { IS_LONG } from "./form.js";

/** Parts of `npm test`, which the long form runs, too, so that one command shows all. */
const PROTOCOLS = ["graphql-http", "graphql-websocket", "websocket-protocol", "graphql-sse", "sse-protocol"].map(
  (name) => `test/server/${name}.test.ts`,
);

export default defineConfig({
  resolve: { alias },
  test: {
    include: [
      "test/steady/**/*.test.ts",
      "test/**/*.slow.test.ts",
      ...PROGRAMS_AND_LONG,
      ...(IS_LONG ? PROTOCOLS : []),
    ],
    setupFiles: ["test/support/setup.ts"],
    unstubEnvs: true,
    // Memory is measured, and the long forms take all the machine has.
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
  },
});
