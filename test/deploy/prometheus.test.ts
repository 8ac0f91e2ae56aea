// What deploy/ gives to Prometheus and Grafana, by Prometheus' own checks, and what a running gateway tells them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createLavaSandbox } from "../../src/sandbox/lava/index.js";
import type { LavaSandbox } from "../../src/sandbox/lava/index.js";
import { untilConnected } from "../e2e/scene.js";
import { startGateway } from "../support/gateway.js";
import type { TestGateway } from "../support/gateway.js";
import { ROOT, freePort, program, run, runWell } from "./run.js";

const PROMTOOL = program("/usr/bin/promtool", "prometheus");
const FOLDER = join(ROOT, "deploy/prometheus");
const DASHBOARD = readFileSync(join(ROOT, "deploy/grafana/dashboards/etna.json"), "utf8");

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(DASHBOARD) as { readonly panels: readonly Panel[] };

let lava: LavaSandbox;
let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etna-prometheus-"));
  lava = await createLavaSandbox({ jobs: 3 });
  gateway = await startGateway({ lava: [{ name: "lab", url: lava.url }], cacheDir: join(folder, "data") });
  await untilConnected(gateway);
  await gateway.query("{ testJobs(first: 2) { nodes { jobId } } }");
});
afterAll(async () => {
  await gateway.close();
  await lava.close();
  rmSync(folder, { recursive: true, force: true });
});

const metrics = async () => (await fetch(`${gateway.origin}/metrics`)).text();

test("/metrics passes promtool's check without a word", async () => {
  expect(await run(PROMTOOL, ["check", "metrics"], { input: await metrics() })).toMatchObject({
    status: 0,
    stderr: "",
  });
});

test("configuration and rules are valid, and each alert fires when it should", async () => {
  await runWell(PROMTOOL, ["check", "config", "prometheus.yml"], { cwd: FOLDER });
  await runWell(PROMTOOL, ["test", "rules", "etna.rules.test.yml"], { cwd: FOLDER });
  const namesIn = (file: string, key: string) =>
    [...readFileSync(join(FOLDER, file), "utf8").matchAll(new RegExp(`${key}: (\\w+)`, "g"))].map(([, name]) => name);
  const tested = new Set(namesIn("etna.rules.test.yml", "alertname"));
  expect([...tested].sort()).toEqual(namesIn("etna.rules.yml", "alert").sort());
});

test("rules and dashboard name only metrics that Etna has", async () => {
  const text = await metrics();
  const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const named = `${readFileSync(join(FOLDER, "etna.rules.yml"), "utf8")}${panels.map(textOf).join("\n")}`;
  const unknown = [...named.matchAll(/\b(?:etna|process|nodejs)_\w+/g)]
    .map(([name]) => name.replace(/_(?:bucket|count|sum)$/, ""))
    .filter((name) => !known.has(name));
  expect(unknown).toEqual([]);
});

const textOf = ({ targets }: Panel) => targets.map(({ expr }) => expr).join("\n");

describe("a Prometheus with this configuration", () => {
  let api: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const { host } = new URL(gateway.origin);
    const config = readFileSync(join(FOLDER, "prometheus.yml"), "utf8");
    for (const word of ["etna:4000", "scrape_interval: 15s"]) expect(config).toContain(word);
    const adapted = config.replaceAll("etna:4000", host).replace("scrape_interval: 15s", "scrape_interval: 1s");
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, adapted.replace("[etna.rules.yml]", `["${join(FOLDER, "etna.rules.yml")}"]`));
    const listen = `127.0.0.1:${await freePort()}`;
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=${listen}`,
    ];
    const child = spawn(program("/usr/bin/prometheus", "prometheus"), args, { stdio: "ignore" });
    const exited = once(child, "exit");
    api = `http://${listen}/api/v1`;
    stop = async () => {
      child.kill("SIGTERM");
      await exited;
    };
    const scraped = async () => expect(await valuesOf(`up{job="etna"} == 1`)).toHaveLength(1);
    await vi.waitFor(scraped, { timeout: 60_000, interval: 200 });
  });
  afterAll(() => stop());

  async function valuesOf(query: string): Promise<readonly unknown[]> {
    const reply = await fetch(`${api}/query?query=${encodeURIComponent(query)}`);
    const { status, data, error } = (await reply.json()) as {
      readonly status: string;
      readonly data?: { readonly result: readonly unknown[] };
      readonly error?: string;
    };
    if (status !== "success") throw new Error(`${query}: ${error ?? "no answer"}`);
    return data?.result ?? [];
  }

  test("reads Etna, has the rules, and understands each query of the dashboard", async () => {
    const { data } = (await (await fetch(`${api}/rules`)).json()) as Record<string, any>;
    expect(data?.groups[0].rules.map((rule: { health: string }) => rule.health)).not.toContain("err");
    expect(await valuesOf(`etna_events_source{server="lab", source="ZMQ"} == 1`)).toHaveLength(1);
    for (const { title, targets } of panels) {
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr } of targets) {
        await valuesOf(expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".+"));
      }
    }
  });
});
