// `etna wait` over a gateway: how a job ended is its exit status, and a restart of the gateway does not end the wait.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { TestContext } from "vitest";
import { WebSocketServer } from "ws";
import { pino } from "pino";
import { createGateway } from "../../src/gateway.js";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort } from "../e2e/scene.js";
import { ANONYMOUS_ENTRY } from "../support/entries.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile, jobPath } from "../support/job-files.js";
import { PROCESS_MS, runEtna, startEtna } from "./etna.js";

/** For what goes wrong, which moves no job. */
let shared: Lab;
beforeAll(async () => {
  shared = await openLab();
});
afterAll(() => shared.close());

interface Lab {
  readonly lava: LavaSandbox;
  readonly gateway: TestGateway;
  /** A job that waits in the queue until the test moves it. */
  readonly submit: () => string;
  readonly close: () => Promise<void>;
}

async function openLab(): Promise<Lab> {
  const lava = await createLavaSandbox({ jobs: 0 });
  const gateway = await startGateway({ lava: [{ name: "lab", url: lava.url }] });
  return {
    lava,
    gateway,
    submit: () => lava.submit("alice", jobFile("queued"))[0] ?? "",
    close: async () => {
      await gateway.close();
      await lava.close();
    },
  };
}

async function start({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<Lab> {
  const lab = await openLab();
  onTestFinished(() => lab.close());
  return lab;
}

describe.concurrent("etna wait", { timeout: PROCESS_MS }, () => {
  test("follows a job to its end, a line for each state, and exits 0 when it is Complete", async (scope) => {
    const { lava, gateway, submit } = await start(scope);
    const job = submit();
    const etna = startEtna(scope, ["wait", job, "--url", gateway.origin]);
    await etna.tells(/ SUBMITTED/);
    await lava.advance(Number(job), "Running");
    await etna.tells(/ RUNNING/);
    await lava.advance(Number(job), "Finished");
    const { status, stdout, stderr } = await etna.exited;
    const line = (state: string) =>
      expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${job} ${state}\\b.*waits for a board`));
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toEqual([
      line("SUBMITTED"),
      line("SCHEDULED"),
      line("RUNNING"),
      line("FINISHED COMPLETE"),
    ]);
    expect(status).toBe(0);
  });

  test.for(["Incomplete", "Canceled"] as const)("exits 1 for a job that ended %s", async (health, scope) => {
    const { lava, gateway, submit } = await start(scope);
    const job = submit();
    await lava.advance(Number(job), "Finished", { health });
    const { status, stderr } = await runEtna(scope, [
      "wait",
      job,
      "--server",
      "lab",
      "--url",
      `${gateway.origin}/graphql`,
    ]);
    expect(stderr).toContain(`FINISHED ${health.toUpperCase()}`);
    expect(status).toBe(1);
  });

  test("exits 3 when the job has not ended in time, and leaves it running", async (scope) => {
    const { lava, gateway, submit } = shared;
    const job = submit();
    const { status, stderr } = await runEtna(scope, ["wait", job, "--timeout", "0.7", "--url", gateway.origin]);
    expect(status).toBe(3);
    expect(stderr).toMatch(new RegExp(`${job} has not ended within 0.7 s`));
    expect(stderr).not.toMatch(/FINISHED/);
    expect(lava.job(Number(job))?.state).toBe("Submitted");
  });

  test.for([
    { job: "999999", says: /there is no test job 999999/ },
    { job: "nonsense", says: /jobId/ },
  ])("exits 2 for $job, which is no job", async ({ job, says }, scope) => {
    const { status, stdout, stderr } = await runEtna(scope, ["wait", job, "--url", shared.gateway.origin]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });

  test("uses the token at the server that it names, where there are several", async (scope) => {
    const gateway = await startGateway({
      lava: [
        { name: "other", url: "http://127.0.0.1:1", events: "poll" },
        { name: "lab", url: shared.lava.url, events: "poll" },
      ],
    });
    scope.onTestFinished(() => gateway.close());
    const env = { ETNA_TOKEN: shared.lava.users.alice.token };
    const submit = ["submit", jobPath("queued"), "--url", gateway.origin];
    const { status, stderr } = await runEtna(scope, submit, { env });
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("X-Etna-Token: other=") });
    expect(await runEtna(scope, [...submit, "--server", "lab"], { env })).toMatchObject({ status: 0, stderr: "" });
    const etna = startEtna(scope, ["wait", shared.submit(), "--server", "lab", "--url", gateway.origin], { env });
    await etna.tells(/ SUBMITTED/);
  });

  test("names only those that are no jobs", async (scope) => {
    const job = shared.submit();
    const args = ["wait", job, "999998", "999999", "--url", shared.gateway.origin];
    const { status, stderr } = await runEtna(scope, args);
    expect(status).toBe(2);
    expect(stderr).toBe("etna: there is no test job 999998, 999999 that you may see\n");
  });

  test("takes the address of a job's page for the job, and finds its server", async (scope) => {
    const [lava, other] = [await createLavaSandbox({ jobs: 0 }), await createLavaSandbox({ jobs: 3 })];
    const gateway = await startGateway({
      lava: [
        { name: "lab", url: lava.url },
        { name: "other", url: other.url },
      ],
    });
    scope.onTestFinished(async () => {
      for (const each of [gateway, lava, other]) await each.close();
    });
    const job = lava.submit("alice", jobFile("queued"))[0] ?? "";
    await lava.advance(Number(job), "Finished");
    const page = `${lava.url}/scheduler/job/${job}#bottom`;
    const args = ["--url", gateway.origin];
    expect(await runEtna(scope, ["wait", page, ...args])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`${job} FINISHED COMPLETE`),
    });
    for (const [jobs, says] of [
      [[`${lava.url}/scheduler/job/999`], /no test job has this address/],
      [[page, `${other.url}/scheduler/job/1`], /of several servers \(lab, other\)/],
    ] as const) {
      const { status, stderr } = await runEtna(scope, ["wait", ...jobs, ...args]);
      expect(status).toBe(2);
      expect(stderr).toMatch(says);
    }
  });

  test("submits no file that is not UTF-8", async (scope) => {
    const { lava, gateway } = await start(scope);
    const folder = mkdtempSync(join(tmpdir(), "etna-submit-"));
    scope.onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "job.yaml");
    writeFileSync(file, Buffer.from(jobFile("queued").replace(/^job_name:.*/m, "job_name: caf\u00e9"), "latin1"));
    const options = { env: { ETNA_TOKEN: lava.users.alice.token } };
    const refused = await runEtna(scope, ["submit", file, "--url", gateway.origin], options);
    expect(refused).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("is not UTF-8 text") });
    writeFileSync(file, jobFile("queued").replace(/^job_name:.*/m, "job_name: caf\u00e9"));
    const taken = await runEtna(scope, ["submit", file, "--url", gateway.origin], options);
    expect(taken).toMatchObject({ status: 0, stderr: "" });
    expect(lava.job(Number(taken.stdout))?.description).toBe("caf\u00e9");
  });

  test("exits 2 for a server that is not configured", async (scope) => {
    const { status, stderr } = await runEtna(scope, ["wait", "1", "--server", "nope", "--url", shared.gateway.origin]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/nope.*lab/);
  });

  test("exits 2 for a job that only others may see; with their token in ETNA_TOKEN it follows it", async (scope) => {
    const { lava, gateway } = shared;
    const job = lava.submit("bob", jobFile("played-private"))[0] ?? "";
    const options = (token: string) => ({ env: { ETNA_TOKEN: token } });
    const args = ["wait", job, "--url", gateway.origin];
    const [alice, bob] = await Promise.all([
      runEtna(scope, args, options(lava.users.alice.token)),
      runEtna(scope, args, options(lava.users.bob.token)),
    ]);
    expect(alice).toMatchObject({ status: 2, stdout: "" });
    expect(bob).toMatchObject({ status: 0, stderr: expect.stringMatching(/FINISHED COMPLETE/) });
    expect(JSON.stringify([alice, bob])).not.toContain("sandbox-token");
  });

  test.for(["wait", "submit"])("%s exits 4 and says so when no gateway answers", async (command, scope) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const why = `nothing listens on port ${port} of 127.0.0.1 (ECONNREFUSED); check the port, and that the server runs`;
    const named = command === "wait" ? "1" : jobPath("queued");
    for (const written of [url, `${url}/graphql/`]) {
      const { status, stdout, stderr } = await runEtna(scope, [command, named, "--url", written]);
      expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
      expect(stderr).toBe(`etna: no gateway answers at ${url}/graphql: ${why}\n`);
    }
  });

  test.for(["wait", "submit"])(
    "%s does not send a token in clear beyond loopback, unless told to",
    async (command, scope) => {
      const seen: string[] = [];
      const server = createServer((request, response) => {
        seen.push(request.headers.authorization ?? "no token");
        response.end("{}");
      });
      new WebSocketServer({ server }).on("connection", (socket) => {
        socket.on("message", (message: Buffer) => {
          seen.push(message.toString("utf8"));
          socket.close(4400, "not today");
        });
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      scope.onTestFinished(() => void server.close());
      // An address of this machine that is not a loopback name.
      const url = `http://0.0.0.0:${(server.address() as AddressInfo).port}`;
      const env = { ETNA_TOKEN: "a-secret" };
      const args = [command, command === "wait" ? "1" : fileURLToPath(import.meta.url), "--url", url];

      const refused = await runEtna(scope, args, { env });
      expect(refused).toMatchObject({
        status: 2,
        stdout: "",
        stderr: expect.stringMatching(/not sent over plain http/),
      });
      expect(seen).toEqual([]);
      expect(JSON.stringify(refused)).not.toContain("a-secret");

      await runEtna(scope, args);
      expect(seen.join()).not.toContain("Token");
      const insecure = startEtna(scope, [...args, "--insecure"], { env });
      await vi.waitFor(() => expect(seen.join()).toContain("Token a-secret"), { timeout: PROCESS_MS, interval: 50 });
      insecure.kill("SIGKILL");
    },
  );

  test("exits 5 for a token that LAVA does not know, and does not repeat it", async (scope) => {
    const exit = await runEtna(scope, ["wait", "1", "--url", shared.gateway.origin], {
      env: { ETNA_TOKEN: "unknown-secret" },
    });
    expect(exit.status).toBe(5);
    expect(JSON.stringify(exit)).not.toContain("unknown-secret");
  });

  test("lets nothing that a device or a submitter sent command the user's terminal", async (scope) => {
    const { lava, gateway } = await start(scope);
    // Clipboard, title, clear; the C1 forms of these; a carriage return that would write over what Etna says.
    const hostile = [
      "\u001b]52;c;ZXZpbA==\u0007$ ",
      "\u001b]0;t\u0007cleared \u001b[2J\u001b[H",
      "\u009b2Jx\u009d0;t\u009c",
      "bad\rgood",
      "\u001b[31mred",
    ];
    const log = hostile
      .map((msg) => `- ${JSON.stringify({ dt: "2026-11-22T10:00:00", lvl: "target", msg })}\n`)
      .join("");
    lava.fault = ({ rpcMethod }) =>
      rpcMethod === "scheduler.jobs.logs" ? { kind: "json", body: [true, Buffer.from(log)] } : undefined;
    const name = JSON.stringify(`waits\u001b]0;t\u0007 \u001b[2J`);
    const definition = jobFile("queued").replace(/^job_name:.*/m, `job_name: ${name}`);
    const [job = "", other = ""] = [...lava.submit("alice", definition), ...lava.submit("alice", jobFile("queued"))];
    for (const id of [job, other]) await lava.advance(Number(id), "Finished");
    const { status, stdout, stderr } = await runEtna(scope, ["wait", job, other, "--log", "--url", gateway.origin]);
    expect(status).toBe(0);
    expect(stderr).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${job} FINISHED COMPLETE {2}waits $`, "m"));
    for (const line of ["$ ", "cleared ", "x", "good", "red"]) {
      expect(stdout.split("\n")).toContain(`${job} ${line}`);
    }
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("shows a server's words without escape sequences", async (scope) => {
    const { lava, gateway } = await start(scope);
    const body = JSON.stringify({ detail: "no\u001b]0;t\u0007 \u001b[31mway" });
    lava.fault = ({ path }) =>
      path.includes("/jobs/") ? { kind: "status", status: 400, body, contentType: "application/json" } : undefined;
    const { status, stderr } = await runEtna(scope, ["wait", "1", "--url", gateway.origin]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("no way");
    expect(stderr).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("survives a restart of the gateway in the middle, and misses nothing of the end", async (scope) => {
    const { lava, submit } = await start(scope);
    const port = await freePort();
    const serve = () =>
      createGateway(
        {
          listen: { host: "127.0.0.1", port },
          lava: [{ ...ANONYMOUS_ENTRY, url: new URL(lava.url) }],
          cuirass: [],
        },
        pino({ level: "silent" }),
      );
    const first = await serve();
    const job = submit();
    const etna = startEtna(scope, ["wait", job, "--url", `http://127.0.0.1:${port}`]);
    await etna.tells(/ SUBMITTED/);
    await first.close();
    await lava.advance(Number(job), "Finished");
    const second = await serve();
    scope.onTestFinished(() => second.close());
    const { status, stderr } = await etna.exited;
    expect(stderr.match(/SUBMITTED/g)).toHaveLength(1);
    expect(stderr).toMatch(/FINISHED COMPLETE/);
    expect(status).toBe(0);
  });
});

