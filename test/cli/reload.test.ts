// `etna serve` and the signals and faults that a process meets: SIGHUP, a faulty new configuration, errors nobody caught.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { VERSION } from "../../src/version.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { postQuery } from "../support/gateway.js";
import { PROCESS_MS, startEtna } from "./etna.js";
import type { EtnaProcess } from "./etna.js";

async function folder({ onTestFinished }: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "etna-test-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function startLava({ onTestFinished }: TestContext): Promise<LavaSandbox> {
  const lava = await createLavaSandbox({ jobs: 1 });
  onTestFinished(() => lava.close());
  return lava;
}

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

/** Each line is JSON: a stack over several lines would fail here. */
function linesOf(etna: EtnaProcess): LogLine[] {
  return etna.stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LogLine);
}

function logged(etna: EtnaProcess, msg: string): Promise<LogLine> {
  return vi.waitFor(
    () => {
      const line = linesOf(etna).find((candidate) => candidate.msg === msg);
      if (line === undefined) throw new Error(`"${msg}" is not in the log:\n${etna.stderr}`);
      return line;
    },
    { timeout: 10_000 },
  );
}

async function namesOf(origin: string): Promise<string[]> {
  const { data } = await postQuery<{ servers: { name: string }[] }>(
    `${origin}/graphql`,
    `{ servers { name } }`,
    {},
    {},
  );
  return data.servers.map(({ name }) => name);
}

describe.concurrent("etna serve, on SIGHUP,", { timeout: PROCESS_MS }, () => {
  test("reads its file again: servers, log level, and what it can't take over", async (scope) => {
    const [lava, file] = [await startLava(scope), join(await folder(scope), "etna.yaml")];
    await writeFile(file, `lava: [{name: one, url: "${lava.url}"}]\n`);
    const etna = startEtna(scope, ["serve", "--config", file, "--port", "0"]);
    const origin = await etna.ready();
    expect(await namesOf(origin)).toEqual(["one"]);
    expect(await logged(etna, "started")).toMatchObject({ level: "info", address: origin, servers: ["one"] });

    await writeFile(
      file,
      `lava: [{name: one, url: "${lava.url}"}, {name: two, url: "${lava.url}"}]\nlog: debug\ncache: {megabytes: 8}\n`,
    );
    etna.kill("SIGHUP");
    expect(await logged(etna, "the configuration has been read again")).toMatchObject({
      level: "info",
      added: ["two"],
    });
    expect(await logged(etna, "these keys are taken over by a restart only")).toMatchObject({ keys: ["cache"] });
    expect(await namesOf(origin)).toEqual(["one", "two"]);
    await logged(etna, "operation");
    etna.kill("SIGTERM");
    expect(await etna.exited).toMatchObject({ status: 0 });
    expect(await logged(etna, "stopping: operations under way have 10 s to end")).toMatchObject({ signal: "SIGTERM" });
    expect(await logged(etna, "stopped")).toMatchObject({ level: "info" });
  });

  test("refuses a faulty file, says each fault, and goes on as before", async (scope) => {
    const [lava, file] = [await startLava(scope), join(await folder(scope), "etna.yaml")];
    await writeFile(file, `lava: [{name: one, url: "${lava.url}"}]\n`);
    const etna = startEtna(scope, ["serve", "--config", file, "--port", "0"]);
    const origin = await etna.ready();
    await writeFile(file, `lava: [{name: one, url: "ftp://x"}]\ncolour: red\n`);
    etna.kill("SIGHUP");
    const line = await logged(etna, "the new configuration is refused; the present one stays");
    expect(line.level).toBe("error");
    expect(line.faults).toEqual([
      expect.stringMatching(/^lava\.0\.url: is not an http/),
      expect.stringMatching(/^unknown key colour/),
    ]);
    expect(await namesOf(origin)).toEqual(["one"]);
    await writeFile(file, `lava: []\n`);
    etna.kill("SIGHUP");
    await vi.waitFor(() => expect(etna.stderr).toContain("no server is configured"), { timeout: 10_000 });
    expect(await namesOf(origin)).toEqual(["one"]);
  });
});

describe.concurrent("etna serve, when nobody has caught an error,", { timeout: PROCESS_MS }, () => {
  /** Has the process do this at SIGUSR2. */
  async function startFaulty(scope: TestContext, fault: string): Promise<{ etna: EtnaProcess; origin: string }> {
    const [lava, preload] = [await startLava(scope), join(await folder(scope), "fault.mjs")];
    await writeFile(preload, `process.on("SIGUSR2", () => { ${fault} });\n`);
    const env = { NODE_OPTIONS: `--import=${preload}` };
    const etna = startEtna(scope, ["serve", "--lava", lava.url, "--port", "0"], { env });
    return { etna, origin: await etna.ready() };
  }
  const BOOM = `Object.assign(new Error("boom"), { code: "E_BOOM", headers: { authorization: "Token very-secret" } })`;

  test("logs a rejected promise in one line without the error's own properties, and goes on", async (scope) => {
    const { etna, origin } = await startFaulty(scope, `Promise.reject(${BOOM})`);
    etna.kill("SIGUSR2");
    expect(await logged(etna, "a promise was rejected and nobody cared")).toMatchObject({
      level: "error",
      err: { type: "Error", message: "boom", code: "E_BOOM" },
    });
    expect(etna.stderr).not.toContain("very-secret");
    expect(await namesOf(origin)).toEqual(["lava"]);
    etna.kill("SIGTERM");
    expect(await etna.exited).toMatchObject({ status: 0 });
  });

  test("logs a thrown error in one line, stops in order and exits 1", async (scope) => {
    const { etna, origin } = await startFaulty(scope, `throw ${BOOM}`);
    const query = fetch(`${origin}/healthz`);
    expect((await query).status).toBe(200);
    etna.kill("SIGUSR2");
    expect(await etna.exited).toMatchObject({ status: 1, signal: null });
    expect(linesOf(etna)).toMatchObject([
      { level: "info", version: VERSION, msg: "started" },
      { level: "fatal", err: { message: "boom" }, msg: "an error was thrown and nobody caught it; stopping" },
    ]);
    expect(etna.stderr).not.toContain("very-secret");
  });
});
