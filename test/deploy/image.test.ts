// The container's image as far as it can be made without Docker: the Dockerfile's steps over exactly the files that its
// ignore file lets through, and what comes of them as a user who may write nowhere. Docker itself is not asked.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { launchChromium, visit } from "../browser/chromium.js";
import { ROOT, freePort, run, runWell } from "./run.js";

const dockerfile = readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8");
/** `nobody`, where this process may become somebody else. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const ENVIRONMENT = { PATH: process.env.PATH, NODE_ENV: "production" };

let folder: string;
let browser: Browser;
const [build, image] = ["build", "opt/etna"].map((name) => () => join(folder, name)) as [() => string, () => string];

/** Entries of the checkout's top folder: Docker takes the last line that fits, and all of these name such entries. */
function letThrough(): readonly string[] {
  const [first, ...others] = readFileSync(join(ROOT, "deploy/Dockerfile.dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(first).toBe("*");
  for (const line of others) expect(line).toMatch(/^![\w.*-]+$/);
  const forms = others.map((line) => new RegExp(`^${line.slice(1).replaceAll(".", "\\.").replaceAll("*", ".*")}$`));
  return readdirSync(ROOT).filter((entry) => forms.some((form) => form.test(entry)));
}

/** The JSON list behind a keyword, which begins a line of the Dockerfile. */
function listOf(keyword: RegExp): string[] {
  const text = dockerfile.replaceAll("\\\n", " ");
  return JSON.parse(new RegExp(`^${keyword.source} (\\[.*\\])$`, "m").exec(text)?.[1] ?? "[]") as string[];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etna-image-"));
  chmodSync(folder, 0o755);
  mkdirSync(image(), { recursive: true });
  for (const entry of letThrough()) cpSync(join(ROOT, entry), join(build(), entry), { recursive: true });
  // In place of `npm ci`: hard links, which pruning takes away without a change to the files.
  const modules = [join(ROOT, "node_modules"), join(build(), "node_modules")];
  if ((await run("cp", ["-al", ...modules])).status !== 0) await runWell("cp", ["-a", ...modules]);
  const steps = /^RUN npm run build && npm prune --omit=dev --ignore-scripts$/m.exec(dockerfile)?.[0] ?? "no such step";
  await runWell("sh", ["-ec", steps.replace("RUN ", "")], { cwd: build() });
  for (const [, name = ""] of dockerfile.matchAll(/^COPY --from=build \/build\/(\S+) \S+$/gm)) {
    mkdirSync(dirname(join(image(), name)), { recursive: true });
    await runWell("mv", [join(build(), name), join(image(), name)]);
  }
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start({ onTestFinished }: TestContext): Promise<{ port: string; end: () => Promise<void> }> {
  const file = join(folder, "etna.yaml");
  writeFileSync(file, JSON.stringify({ lava: [{ url: "http://127.0.0.1:9" }] }));
  const port = String(await freePort());
  const [node, ...words] = [...listOf(/ENTRYPOINT/), ...listOf(/CMD/).slice(0, -1), file];
  expect(node).toBe("node");
  const env = { ...ENVIRONMENT, ETNA_HOST: "127.0.0.1", ETNA_PORT: port };
  const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
  const child = spawn(process.execPath, words, { cwd: image(), env, stdio, ...USER });
  const exited = once(child, "exit");
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await Promise.race([
    once(child.stdout, "data"),
    exited.then(([status]) => Promise.reject(new Error(`the image's command ended with ${status}`))),
  ])) as [Buffer];
  expect(said.toString()).toBe(`etna listening on http://127.0.0.1:${port}/graphql\n`);
  const end = async () => {
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  };
  return { port, end };
}

describe("what the image's build makes of the files that its ignore file lets through", () => {
  test("serves as a user of no rights, answers its health check, and shows GraphiQL with our examples", async (scope) => {
    const { port, end } = await start(scope);
    const [command = "", ...words] = listOf(/HEALTHCHECK .* CMD/);
    const check = () => run(command, words, { env: { ...ENVIRONMENT, ETNA_PORT: port } });
    expect(await check()).toMatchObject({ status: 0 });
    const examples = readdirSync(join(ROOT, "examples")).filter((file) => file.endsWith(".graphql"));
    expect(await shownTabs(port)).toBe(examples.length);
    await end();
    expect(await check()).not.toMatchObject({ status: 0 });
  });

  test("shows GraphiQL even where a build has no example", async (scope) => {
    const bare = join(folder, "bare");
    for (const entry of letThrough().filter((name) => name !== "examples")) {
      cpSync(join(ROOT, entry), join(bare, entry), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(bare, "node_modules"));
    await runWell("npm", ["run", "build:graphiql"], { cwd: bare });
    rmSync(join(image(), "dist/graphiql"), { recursive: true });
    cpSync(join(bare, "dist/graphiql"), join(image(), "dist/graphiql"), { recursive: true });
    const { port, end } = await start(scope);
    expect(await shownTabs(port)).toBe(1);
    await end();
  });
});

/** How many tabs the page has, once its editor is there; GraphiQL's own welcome is one. */
async function shownTabs(port: string): Promise<number> {
  const visitor = await visit(browser, `http://127.0.0.1:${port}/graphiql`);
  try {
    await visitor.page.locator(".graphiql-query-editor .view-line").first().waitFor();
    expect([visitor.complaints, visitor.foreignRequests]).toEqual([[], []]);
    return await visitor.page.locator(".graphiql-tab-button").count();
  } finally {
    await visitor.close();
  }
}