interface Farm {
  readonly lava: LavaSandbox;
  readonly cuirass: CuirassSandbox;
  readonly gateway: TestGateway;
  /** An evaluation that has just succeeded, with all of its builds, which wait until the test moves them. */
  readonly evaluate: () => { readonly evaluation: number; readonly builds: readonly number[] };
}

async function openFarm({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<Farm> {
  const [lava, cuirass] = [await createLavaSandbox({ jobs: 0 }), await createCuirassSandbox()];
  const gateway = await startGateway({
    lava: [{ name: "lab", url: lava.url }],
    cuirass: [{ name: "guix", url: cuirass.url, poll: 0.05 }],
  });
  onTestFinished(async () => {
    for (const each of [gateway, lava, cuirass]) await each.close();
  });
  const evaluate = () => {
    const evaluation = cuirass.startEvaluation("guix");
    return { evaluation, builds: cuirass.endEvaluation(evaluation, "succeeded") };
  };
  return { lava, cuirass, gateway, evaluate };
}

describe.concurrent("etna wait for builds and evaluations", { timeout: PROCESS_MS }, () => {
  test("follows a build to its end, a line for each state, and exits 0 when it succeeded", async (scope) => {
    const { cuirass, gateway, evaluate } = await openFarm(scope);
    const [build = 0] = evaluate().builds;
    const etna = startEtna(scope, ["wait", `build:${build}`, "--url", gateway.origin]);
    for (const [step, state] of [
      ["submitted", / SCHEDULED/],
      ["started", / SUBMITTED/],
      ["succeeded", / STARTED/],
    ] as const) {
      await etna.tells(state);
      cuirass.advance(build, step);
    }
    const { status, stdout, stderr } = await etna.exited;
    const job = cuirass.states().find(({ id }) => id === build)?.job;
    expect(stderr.trim().split("\n")).toEqual(
      ["SCHEDULED", "SUBMITTED", "STARTED", "SUCCEEDED"].map((state) =>
        expect.stringMatching(new RegExp(`^\\d\\d:\\d\\d:\\d\\d build:${build} ${state}  ${job}$`)),
      ),
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test.for([
    ["failed", "FAILED"],
    ["canceled", "CANCELED"],
    ["failedDependency", "FAILED_DEPENDENCY"],
  ] as const)("exits 1 when one of several builds ended %s", async ([step, state], scope) => {
    const { lava, cuirass, gateway, evaluate } = await openFarm(scope);
    const [build = 0, other = 0] = evaluate().builds;
    cuirass.advance(other, "succeeded");
    cuirass.advance(build, step);
    const args = ["wait", `build:${build}`, `build:${other}`, "--server", "guix", "--url", gateway.origin];
    // The token is LAVA's, and `--server` no LAVA.
    const { status, stdout, stderr } = await runEtna(scope, args, {
      env: { ETNA_TOKEN: lava.users.alice.token },
    });
    expect(stderr).toContain(`build:${build} ${state}  `);
    expect(stderr).toContain(`build:${other} SUCCEEDED  `);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  test("follows an evaluation until all its builds have ended; exits 0 when all succeeded", async (scope) => {
    const { cuirass, gateway } = await openFarm(scope);
    const evaluation = cuirass.startEvaluation("guix");
    const etna = startEtna(scope, ["wait", `evaluation:${evaluation}`, "--url", gateway.origin]);
    await etna.tells(/ STARTED {2}guix$/m);
    const builds = cuirass.endEvaluation(evaluation, "succeeded");
    const all = builds.length;
    await etna.tells(new RegExp(` SUCCEEDED, 0 of ${all} builds succeeded, ${all} pending  guix$`, "m"));
    for (const build of builds) cuirass.advance(build, "succeeded");
    const { status, stdout, stderr } = await etna.exited;
    expect(stderr).toMatch(
      new RegExp(`^\\S+ evaluation:${evaluation} SUCCEEDED, ${all} of ${all} builds succeeded  guix\\n$`, "m"),
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("exits 1 for an evaluation that failed, and for one of which a build failed or was canceled", async (scope) => {
    const { cuirass, gateway, evaluate } = await openFarm(scope);
    const broken = cuirass.startEvaluation("guix");
    cuirass.endEvaluation(broken, "failed");
    const waitFor = (evaluation: number) =>
      runEtna(scope, ["wait", `evaluation:${evaluation}`, "--url", gateway.origin]);
    expect(await waitFor(broken)).toMatchObject({ status: 1, stderr: expect.stringMatching(/ FAILED {2}guix\n$/) });
    for (const end of ["failed", "canceled"] as const) {
      const { evaluation, builds } = evaluate();
      for (const [at, build] of builds.entries()) cuirass.advance(build, at === 0 ? end : "succeeded");
      const counts = `${builds.length - 1} of ${builds.length} builds succeeded, 1 ${end}`;
      expect(await waitFor(evaluation)).toMatchObject({ status: 1, stderr: expect.stringContaining(counts) });
    }
  });

  test("takes addresses of pages, and test jobs beside them; all must have succeeded", async (scope) => {
    const { lava, cuirass, gateway, evaluate } = await openFarm(scope);
    const { evaluation, builds } = evaluate();
    for (const build of builds) cuirass.advance(build, "succeeded");
    const job = lava.submit("alice", jobFile("queued"))[0] ?? "";
    await lava.advance(Number(job), "Finished", { health: "Incomplete" });
    const pages = [`${cuirass.url}/build/${builds[0]}/details`, `${cuirass.url}/eval/${evaluation}`];
    const cuirassOnly = await runEtna(scope, ["wait", ...pages, "--url", gateway.origin]);
    expect(cuirassOnly).toMatchObject({ status: 0, stdout: "" });
    const mixed = await runEtna(scope, ["wait", job, ...pages, "--url", gateway.origin]);
    expect(mixed).toMatchObject({ status: 1, stdout: "" });
    for (const line of [`build:${builds[0]} SUCCEEDED`, `evaluation:${evaluation} SUCCEEDED, `]) {
      expect(cuirassOnly.stderr).toContain(line);
      expect(mixed.stderr).toContain(line);
    }
    expect(mixed.stderr).toContain(`${job} FINISHED INCOMPLETE`);
  });

  test("prints a build's log", async (scope) => {
    const { cuirass, gateway, evaluate } = await openFarm(scope);
    const [build = 0] = evaluate().builds;
    cuirass.advance(build, "started");
    cuirass.growLog(build, 3);
    cuirass.advance(build, "succeeded");
    const log = await (await fetch(`${cuirass.url}/build/${build}/log/raw`)).text();
    const { status, stdout } = await runEtna(scope, ["wait", `build:${build}`, "--log", "--url", gateway.origin]);
    expect(status).toBe(0);
    expect(log).not.toBe("");
    expect(stdout).toContain(log.trimEnd());
  });

  test("exits 3 when one has not ended in time, and names those that have not", async (scope) => {
    const { cuirass, gateway, evaluate } = await openFarm(scope);
    const { evaluation, builds } = evaluate();
    const [build = 0] = builds;
    const args = [`build:${build}`, `evaluation:${evaluation}`, "--timeout", "0.7", "--url", gateway.origin];
    const { status, stderr } = await runEtna(scope, ["wait", ...args]);
    expect(status).toBe(3);
    expect(stderr).toContain(`etna: build:${build}, evaluation:${evaluation} has not ended within 0.7 s\n`);
    expect(cuirass.states().find(({ id }) => id === build)?.status).toBe(-2);
  });

  test("exits 2 for what does not exist, and for names that mean nothing or several servers", async (scope) => {
    const { cuirass, gateway, evaluate } = await openFarm(scope);
    const [build = 0] = evaluate().builds;
    for (const [args, says] of [
      [["build:999999"], /999999/],
      [[`build:${build}`, "build:999999"], /999999/],
      [["evaluation:999999"], /^etna: there is no evaluation 999999/],
      [["build:hello"], /build:hello: write the build's number/],
      [["evaluation:99999999999"], /write the evaluation's number/],
      [[`${cuirass.url}/build/999999/details`], /has this address/],
      [["1", `build:${build}`, "--server", "guix"], /of different servers; wait for each/],
      [[`build:${build}`, "--server", "lab"], /lab.*guix/],
      [[`${cuirass.url}/build/${build}/details`, "--server", "other"], /several servers \(guix, other\)/],
    ] as const) {
      const { status, stderr } = await runEtna(scope, ["wait", ...args, "--url", gateway.origin]);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(says) });
    }
  });
});
