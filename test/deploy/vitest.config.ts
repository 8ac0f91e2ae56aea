// The tests of what is handed out: packages, images, and Etna behind other servers. They need Debian's packages (nginx-light,
// caddy, prometheus), the npm registry and the built page: `npm run test:deploy`.
import { defineConfig } from "vitest/config";
import { alias } from "../../vitest.config.js";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/deploy/**/*.test.ts"],
    setupFiles: ["test/support/setup.ts"],
    // A loaded machine takes minutes to build and install.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
