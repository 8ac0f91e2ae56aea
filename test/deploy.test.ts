// The files of deploy/, as far as they can be tried without systemd and Docker.

import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../src/config/config.js";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("npm ci --omit=dev", () => {
  it("leaves out the build, for which it installs no compiler", async () => {
    const folder = mkdtempSync(join(tmpdir(), "etna-"));
    try {
      copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
      // What it runs at its end.
      await promisify(execFile)("npm", ["run", "prepare"], { cwd: folder });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("deploy/etna.yaml", () => {
  it("is read without a fault, for production, and with the folder that the unit makes", () => {
    const config = readConfig({ config: join(ROOT, "deploy/etna.yaml") }, { LAVA_TOKEN: "a-token" });
    expect(config.clients).toMatchObject({ introspection: false, graphiql: false, suggestions: false });
    expect(config.lava[0]?.token?.reveal()).toBe("a-token");
    expect(config.cache?.dir).toBe("/var/lib/etna");
    expect(read("deploy/etna.service")).toMatch(/^StateDirectory=etna$/m);
  });

  it("holds no token of its own", () => {
    expect(() => readConfig({ config: join(ROOT, "deploy/etna.yaml") }, {})).toThrow(ConfigError);
  });
});

describe("deploy/Dockerfile", () => {
  it("copies what there is, runs as nobody in particular, and asks for a path that is served", () => {
    const text = read("deploy/Dockerfile");
    expect(text).toMatch(/^USER node$/m);
    // The folder of the configuration to begin with: the rest of the container may be read-only.
    expect(text).toMatch(/^RUN install -d -o node .* \/var\/lib\/etna$/m);
    expect(text).toMatch(/^VOLUME \/var\/lib\/etna$/m);
    expect(text).toMatch(/HEALTHCHECK[^]*\/healthz/);
    for (const [, path = ""] of read("deploy/Dockerfile.dockerignore").matchAll(/^!([\w.-]+)$/gm)) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
    expect(JSON.parse(read("package.json"))).toMatchObject({ bin: { etna: "dist/cli/main.js" } });
    expect(text).toContain(`ENTRYPOINT ["node", "dist/cli/main.js"]`);
  });
});
