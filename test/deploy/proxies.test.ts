// Etna below a folder of nginx and of Caddy, with the files of deploy/ but for ports, names and certificates: queries, live
// updates over a WebSocket and an event stream, the pages.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch as fetchWith } from "undici";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createEtnaClient } from "../../client/src/index.js";
import type { EtnaClientOptions } from "../../client/src/index.js";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { jobFile } from "../support/job-files.js";
import { ROOT, freePort, program, runWell } from "./run.js";

const FOLLOW = `subscription ($jobIds: [ID!], $after: String) { testJobUpdates(jobIds: $jobIds, after: $after) { cursor state } }`;

interface Proxy {
  readonly name: string;
  /** Writes its configuration, and checks it with the proxy's own check. */
  readonly prepare: (places: Places) => Promise<{ readonly command: string; readonly args: readonly string[] }>;
}

interface Places {
  readonly folder: string;
  readonly port: number;
  /** Of the gateway. */
  readonly upstream: string;
  readonly certificate: string;
  readonly key: string;
}

/** A file of deploy/ with other words in place of some; each of them must be there. */
function adapted(file: string, words: Readonly<Record<string, string>>): string {
  let text = readFileSync(join(ROOT, "deploy", file), "utf8");
  for (const [word, other] of Object.entries(words)) {
    expect(text).toContain(word);
    text = text.replaceAll(word, other);
  }
  return text;
}

const nginx: Proxy = {
  name: "nginx",
  prepare: async ({ folder, port, upstream, certificate, key }) => {
    const command = program("/usr/sbin/nginx", "nginx-light");
    const site = adapted("nginx.conf", {
      "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
      "server_name ci.example.org": "server_name localhost",
      "/etc/ssl/certs/ci.example.org.pem": certificate,
      "/etc/ssl/private/ci.example.org.key": key,
      "127.0.0.1:4000": upstream,
    });
    writeFileSync(join(folder, "site.conf"), site);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`);
    const http = `http { access_log off; ${temporary.join(" ")} include site.conf; }`;
    // As Debian's own, but that it stays in the foreground, in one process.
    const whole = `daemon off; master_process off; pid nginx.pid; error_log stderr; events {} ${http}\n`;
    writeFileSync(join(folder, "nginx.conf"), whole);
    const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
    await runWell(command, ["-t", ...args]);
    return { command, args };
  },
};

const caddy: Proxy = {
  name: "caddy",
  prepare: async ({ folder, port, upstream, certificate, key }) => {
    const command = program("/usr/bin/caddy", "caddy");
    const site = adapted("Caddyfile", {
      "ci.example.org {": `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`,
      "127.0.0.1:4000": upstream,
    });
    const file = join(folder, "Caddyfile");
    // Nothing but the port: no administration, no redirection from port 80, nothing in anybody's home.
    const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system ${folder}/storage\n}\n`;
    writeFileSync(file, options + site);
    await runWell(command, ["validate", "--config", file, "--adapter", "caddyfile"]);
    return { command, args: ["run", "--config", file, "--adapter", "caddyfile"] };
  },
};

let lava: LavaSandbox;
let gateway: TestGateway;
let folder: string;
let [certificate, key] = ["", ""];

beforeAll(async () => {
  lava = await createLavaSandbox({ jobs: 0 });
  gateway = await startGateway({ lava: [{ name: "lab", url: lava.url }], basePath: "/etna" });
  folder = mkdtempSync(join(tmpdir(), "etna-proxies-"));
  [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  await runWell(program("/usr/bin/openssl", "openssl"), [...made, ...named, "-keyout", key, "-out", certificate]);
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([nginx, caddy])("behind $name", ({ name, prepare }) => {
  let base: string;
  let get: typeof fetch;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const port = await freePort();
    const own = mkdtempSync(join(folder, `${name}-`));
    const { host: upstream } = new URL(gateway.origin);
    const { command, args } = await prepare({ folder: own, port, upstream, certificate, key });
    const env = { PATH: process.env.PATH, HOME: own, XDG_CONFIG_HOME: own, XDG_DATA_HOME: own };
    const child = spawn(command, args, { cwd: own, env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const exited = once(child, "exit");
    const dispatcher = new Agent({ connect: { ca: readFileSync(certificate) } });
    get = ((url: string, init: object) => fetchWith(url, { ...init, dispatcher })) as unknown as typeof fetch;
    stop = async () => {
      child.kill("SIGTERM");
      await exited;
      await dispatcher.destroy();
    };
    base = `https://localhost:${port}/etna`;
    const answers = async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      expect((await get(`${base}/healthz`)).status).toBe(200);
    };
    await vi.waitFor(answers, { timeout: 60_000, interval: 50 });
  });
  afterAll(() => stop());

  class TrustingSocket extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { ca: readFileSync(certificate) });
    }
  }

  test.each([
    ["a WebSocket", { transport: "websocket", webSocket: TrustingSocket }],
    ["an event stream", { transport: "sse" }],
  ] as const)("live updates come as they happen over %s", async (_, transport: Partial<EtnaClientOptions>) => {
    const client = createEtnaClient({ url: base, fetch: get, ...transport });
    const jobId = lava.submit("alice", jobFile("queued"))[0] ?? "";
    const updates = client.subscribe<{ testJobUpdates: { state: string } }>(FOLLOW, { jobIds: [jobId] });
    const next = async () => (await updates.next()).value?.testJobUpdates.state;
    expect(await next()).toBe("SUBMITTED");
    await lava.advance(Number(jobId), "Scheduled");
    expect(await next()).toBe("SCHEDULED");
    await lava.advance(Number(jobId), "Finished");
    expect(await client.waitForTestJob(jobId)).toMatchObject({ state: "FINISHED" });
    client.close();
  });

  test("the pages stand, with all that they load, and their queries are taken for those of the same site", async () => {
    for (const [path, place] of [
      ["/graphiql", "/graphiql/"],
      ["/", "/page/"],
      ["/job/lab/1", "/page/"],
    ]) {
      const page = await get(`${base}${path}`, { headers: { accept: "text/html" } });
      const html = await page.text();
      const found = html.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^":]+)"/g);
      const loaded = [...found].map(([, address = ""]) => new URL(address, page.url).href);
      expect(loaded.length).toBeGreaterThan(0);
      for (const address of loaded) {
        expect(address.startsWith(`${base}${place}`) ? (await get(address)).status : address).toBe(200);
      }
    }
    const asked = await get(`${base}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: new URL(base).origin },
      body: JSON.stringify({ query: "{ servers { name } }" }),
    });
    expect(await asked.json()).toEqual({ data: { servers: [{ name: "lab" }] } });
  });

  test("the folder's name alone leads into it, and its metrics are for nobody outside", async () => {
    const bare = await get(base, { redirect: "manual" });
    expect([301, 302]).toContain(bare.status);
    expect(new URL(bare.headers.get("location") ?? "", base).pathname).toBe("/etna/");
    expect((await get(`${base}/metrics`)).status).toBe(403);
    expect((await fetch(`${gateway.origin}/metrics`)).status).toBe(200);
  });
});
