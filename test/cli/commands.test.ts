// The commands that ask a gateway, over both sandboxes: what is on stdout, what is on stderr, and the status.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort } from "../e2e/scene.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile, jobPath } from "../support/job-files.js";
import { PROCESS_MS, runEtna } from "./etna.js";
import type { Exit } from "./etna.js";

let lava: LavaSandbox;
let cuirass: CuirassSandbox;
let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  [lava, cuirass] = await Promise.all([createLavaSandbox({ jobs: 40 }), createCuirassSandbox({ evaluations: 2 })]);
  gateway = await startGateway({
    lava: [{ name: "lab", url: lava.url }],
    cuirass: [{ name: "farm", url: cuirass.url }],
  });
  folder = mkdtempSync(join(tmpdir(), "etna-commands-"));
});
afterAll(async () => {
  for (const each of [gateway, lava, cuirass]) await each.close();
  rmSync(folder, { recursive: true });
});

type Scope = Pick<TestContext, "onTestFinished">;

/** As alice, of the gateway that `ETNA_URL` names. */
function etna(scope: Scope, ...args: readonly string[]): Promise<Exit> {
  return runEtna(scope, args, { env: { ETNA_URL: gateway.origin, ETNA_TOKEN: lava.users.alice.token } });
}

async function objects(scope: Scope, ...args: readonly string[]): Promise<readonly Record<string, any>[]> {
  const { status, stdout, stderr } = await etna(scope, ...args, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, any>);
}

const submit = (name: Parameters<typeof jobFile>[0] = "queued") => lava.submit("alice", jobFile(name))[0] ?? "";

