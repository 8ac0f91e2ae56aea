// The packages as npm hands them out, installed where nothing else is.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, run, runWell } from "./run.js";

let folder: string;
let installed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etna-package-"));
  // The suite has built it; `prepare` would build it again.
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [{ filename }] = JSON.parse(await runWell("npm", pack, { cwd: ROOT })) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  // A dependency that wants a newer Node than Etna does fails the installation.
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--engine-strict"];
  const { status, stderr, stdout } = await run("npm", [...install, `./${filename}`], { cwd: folder });
  installed = stderr + stdout;
  if (status !== 0) throw new Error(installed);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("etna-gateway", () => {
  test("installs without a word about engines or peers", () => {
    expect(installed).not.toMatch(/EBADENGINE|ERESOLVE|deprecated/);
  });

  test("has no program of the tests, no maps and no state of the compiler in it", async () => {
    const listed = await runWell("find", ["node_modules/etna-gateway", "-type", "f"], { cwd: folder });
    expect(listed).toContain("node_modules/etna-gateway/dist/graphiql/index.html");
    expect(listed.split("\n").filter((file) => /tsbuildinfo|\.map$|\/test\//.test(file))).toEqual([]);
  });

  test("brings the command etna", async () => {
    const schema = await runWell("npx", ["--no-install", "etna", "schema"], { cwd: folder });
    expect(schema).toBe(readFileSync(join(ROOT, "schema.graphql"), "utf8"));
    const { name, bin } = JSON.parse(readFileSync(join(folder, "node_modules/etna-gateway/package.json"), "utf8")) as {
      name: string;
      bin: object;
    };
    expect({ name, bin }).toEqual({ name: "etna-gateway", bin: { etna: "dist/cli/main.js" } });
  });

  test("is a library whose types are whole, without skipLibCheck", async () => {
    const program = `
      import { createGateway, readConfig } from "etna-gateway";
      import type { Gateway } from "etna-gateway";
      import { pino } from "pino";

      const config = readConfig({ lava: ["lab=http://127.0.0.1:9"], port: "0" }, {});
      const gateway: Gateway = await createGateway(config, pino({ level: "silent" }));
      const reply = await fetch(\`\${gateway.origin}/graphql\`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ servers { name } }" }),
      });
      console.log(await reply.text());
      await gateway.close();
    `;
    writeFileSync(join(folder, "gateway.ts"), program);
    const compilerOptions = {
      target: "ES2022",
      module: "NodeNext",
      strict: true,
      skipLibCheck: false,
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await runWell(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
    const printed = await runWell(process.execPath, ["gateway.js"], { cwd: folder });
    expect(JSON.parse(printed)).toEqual({ data: { servers: [{ name: "lab" }] } });
  });
});
