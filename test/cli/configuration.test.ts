// `etna serve` and what it is told: nothing, a file, flags, the environment, mistakes.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { ConfigError, readConfig } from "../../src/config/config.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { asUser, postQuery } from "../support/gateway.js";
import { PROCESS_MS, runEtna, startEtna } from "./etna.js";

async function configFile({ onTestFinished }: Pick<TestContext, "onTestFinished">, text: string, name = "etna.yaml") {
  const folder = await mkdtemp(join(tmpdir(), "etna-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** The faults that reading this file gives. */
async function faultsOf(
  scope: TestContext,
  text: string,
  env: Record<string, string> = {},
): Promise<readonly string[]> {
  const path = await configFile(scope, text);
  try {
    readConfig({ config: path }, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}

describe.concurrent("etna", { timeout: PROCESS_MS }, () => {
  test("serve with nothing configured exits 2 and names both ways", async (scope) => {
    const { status, stdout, stderr } = await runEtna(scope, ["serve"]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/no server is configured/);
    expect(stderr).toMatch(/etna serve --lava \[NAME=\]URL --cuirass \[NAME=\]URL/);
    expect(stderr).toMatch(/etna serve --config FILE/);
  });

  test("serve reports all faults of a file together and exits 2", async (scope) => {
    const path = await configFile(
      scope,
      `listen: {port: 70000}
lava:
- {url: "ftp://lava.example.org", events: loud}
- {name: "7 boards", url: "https://lava.example.org", token: "\${NO_SUCH_TOKEN}"}
cuirass: [{url: "https://ci.example.org", tokn: x}]
colour: red
`,
    );
    const { status, stderr } = await runEtna(scope, ["serve", "--config", path]);
    expect(status).toBe(2);
    const lines = stderr.trim().split("\n");
    expect(lines[0]).toMatch(/^etna: the configuration has \d faults:$/);
    for (const [key, fault, example] of [
      ["listen.port", /65535/, /4000/],
      ["lava.0.url", /not an http or https address/, /https:\/\/lava.example.org/],
      ["lava.0.events", /auto/, /zmq/],
      ["lava.1.name", /begin with a letter/, /lab/],
      ["lava.1.token", /NO_SUCH_TOKEN/, /export NO_SUCH_TOKEN=/],
      ["cuirass.0", /tokn/, /configuration\.md/],
      ["", /colour/, /configuration\.md/],
    ] as const) {
      const line = lines.find(
        (text) => text.trim().startsWith(key === "" ? "unknown key" : `${key}: `) && fault.test(text),
      );
      expect(line, `${key} in\n${stderr}`).toBeDefined();
      expect(line).toMatch(example);
    }
  });

  test.for([
    { args: ["serve", "--colour", "red"], says: /--colour/ },
    { args: ["serve", "extra"], says: /too many arguments for 'serve'/ },
    { args: ["serve", "--port"], says: /--port/ },
    { args: ["serve", "--lava", "http://127.0.0.1:1", "--port", "many"], says: /--port: "many".*e\.g\. 4000/ },
    { args: ["serve", "--lava", "lava.example.org"], says: /lava\.0\.url: .*e\.g\. https:/ },
    { args: ["serve", "--config", "/no/such/file.yaml"], says: /--config: .*ENOENT/ },
    { args: ["serve", "--lava", "http://127.0.0.1:1", "--cors", "x"], says: /cors\.origins\.0: is not an origin/ },
    { args: ["demo", "--cors", "localhost:5173"], says: /cors\.origins\.0: is not an origin/ },
    { args: ["wait"], says: /missing required argument 'runs'\nsee: etna wait --help/ },
    { args: ["wait", "1", "--timeout", "soon"], says: /--timeout <time>' argument 'soon' is invalid.*e\.g\. 600, 10m/ },
    { args: ["wait", "1", "--url", "nonsense"], says: /--url: "nonsense"/ },
    { args: ["wait", "1", "--timout", "3"], says: /unknown option '--timout'\n\(Did you mean --timeout\?\)/ },
    { args: ["dance"], says: /unknown command 'dance'\nsee: etna --help/ },
    { args: ["wiat", "1"], says: /unknown command 'wiat'\n\(Did you mean wait\?\)/ },
    { args: [], says: /Usage: etna/ },
  ])("$args is a mistake: exit 2, nothing on stdout", async ({ args, says }, scope) => {
    const { status, stdout, stderr } = await runEtna(scope, args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });

  test.for([
    ["serve", "--lava", "http://127.0.0.1:1", "--port", "0"],
    ["demo", "--port", "0"],
  ])("%j refuses a level of the log that is none", async (args, scope) => {
    const { status, stdout, stderr } = await runEtna(scope, args, { env: { ETNA_LOG: "loud" } });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain('ETNA_LOG: "loud" is no level; write one of fatal, error, warn, info, debug, silent');
  });

  test("serve prints the address that it listens at, also where that is all of them", async (scope) => {
    const etna = startEtna(scope, ["serve", "--lava", "http://127.0.0.1:1", "--host", "0.0.0.0", "--port", "0"]);
    const origin = await etna.ready();
    expect(origin).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    expect((await fetch(`${origin.replace("0.0.0.0", "127.0.0.1")}/healthz`)).status).toBe(200);
  });

  test("help says how, on stdout", async (scope) => {
    const { status, stdout, stderr } = await runEtna(scope, ["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of ["serve", "demo", "wait", "doctor", "schema"]) expect(stdout).toMatch(`  ${command} `);
  });

  test("the version is the package's", async (scope) => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    for (const flag of ["--version", "-V"])
      expect(await runEtna(scope, [flag])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("schema prints exactly schema.graphql", async (scope) => {
    const { status, stdout } = await runEtna(scope, ["schema"]);
    expect(status).toBe(0);
    expect(stdout).toBe(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
  });

  test("serve on a port that is taken exits 1 and says so", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0 });
    scope.onTestFinished(() => lava.close());
    const { status, stdout, stderr } = await runEtna(scope, [
      "serve",
      "--lava",
      lava.url,
      "--port",
      new URL(lava.url).port,
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    const { port } = new URL(lava.url);
    expect(stderr).toMatch(new RegExp(`^etna: port ${port} of 127.0.0.1 is in use \\(EADDRINUSE\\).*--port`));
  });

  test("serve on an address that is none of this machine's exits 1 and says so", async (scope) => {
    const on = (host: string) =>
      runEtna(scope, ["serve", "--lava", "http://127.0.0.1:1", "--port", "0", "--host", host]);
    const [foreign, unknown] = await Promise.all([on("192.0.2.1"), on("nowhere.invalid")]);
    expect(foreign).toMatchObject({ status: 1, stdout: "" });
    expect(foreign.stderr).toMatch(/^etna: this machine has no address 192\.0\.2\.1 \(EADDRNOTAVAIL\); .*--host/);
    expect(unknown).toMatchObject({ status: 1, stdout: "" });
    expect(unknown.stderr).toMatch(/^etna: there is no host nowhere\.invalid \((ENOTFOUND|EAI_AGAIN)\); .*--host/);
  });

  test("serve takes a file with ${ENV} in it; flags and ETNA_… win; no token is ever printed", async (scope) => {
    const [lava, cuirass] = await Promise.all([
      createLavaSandbox({ jobs: 3 }),
      createCuirassSandbox({ evaluations: 2 }),
    ]);
    scope.onTestFinished(async () => {
      await Promise.all([lava.close(), cuirass.close()]);
    });
    const path = await configFile(
      scope,
      `listen: {port: 1}
lava: [{name: lab, url: "\${LAB}", token: "\${LAB_TOKEN}", share: true}]
limits: {concurrency: 2, timeoutSeconds: 30}
`,
    );
    const etna = startEtna(scope, ["serve", "--config", path, "--cuirass", `farm=${cuirass.url}`], {
      env: { LAB: lava.url, LAB_TOKEN: lava.users.bob.token, ETNA_PORT: "0", ETNA_LOG: "debug" },
    });
    const origin = await etna.ready();
    const query = `{ servers { name } viewer { accounts { user } } testJobs(first: 1) { nodes { jobId } } builds(first: 1) { nodes { buildId } } }`;
    const { data, errors } = await postQuery<Record<string, any>>(`${origin}/graphql`, query, {}, {});
    expect(errors).toEqual([]);
    expect(data.servers).toEqual([{ name: "lab" }, { name: "farm" }]);
    expect(data.viewer.accounts).toEqual([{ user: "bob" }]);
    await postQuery(`${origin}/graphql`, query, {}, asUser(lava.users.alice.token));
    etna.kill("SIGTERM");
    const exit = await etna.exited;
    expect(exit.status).toBe(0);
    expect(exit.stderr).toContain('"upstream call"');
    for (const line of exit.stderr.trim().split("\n")) expect(JSON.parse(line)).toMatchObject({ name: "etna" });
    expect(exit.stdout + exit.stderr).not.toMatch(/bob-sandbox|alice-sandbox|sandbox-token/);
    expect(exit.stderr).not.toContain(lava.url);
  });
});

describe("a configuration file", () => {
  test("that is whole is read into a configuration, with the right defaults for the rest", async (scope) => {
    const path = await configFile(
      scope,
      `lava:
- {url: "https://one.example.org"}
- {url: "https://two.example.org/lava/", name: two, events: poll, publisher: "tcp://two.example.org:5500", token: "\${T}", share: true}
cuirass: [{url: "https://ci.example.org"}]
`,
    );
    const config = readConfig({ config: path }, { T: "secret" });
    expect(config.listen).toMatchObject({ host: "127.0.0.1", port: 4000, hosts: [] });
    expect(config.lava).toMatchObject([
      { name: "lava", token: null, share: false, insecure: false, events: "auto", publisher: null },
      { name: "two", share: true, insecure: false, events: "poll", publisher: "tcp://two.example.org:5500" },
    ]);
    expect(config.lava[1]?.token?.reveal()).toBe("secret");
    expect(JSON.stringify(config)).not.toContain("secret");
    expect(config.cuirass).toMatchObject([{ name: "cuirass" }]);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("may be JSON, and may be empty", async (scope) => {
    const json = await configFile(scope, JSON.stringify({ lava: [{ url: "https://lava.example.org" }] }), "etna.json");
    expect(readConfig({ config: json }, {}).lava).toHaveLength(1);
    expect(readConfig({ config: await configFile(scope, "") }, {})).toMatchObject({ lava: [], cuirass: [] });
  });

  test.for([
    { text: "lava: [", fault: /^--config: .* is not YAML/ },
    { text: "- lava", fault: /^--config: .* must hold a mapping/ },
    { text: "lava: https://lava.example.org", fault: /^lava: .*e\.g\. \[\{name: lab, url: / },
    { text: "lava: [{name: lab}]", fault: /^lava\.0\.url: .*e\.g\. https:/ },
    { text: 'lava: [{url: "https://user:pw@lava.example.org"}]', fault: /^lava\.0\.url: is not .* without user/ },
    { text: 'lava: [{url: "https://lava.example.org/?a=1"}]', fault: /^lava\.0\.url: / },
    {
      text: 'lava: [{url: "https://lava.example.org", publisher: "lava:5500"}]',
      fault: /^lava\.0\.publisher: .*e\.g\. tcp:/,
    },
    { text: 'lava: [{url: "https://lava.example.org", share: true}]', fault: /^lava\.0\.share: there is no token/ },
    { text: 'lava: [{url: "https://lava.example.org", share: 7, token: t}]', fault: /^lava\.0\.share: / },
    {
      text: 'lava: [{url: "http://lava.example.org", token: t}]',
      fault: /^lava\.0\.url: .*https:\/\/lava\.example\.org.*insecure: true/,
    },
    {
      text: 'lava: [{url: "https://a.example.org", name: x}, {url: "https://b.example.org", name: x}]',
      fault: /"x" is given to two servers/,
    },
    {
      text: 'lava: [{url: "https://a.example.org", name: x}]\ncuirass: [{url: "https://b.example.org", name: x}]',
      fault: /"x" is given to two servers/,
    },
    { text: "limits: {concurrency: 0}", fault: /^limits\.concurrency: .*e\.g\. 4/ },
    { text: "limits: {timeoutSeconds: 100000}", fault: /^limits\.timeoutSeconds: .*e\.g\. 60/ },
    { text: 'listen: {port: "${PORT}"}', fault: /PORT/ },
  ])("with a fault names key, fault and example: $text", async ({ text, fault }, scope) => {
    const faults = await faultsOf(scope, text);
    expect(
      faults.some((line) => fault.test(line)),
      faults.join("\n"),
    ).toBe(true);
    expect(faults).toHaveLength(1);
  });

  test("never shows a token in a fault", async (scope) => {
    const faults = await faultsOf(
      scope,
      'lava: [{url: "http://lava.example.org", token: "${T}", name: "${T}"}, {url: "${T}", token: "${T}"}, {token: {"${T}": 1}, url: 1}]',
      { T: "TOP-SECRET_1" },
    );
    expect(faults.length).toBeGreaterThan(2);
    expect(faults.join("\n")).not.toContain("TOP-SECRET_1");
  });
});
