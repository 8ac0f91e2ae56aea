// `etna doctor`: what is well is `ok`, what is not is `FAULT` and the exit status.

import { describe, expect, test } from "vitest";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import { freePort } from "../e2e/scene.js";
import { PROCESS_MS, runEtna } from "./etna.js";

const tls = (file: string) => readFileSync(join(import.meta.dirname, "../fixtures/tls", file), "utf8");
const SELF_SIGNED = { key: tls("server.key"), cert: tls("server.pem") };

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

  test("says of a LAVA whose publisher may stop publishing what shows that, and what helps", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0, version: "2026.10" });
    scope.onTestFinished(() => lava.close());
    const { status, stdout } = await runEtna(scope, ["doctor", "--lava", `lab=${lava.url}`]);
    expect(stdout).toMatch(/^ok +lab: events: the publisher is connected; .* polls .*: restart lava-publisher$/m);
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

  test("says which address is right where another one is written", async (scope) => {
    const [lava, cuirass] = [
      await createLavaSandbox({ jobs: 0, events: false }),
      await createCuirassSandbox({ evaluations: 1 }),
    ];
    const door = createServer((request, response) => {
      if (request.url?.startsWith("/old") === true) response.writeHead(301, { location: lava.url }).end();
      else response.writeHead(request.url?.startsWith("/login") === true ? 401 : 502).end();
    });
    await once(door.listen(0, "127.0.0.1"), "listening");
    scope.onTestFinished(async () => {
      door.close();
      await Promise.all([lava.close(), cuirass.close()]);
    });
    const other = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    const servers = [
      ["api", `${lava.url}/api/v0.2/`, `leave off /api/v0.2: the LAVA is at ${lava.url}`],
      ["rpc", `${lava.url}/RPC2`, `leave off /RPC2: the LAVA is at ${lava.url}`],
      ["page", `${lava.url}/scheduler/job/3`, `leave off /scheduler/job/3: the LAVA is at ${lava.url}`],
      ["tls", lava.url.replace("http:", "https:"), `the port speaks http: write ${lava.url}`],
      ["kind", cuirass.url, `this is a Cuirass: write it under \`cuirass\`, or --cuirass ${cuirass.url}`],
      ["old", `${other}/old`, `it leads on to ${lava.url}`],
      ["login", `${other}/login`, "wants a login (HTTP status 401)"],
      ["broken", `${other}/`, "fails itself (HTTP status 502)"],
      ["name", "http://etna-test.invalid", "there is no host etna-test.invalid (ENOTFOUND)"],
    ] as const;
    const flags = servers.flatMap(([name, url]) => ["--lava", `${name}=${url}`]);
    const { status, stdout } = await runEtna(scope, ["doctor", ...flags, "--cuirass", `farm=${lava.url}`, "--json"]);
    expect(status).toBe(1);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { server: string; level: string; text: string });
    for (const [name, , says] of servers) {
      expect(lines.filter(({ server }) => server === name)).toEqual([
        { server: name, level: "fault", text: expect.stringContaining(says) },
      ]);
    }
    const farm = lines.find(({ server }) => server === "farm");
    expect(farm?.text).toContain(`this is a LAVA: write it under \`lava\``);
  });

  test("says what to do about a certificate that nobody knows", async (scope) => {
    const server = createTlsServer(SELF_SIGNED, (_, response) => void response.end());
    await once(server.listen(0, "127.0.0.1"), "listening");
    scope.onTestFinished(() => void server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, stdout } = await runEtna(scope, ["doctor", "--lava", url]);
    expect(stdout).toMatch(/^FAULT lava: .*DEPTH_ZERO_SELF_SIGNED_CERT\); set NODE_EXTRA_CA_CERTS=/m);
    expect(status).toBe(1);
  });

  test("says whose ETNA_TOKEN is, to the only LAVA that it can be for", async (scope) => {
    const lava = await createLavaSandbox({ jobs: 0, events: false });
    scope.onTestFinished(() => lava.close());
    const seen: string[] = [];
    lava.fault = ({ headers }) => void seen.push(String(headers.authorization));
    const { alice } = lava.users;
    const ask = (token: string, ...servers: readonly string[]) =>
      runEtna(scope, ["doctor", ...servers.flatMap((one) => ["--lava", one])], { env: { ETNA_TOKEN: token } });
    const good = await ask(alice.token, lava.url);
    expect(good).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ok +lava: ETNA_TOKEN is alice's$/m) });
    const bad = await ask("unknown-secret", lava.url);
    expect(bad).toMatchObject({ status: 1, stdout: expect.stringMatching(/^FAULT lava: ETNA_TOKEN is refused: /m) });
    expect(JSON.stringify([good, bad])).not.toMatch(/unknown-secret|sandbox-token/);
    // One fault has one line: a token is not at fault for a server that does not answer.
    const away = await ask(alice.token, `http://127.0.0.1:${await freePort()}`);
    expect(away.stdout.match(/^FAULT/gm)).toHaveLength(1);
    expect(away.stdout).toMatch(/^note +lava: ETNA_TOKEN could not be checked: /m);
    seen.length = 0;
    const several = await ask(alice.token, `one=${lava.url}`, `two=${lava.url}/`);
    expect(several.status).toBe(0);
    expect(several.stdout).toMatch(/^note +two: one has the same address/m);
    expect(several.stdout).toMatch(/^note +ETNA_TOKEN is not checked: it may be for any of one, two/m);
    expect(seen.join()).not.toContain(alice.token);
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
