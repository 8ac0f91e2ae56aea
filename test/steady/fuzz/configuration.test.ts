// The configuration: whatever is in the file and the environment, it is read or its faults are told.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import yaml from "js-yaml";
import { afterAll, describe } from "vitest";
import { ConfigError, readConfig } from "../../../src/config/config.js";
import { anyText, damaged, damagedJson, fuzz } from "./cases.js";

const SOUND = `
listen: { host: 127.0.0.1, port: 4000 }
lava:
  - { name: lab, url: "https://lava.example.org", token: "\${LAVA_TOKEN}", share: true, events: auto }
  - { url: "http://127.0.0.1:8000/lava", insecure: true, publisher: "tcp://lava.example.org:5500" }
cuirass:
  - { name: guix, url: "https://ci.example.org", poll: 5, mutations: true, credentials: { username: a, password: b } }
limits: { concurrency: 4, connectTimeoutSeconds: 5, firstByteTimeoutSeconds: 30, timeoutSeconds: 60 }
`;

const folder = mkdtempSync(join(tmpdir(), "etna-fuzz-"));
const config = join(folder, "etna.yaml");
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, env: Record<string, string> = { LAVA_TOKEN: "t" }): void {
  writeFileSync(config, text);
  readConfig({ config }, env);
}

describe("the configuration", () => {
  fuzz("a damaged file", damaged([SOUND]), (text) => read(text), [ConfigError]);
  fuzz("other values than it should have", damagedJson([yaml.load(SOUND)]), (value) => read(JSON.stringify(value)), [
    ConfigError,
  ]);
  fuzz("any text in the environment", anyText, (text) => read(SOUND, { LAVA_TOKEN: text, ETNA_HOST: text }), [
    ConfigError,
  ]);
  fuzz(
    "any flags",
    fc.record({ lava: fc.array(anyText, { maxLength: 3 }), cuirass: fc.array(anyText), host: anyText, port: anyText }),
    (flags) => readConfig(flags, {}),
    [ConfigError],
  );
});
