// What `etna serve` loads before anybody asks it for anything: a library that only some configurations want is loaded there.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROCESS_MS, startEtna } from "./etna.js";

/** Notes what is loaded, ES modules as they come and the others at the end. */
const WATCH = `
import { appendFileSync } from "node:fs";
import Module, { register } from "node:module";
const hooks = \`
  import { appendFileSync } from "node:fs";
  export const load = (url, context, next) => {
    appendFileSync(process.env.LOADED, url + "\\\\n");
    return next(url, context);
  };\`;
register("data:text/javascript," + encodeURIComponent(hooks));
process.on("exit", () => appendFileSync(process.env.LOADED, Object.keys(Module._cache).join("\\n")));
`;

test("what is not configured is not loaded", { timeout: 2 * PROCESS_MS }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "etna-modules-"));
  context.onTestFinished(() => rmSync(folder, { recursive: true }));
  const [watch, loaded] = [join(folder, "watch.mjs"), join(folder, "loaded")];
  writeFileSync(watch, WATCH);
  const etna = startEtna(context, ["serve", "--port", "0", "--lava", "http://127.0.0.1:9"], {
    env: { NODE_OPTIONS: `--no-warnings --import ${watch}`, LOADED: loaded },
  });
  const origin = await etna.ready();
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  etna.kill("SIGTERM");
  await etna.exited;
  const files = readFileSync(loaded, "utf8").split("\n");
  const packages = new Set(files.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]));
  // Both kinds of modules were seen.
  expect([...packages]).toEqual(expect.arrayContaining(["type-graphql", "undici", "pino", "prom-client"]));
  const unwanted = [
    ...["zeromq", "ioredis", "libsql"],
    ...["@opentelemetry/sdk-trace-base", "@opentelemetry/resources", "@opentelemetry/exporter-trace-otlp-http"],
  ];
  expect(unwanted.filter((name) => packages.has(name))).toEqual([]);
  expect(files.filter((file) => /\/dist\/(?:sandbox|cluster\/redis)\//.test(file))).toEqual([]);
});