// Each starts several processes.
describe.concurrent("etna", { timeout: 3 * PROCESS_MS }, () => {
  test("jobs lists test jobs by what is asked of them, a line each, over as many pages as it takes", async (scope) => {
    const job = submit();
    const newest = await etna(scope, "jobs", "--state", "submitted", "--submitter", "alice", "--limit", "1");
    expect(newest).toMatchObject({ status: 0, stderr: "" });
    expect(newest.stdout).toMatch(/^JOB +STATE +DEVICE +SUBMITTER +SUBMITTED +NAME\n\d+ +SUBMITTED +\S+ +alice /);
    const found = await objects(scope, "jobs", "--state", "Submitted,scheduling", "--since", "1h", "--limit", "120");
    expect(found.map(({ jobId }) => jobId as string)).toContain(job);
    for (const { state } of found) expect(state).toBe("SUBMITTED");
    const wrong = await etna(scope, "jobs", "--health", "fine");
    expect(wrong).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/one or more of unknown, complete/),
    });
  });

  test("job show, log and results take a number or the address of a page", async (scope) => {
    const job = submit("played");
    await vi.waitFor(() => expect(lava.job(Number(job))?.state).toBe("Finished"));
    const page = `${lava.url}/scheduler/job/${job}`;
    const shown = await etna(scope, "job", "show", page);
    expect(shown).toMatchObject({ status: 0, stderr: "" });
    expect(shown.stdout).toMatch(new RegExp(`^job: +${job}\\nname: .*\\nstate: +FINISHED COMPLETE$`, "m"));
    expect(await objects(scope, "job", "show", job)).toMatchObject([{ jobId: job, health: "COMPLETE" }]);
    const log = await objects(scope, "job", "log", job);
    expect(log.map(({ number }) => number as number)).toEqual(log.map((_, at) => at));
    expect(await objects(scope, "job", "log", job, "--follow")).toEqual(log);
    const last = await etna(scope, "job", "log", page, "--tail", "2");
    expect(last.stdout.trimEnd().split("\n")).toHaveLength(2);
    const results = await objects(scope, "job", "results", job);
    expect(results.length).toBeGreaterThan(0);
    for (const { suiteName } of results) expect(suiteName).not.toBe("lava");
    const none = await etna(scope, "job", "results", "999999");
    expect(none).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("no test job 999999") });
  });

  test("the address of Etna's own page is as good as its number, and that of another gateway is refused", async (scope) => {
    const job = lava.submit("alice", jobFile("played"))[0] ?? "";
    await lava.advance(Number(job), "Finished");
    const page = `${gateway.origin}/job/lab/${job}`;
    expect(await objects(scope, "job", "show", `${page}?tab=log#L12-L14`)).toMatchObject([{ jobId: job }]);
    const ended = await objects(scope, "builds", "--limit", "1", "--status", "succeeded");
    const build = String(ended[0]?.["buildId"]);
    const named = `${gateway.origin.replace("127.0.0.1", "localhost")}/build/farm/${build}`;
    expect(await objects(scope, "build", "show", named)).toMatchObject([{ buildId: Number(build) }]);
    const broken = cuirass.startEvaluation("guix");
    cuirass.endEvaluation(broken, "failed");
    const { status, stderr } = await etna(scope, "wait", page, named, `${gateway.origin}/evaluation/farm/${broken}`);
    expect(status, stderr).toBe(1);
    for (const name of [job, `build:${build}`, `evaluation:${broken}`]) expect(stderr).toContain(` ${name} `);
    const other = "https://etna.example.org/lab";
    for (const path of ["/job/lab/1", "/build/farm/1"]) {
      const refused = await etna(scope, "wait", `${other}${path}`);
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(`with --url ${other}\n`) });
    }
  });

  test("job cancel and resubmit print the numbers alone; what is refused is 6", async (scope) => {
    const job = submit();
    const canceled = await etna(scope, "job", "cancel", job);
    expect(canceled).toMatchObject({ status: 0, stdout: `${job}\n` });
    expect(canceled.stderr).toMatch(new RegExp(`^${job} is (?:CANCELING|FINISHED CANCELED)\\n$`));
    const again = await etna(scope, "job", "resubmit", job);
    expect(again).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/^\d+\n$/) });
    for (const command of ["cancel", "resubmit"])
      expect(await etna(scope, "job", command, "999999")).toMatchObject({ status: 2, stdout: "" });
    const file = join(folder, "refused.yaml");
    writeFileSync(file, "job_name: only a name\n");
    const refused = await etna(scope, "submit", file);
    expect(refused).toMatchObject({ status: 6, stdout: "", stderr: expect.stringContaining("refuses the definition") });
  });

  test("what LAVA denies to a command without a token says where to put one", async (scope) => {
    const refused = await runEtna(scope, ["submit", jobPath("queued")], { env: { ETNA_URL: gateway.origin } });
    expect(refused).toMatchObject({
      status: 5,
      stdout: "",
      stderr: expect.stringMatching(/put yours into ETNA_TOKEN/),
    });
    const wrong = { ETNA_URL: gateway.origin, ETNA_TOKEN: "unknown" };
    const denied = await runEtna(scope, ["submit", jobPath("queued")], { env: wrong });
    expect(denied).toMatchObject({
      status: 5,
      stdout: "",
      stderr: expect.stringMatching(/Invalid token; the token sent was that of ETNA_TOKEN$/m),
    });
  });

  test("a gateway that nothing named, and that does not answer, is named by what would name it", async (scope) => {
    const { status, stderr } = await runEtna(scope, ["jobs"], { env: { ETNA_PORT: String(await freePort()) } });
    expect([status, stderr]).toEqual([
      4,
      expect.stringMatching(/ECONNREFUSED.*; name another gateway by --url, ETNA_URL/),
    ]);
  });

  test("submit --wait has the numbers alone on stdout", async (scope) => {
    const { status, stdout, stderr } = await etna(scope, "submit", jobPath("played"), "--log");
    expect(stdout).toMatch(/^\d+\n$/);
    expect(stderr).toMatch(/FINISHED COMPLETE/);
    expect(status).toBe(0);
    const lines = await objectsOfWait(scope, stdout.trim());
    expect(lines.at(-1)).toMatchObject({ name: stdout.trim(), ended: true, succeeded: true });
  });

  const objectsOfWait = async (scope: Scope, job: string) => {
    const { stdout } = await etna(scope, "wait", job, "--json");
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, any>);
  };

  test("devices, builds and builds --queue list what there is", async (scope) => {
    const devices = await objects(scope, "devices", "--health", "good,unknown", "--limit", "2");
    expect(devices).toHaveLength(2);
    expect((await etna(scope, "devices", "--limit", "1")).stdout).toMatch(
      /^DEVICE +TYPE +STATE +HEALTH +WORKER +JOB\n/,
    );
    const [build] = await objects(scope, "builds", "--status", "succeeded", "--limit", "1");
    expect(build).toMatchObject({ status: "SUCCEEDED", server: { name: "farm" } });
    const { buildId } = build as { buildId: number };
    expect(await objects(scope, "build", "show", `${cuirass.url}/build/${buildId}/details`)).toMatchObject([build]);
    expect((await etna(scope, "build", "log", String(buildId), "--tail", "1")).status).toBe(0);
    expect(await etna(scope, "build", "show", "999999")).toMatchObject({
      status: 2,
      stderr: "etna: there is no build 999999\n",
    });
    expect((await etna(scope, "builds", "--queue")).status).toBe(0);
    expect(await etna(scope, "builds", "--queue", "--status", "failed")).toMatchObject({ status: 2, stdout: "" });
  });

  test("query runs any operation: variables by their types, subscriptions a line each", async (scope) => {
    const job = submit("played");
    const file = join(folder, "all.graphql");
    writeFileSync(
      file,
      `query One($id: ID!) { testJob(jobId: $id) { jobId } }
      query List($first: Int!, $states: [TestJobState!]) { testJobs(first: $first, filter: { states: $states }) { nodes { state } } }
      subscription Live($ids: [ID!]) { testJobUpdates(jobIds: $ids) { state } }`,
    );
    const run = async (...args: readonly string[]) => JSON.parse((await etna(scope, "query", file, ...args)).stdout);
    expect(await run("--operation", "One", "-v", `id=${job}`)).toEqual({ data: { testJob: { jobId: job } } });
    expect(await run("--operation", "List", "-v", "first=1", "-v", "states=FINISHED")).toEqual({
      data: { testJobs: { nodes: [{ state: "FINISHED" }] } },
    });
    expect(await run("--operation", "Live", "-v", `ids=["${job}"]`)).toEqual({
      data: { testJobUpdates: { state: "FINISHED" } },
    });
    for (const [args, says] of [
      [[], /several operations \(One, List, Live\)/],
      [["--operation", "One", "-v", "nope=1"], /-v nope: the operation has no such variable; it has id/],
      [["--operation", "List", "-v", "first=many"], /-v first: "many" is not a number/],
      [["--operation", "Other"], /no operation Other/],
    ] as const)
      expect(await etna(scope, "query", file, ...args)).toMatchObject({
        status: 2,
        stdout: "",
        stderr: expect.stringMatching(says),
      });
  });

  test("the profile names the gateway and the command that prints its token, and no other gateway is shown it", async (scope) => {
    const home = join(folder, "home");
    mkdirSync(join(home, "etna"), { recursive: true });
    const profile = join(home, "etna", "config.yaml");
    writeFileSync(profile, `url: ${gateway.origin}\ntokenCommand: echo ${lava.users.bob.token}; echo more\n`);
    const job = lava.submit("bob", jobFile("played-private"))[0] ?? "";
    const env = { XDG_CONFIG_HOME: home };
    const seen = await runEtna(scope, ["job", "show", job], { env });
    expect(seen).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("bob") });
    const other = await runEtna(
      scope,
      ["job", "show", job, "--url", gateway.origin.replace("127.0.0.1", "localhost")],
      { env },
    );
    expect(other).toMatchObject({ status: 2, stdout: "" });
    // Its server is the LAVA that the token is for: of a Cuirass it says nothing.
    writeFileSync(profile, `url: ${gateway.origin}\ntokenCommand: echo ${lava.users.bob.token}\nserver: lab\n`);
    const ofLab = (...words: string[]) => runEtna(scope, words, { env });
    expect(await ofLab("job", "show", job)).toMatchObject({ status: 0, stderr: "" });
    const ended = await ofLab("builds", "--limit", "1", "--status", "succeeded", "--json");
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    const { buildId } = JSON.parse(ended.stdout) as { buildId: number };
    expect(await ofLab("build", "show", String(buildId))).toMatchObject({ status: 0, stderr: "" });
    expect(await ofLab("wait", job, `build:${buildId}`)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`build:${buildId} SUCCEEDED`),
    });
    writeFileSync(profile, "token: secret\n");
    const wrong = await runEtna(scope, ["jobs"], { env });
    expect(wrong).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/unknown key token; there are url, tokenCommand/),
    });
    expect(JSON.stringify([seen, other, wrong])).not.toContain(lava.users.bob.token);
  });

  test("--lava and --cuirass need no gateway", async (scope) => {
    const { status, stdout } = await runEtna(scope, ["devices", "--lava", lava.url, "--limit", "1", "--json"]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('"hostname"') });
  });

  test("a server that is away is 4, and a request that takes too long is 3", async (scope) => {
    const away = await startGateway({ lava: [{ name: "lab", url: "http://127.0.0.1:1", events: "poll" }] });
    scope.onTestFinished(() => away.close());
    const { status, stderr } = await runEtna(scope, ["job", "show", "1", "--url", away.origin]);
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringMatching(/^etna: lab: /) });
    const late = await runEtna(scope, ["jobs", "--url", gateway.origin, "--timeout", "1ms"]);
    expect(late).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringContaining("has not answered within 0.001 s"),
    });
  });

  test("config check reads as serve does, and asks nobody", async (scope) => {
    const file = join(folder, "etna.yaml");
    writeFileSync(file, "lava: [{name: lab, url: 'http://127.0.0.1:1'}]\n");
    expect(await runEtna(scope, ["config", "check", "--config", file])).toMatchObject({
      status: 0,
      stdout: "ok: lab\n",
    });
    writeFileSync(file, "listen: {port: 99999}\ncolour: red\n");
    const { status, stdout, stderr } = await runEtna(scope, ["config", "check", "--config", file]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/listen\.port: .*\n.*colour/s);
    const asJson = await runEtna(scope, ["config", "check", "--config", file, "--json"]);
    expect(asJson).toMatchObject({ status: 2, stderr });
    expect(JSON.parse(asJson.stdout)).toEqual({
      ok: false,
      servers: [],
      faults: [expect.stringMatching(/^listen\.port: /), expect.stringContaining("colour")],
    });
  });

  test("config check takes no configuration that serve would refuse for want of a server", async (scope) => {
    const file = join(folder, "empty.yaml");
    writeFileSync(file, "log: info\n");
    const served = await runEtna(scope, ["serve", "--config", file]);
    expect(served).toMatchObject({ status: 2, stdout: "" });
    const { status, stdout, stderr } = await runEtna(scope, ["config", "check", "--config", file]);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: "", stderr: served.stderr });
    const asJson = await runEtna(scope, ["config", "check", "--json"]);
    expect(asJson.status).toBe(2);
    expect(JSON.parse(asJson.stdout)).toEqual({ ok: false, servers: [], faults: ["no server is configured"] });
  });
});
