// Bundles the live page with everything it needs, so that it asks no host but the gateway itself.
// Paths are relative: the page also works behind a proxy that puts the gateway below a folder.
import { fileURLToPath } from "node:url";
import { formatDocument, stringifyDocument } from "@urql/core";
import { parse } from "graphql";
import type { DocumentNode } from "graphql";
import { defineConfig } from "vite";
import type { Plugin } from "vite";
import * as generated from "./generated/graphql.js";

const ROOT = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  root: ROOT,
  base: "./",
  logLevel: "warn",
  plugins: [documentList()],
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    // Of all that is bundled: most licences want their text to go with the code.
    license: { fileName: "licences.md" },
    modulePreload: { polyfill: false },
  },
});

/**
 * Writes `documents.json`: the operations as they are sent, by urql (which adds `__typename`) and by the log's reader
 * (which does not). The gateway trusts them.
 */
function documentList(): Plugin {
  return {
    name: "etna-documents",
    apply: "build",
    generateBundle() {
      const texts = Object.values(generated)
        .map((document) => document.toString())
        .filter((text) => /^\s*(?:query|mutation|subscription)\b/.test(text));
      const sent = texts.flatMap((text) => [
        text,
        // urql's types of the same tree lack its absent fields.
        stringifyDocument(formatDocument(parse(text)) as DocumentNode),
      ]);
      this.emitFile({ type: "asset", fileName: "documents.json", source: JSON.stringify(sent) });
    },
  };
}
