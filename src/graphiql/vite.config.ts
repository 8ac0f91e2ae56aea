// Bundles GraphiQL with everything it needs, so that the page asks no host but the gateway itself.
// Paths are relative: the page also works behind a proxy that puts the gateway below a folder.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  logLevel: "warn",
  worker: { format: "es" },
  build: {
    outDir: "../../dist/graphiql",
    emptyOutDir: true,
    // Of all that is bundled: most licences want their text to go with the code.
    license: { fileName: "licences.md" },
    // The editor is one large chunk by nature.
    chunkSizeWarningLimit: 8000,
    rolldownOptions: {
      onLog(level, log, handle) {
        // A dependency marks its modules "use client" for server rendering; here there is only the browser.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
});
