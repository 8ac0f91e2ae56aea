// `etna doctor`: what is well is `ok`, what is not is `FAULT` and the exit status.

import { describe, expect, test } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort } from "../e2e/scene.js";
import { PROCESS_MS, runEtna } from "./etna.js";

describe.concurrent("etna doctor", { timeout: PROCESS_MS }, () => {
  test("tells version, events and whose token of healthy servers, and exits 0", async (scope) => {
    const [lava, cuirass] = await Promise.all([
      createLavaSandbox({ jobs: 0 }),
      createCuirassSandbox({ evaluations: 2 }),
    ]);
    const folder = await mkdtemp(join(tmpdir(), "etna-test-"));
    scope.onTestFinished(async () => {
      await Promise.all([lava.close(), cuirass.close(), rm(folder, { recursive: true })]);
    });
    const path = join(folder, "etna.yaml");
    await writeFile(
      path,
      `lava: [{name: lab, url: "${lava.url}", token: "\${TOKEN}"}]\ncuirass: [{name: farm, url: "${cuirass.url}"}]\n`,
    );
    const { status, stdout } = await runEtna(scope, ["doctor", "--config", path], {
      env: { TOKEN: lava.users.bob.token },
    });
    expect(stdout).toMatch(/^ok +lab: LAVA 2023\.01/m);
    expect(stdout).toMatch(/^ok +lab: the gateway's token is bob's/m);
    expect(stdout).toMatch(/^ok +lab: events: the publisher is connected/m);
    expect(stdout).toMatch(/^ok +farm: Cuirass /m);
    expect(stdout).not.toMatch(/FAULT|sandbox-token/);
    expect(status).toBe(0);
  });

  test("names what is down as FAULT, still looks at the others, and exits 1", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0, events: false });
    scope.onTestFinished(() => lava.close());
    const dead = `http://127.0.0.1:${await freePort()}`;
    const servers = ["--lava", `far=${dead}`, "--lava", `near=${lava.url}`, "--cuirass", `farm=${dead}`];
    const env = { HTTPS_PROXY: "http://proxy.example.org:3128" };
    const { status, stdout } = await runEtna(scope, ["doctor", ...servers], { env });
    expect(stdout).toMatch(
      /^FAULT far: no LAVA answers at .*ECONNREFUSED.* \(Etna connects directly, not through .* HTTPS_PROXY\)$/m,
    );
    expect(stdout).toMatch(/^FAULT farm: no Cuirass answers at .*ECONNREFUSED/m);
    expect(stdout).toMatch(/^ok +near: LAVA 2023\.01/m);
    expect(stdout).toMatch(/^ok +near: events: no publisher in reach/m);
    expect(status).toBe(1);
  });

  test("says what came back where something else answers", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0, events: false });
    scope.onTestFinished(() => lava.close());
    const servers = ["--lava", `deep=${lava.url}/api/v0.2/`, "--cuirass", `farm=${lava.url}`];
    const { status, stdout } = await runEtna(scope, ["doctor", ...servers]);
    expect(stdout).toMatch(/^FAULT deep: no LAVA answers at http.*: deep: .* 404/m);
    expect(stdout).toMatch(/^FAULT farm: no Cuirass answers at http.*: farm: .* 404/m);
    expect(status).toBe(1);
  });

  test("a LAVA that is older than any that Etna knows is a FAULT, though its REST interface tells no version", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0, events: false });
    scope.onTestFinished(() => lava.close());
    lava.fault = ({ path, rpcMethod }) => {
      if (rpcMethod === "system.version") return { kind: "json", body: "2019.12" };
      return path.startsWith("/api/v0.2/system/")
        ? { kind: "status", status: 404, body: "<h1>Not Found</h1>", contentType: "text/html" }
        : undefined;
    };
    const { status, stdout } = await runEtna(scope, ["doctor", "--lava", `old=${lava.url}`]);
    expect(stdout).toMatch(/^ok +old: LAVA 2019\.12/m);
    expect(stdout).toMatch(/^FAULT old: it is older than 2020\.05/m);
    expect(status).toBe(1);
  });

  test("a token that the server refuses is a FAULT, and is not shown", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0 });
    const folder = await mkdtemp(join(tmpdir(), "etna-test-"));
    scope.onTestFinished(async () => {
      await Promise.all([lava.close(), rm(folder, { recursive: true })]);
    });
    const path = join(folder, "etna.json");
    await writeFile(path, JSON.stringify({ lava: [{ url: lava.url, token: "unknown-secret", events: "poll" }] }));
    const { status, stdout, stderr } = await runEtna(scope, ["doctor", "--config", path]);
    expect(stdout).toMatch(/^FAULT lava: the gateway's token is refused/m);
    expect(stdout + stderr).not.toContain("unknown-secret");
    expect(status).toBe(1);
  });

  test("nothing configured is a mistake: exit 2", async (scope) => {
    const { status, stderr } = await runEtna(scope, ["doctor"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/no server is configured/);
  });
});
