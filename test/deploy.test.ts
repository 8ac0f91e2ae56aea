// The files of deploy/, as far as they can be tried without systemd and Docker.

import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import yaml from "js-yaml";
import ts from "typescript";
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

  it("holds no token of its own: without the variable for it there is one fault, which says what to do", () => {
    expect(() => readConfig({ config: join(ROOT, "deploy/etna.yaml") }, {})).toThrow(
      new ConfigError(["lava.0.token: the environment has no LAVA_TOKEN; set it, e.g. export LAVA_TOKEN=…"]),
    );
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

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [key: string]: any;
}

describe("deploy/kubernetes.yaml", () => {
  const manifests = yaml.loadAll(read("deploy/kubernetes.yaml")) as Manifest[];
  const of = (kind: string) => manifests.find((one) => one.kind === kind) ?? expect.fail(`there is no ${kind}`);

  it("has no key that Kubernetes does not know, and none of another type", () => {
    const modules = { ConfigMap: "core/v1", PersistentVolumeClaim: "core/v1", Service: "core/v1" };
    const moduleOf = (kind: string): string =>
      ({ ...modules, Deployment: "apps/v1", Ingress: "networking/v1" })[kind] ?? expect.fail(kind);
    const lines = manifests.map((manifest) => {
      const { kind } = manifest;
      const type = `import("kubernetes-types/${moduleOf(kind)}").${kind}`;
      return `export const ${kind}: ${type} = ${JSON.stringify(manifest)};`;
    });
    const file = join(ROOT, "test/kubernetes-manifests.ts");
    const options: ts.CompilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["lib.es2022.d.ts"] },
      ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    };
    const host = ts.createCompilerHost(options);
    const readSource = host.getSourceFile.bind(host);
    host.getSourceFile = (name, target) =>
      name === file ? ts.createSourceFile(name, lines.join("\n"), target) : readSource(name, target);
    const faults = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  it("has a configuration that is read without a fault, below the folder of its Ingress", () => {
    const folder = mkdtempSync(join(tmpdir(), "etna-"));
    writeFileSync(join(folder, "etna.yaml"), of("ConfigMap").data["etna.yaml"]);
    const { listen, cache } = readConfig({ config: join(folder, "etna.yaml") }, { LAVA_TOKEN: "a-token" });
    rmSync(folder, { recursive: true });
    const [rule] = of("Ingress").spec.rules;
    expect(listen.url).toBe(`https://${rule.host}${rule.http.paths[0].path}`);
    expect(mountsOf(of("Deployment"))).toContain(cache?.dir);
  });

  it("refers only to what is there, and runs as a user who may write to its volume alone", () => {
    const { template, selector } = of("Deployment").spec;
    const { containers, volumes, securityContext } = template.spec;
    expect(template.metadata.labels).toEqual(selector.matchLabels);
    expect(of("Service").spec.selector).toEqual(selector.matchLabels);
    const [container] = containers;
    expect(container.volumeMounts.map(({ name }: Named) => name)).toEqual(volumes.map(({ name }: Named) => name));
    expect(volumes[0].configMap.name).toBe(of("ConfigMap").metadata.name);
    expect(volumes[1].persistentVolumeClaim.claimName).toBe(of("PersistentVolumeClaim").metadata.name);
    for (const probe of ["readinessProbe", "livenessProbe"]) expect(container[probe].httpGet.path).toBe("/healthz");
    expect(securityContext.runAsNonRoot).toBe(true);
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  });
});

interface Named {
  readonly name: string;
}

function mountsOf({ spec }: Manifest): string[] {
  return spec.template.spec.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
}

describe("deploy/compose.yaml", () => {
  const { services, volumes } = yaml.load(read("deploy/compose.yaml")) as Manifest;

  it("mounts only what is there, or what it says how to make", () => {
    const made = [...read("deploy/compose.yaml").matchAll(/deploy\/(etna[\w.]+)(?= {2,}#|\n| )/g)].map(
      ([, name]) => name,
    );
    const all = Object.values<any>(services);
    const sources = all.flatMap(({ volumes }) => volumes.map((mount: string) => mount.split(":")[0]));
    for (const source of sources as string[]) {
      if (!source.startsWith("./")) expect(Object.keys(volumes)).toContain(source);
      else if (!made.includes(source.slice(2))) expect(existsSync(join(ROOT, "deploy", source)), source).toBe(true);
    }
    expect(made).toContain(services.etna.env_file);
    expect(existsSync(join(ROOT, "deploy", services.etna.build.context, services.etna.build.dockerfile))).toBe(true);
  });

  it("opens ports on the own machine only, with a read-only Etna", () => {
    for (const { ports } of Object.values<any>(services))
      expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    expect(services.etna).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    // Where Prometheus and Grafana look for each other.
    expect(read("deploy/prometheus/prometheus.yml")).toContain(`targets: ["etna:4000"]`);
    expect(read("deploy/grafana/provisioning/datasources/etna.yaml")).toContain("url: http://prometheus:9090");
    const { panels } = JSON.parse(read("deploy/grafana/dashboards/etna.json"));
    const uid = /uid: (\S+)/.exec(read("deploy/grafana/provisioning/datasources/etna.yaml"))?.[1];
    for (const { datasource } of panels) expect(datasource).toEqual({ type: "prometheus", uid });
  });
});

describe("deploy/compose.cluster.yaml", () => {
  const { services, volumes } = yaml.load(read("deploy/compose.cluster.yaml")) as Manifest;
  const gateways = Object.keys(services).filter((name) => name.startsWith("etna-"));

  it("has three gateways that are made alike, and a balancer that knows each of them", () => {
    expect(gateways).toHaveLength(3);
    for (const name of gateways) expect(services[name]).toEqual(services["etna-1"]);
    expect(services["etna-1"]).toMatchObject({ read_only: true, cap_drop: ["ALL"], env_file: "etna.env" });
    const behind = [...read("deploy/nginx.cluster.conf").matchAll(/^ +server (\S+):4000 /gm)].map(([, name]) => name);
    expect(behind).toEqual(gateways);
    expect(services.balancer.volumes[0].split(":")[0]).toBe("./nginx.cluster.conf");
    expect(services.balancer.ports).toEqual(["127.0.0.1:4000:4000"]);
    expect(Object.keys(volumes)).toEqual([services.redis.volumes[0].split(":")[0]]);
  });

  it("says what is to be in the configuration, and that is read", () => {
    const line = /^# +cluster: (\{.*\})$/m.exec(read("deploy/compose.cluster.yaml"))?.[1] ?? "";
    const folder = mkdtempSync(join(tmpdir(), "etna-deploy-"));
    try {
      const file = join(folder, "etna.yaml");
      writeFileSync(file, `${read("deploy/etna.yaml")}\ncluster: ${line}\n`);
      const env = { LAVA_TOKEN: "token", ETNA_CLUSTER_SECRET: "0123456789abcdef" };
      expect(readConfig({ config: file }, env).cluster?.url.host).toBe("redis:6379");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
