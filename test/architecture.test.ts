// The layers of the README's section Architecture, as a list of allowed imports.

import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

/** Paths are relative to src, with `/`: `lava/client.ts`. */
interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type`: nothing is left of it at run time. */
  readonly typeOnly?: boolean;
}

interface Layer {
  /** Which files; the first layer that fits counts. A folder ends in `/`. */
  readonly files: string;
  /** What they may import besides; a folder ends in `/`. Files of the same layer may import each other. */
  readonly may: readonly string[];
}

const BELOW_CI = ["errors.ts", "net/", "events/", "cache/"];
const BELOW_SERVER = ["errors.ts", "events/", "cache/", "ci/"];
const BELOW_SYSTEMS = [...BELOW_CI, "ci/"];

const LAYERS: readonly Layer[] = [
  { files: "errors.ts", may: [] },
  { files: "net/", may: ["errors.ts"] },
  { files: "events/", may: ["errors.ts"] },
  { files: "cache/", may: ["errors.ts", "net/"] },
  { files: "ci/", may: BELOW_CI },
  { files: "lava/", may: BELOW_SYSTEMS },
  { files: "cuirass/", may: BELOW_SYSTEMS },
  { files: "links/", may: [...BELOW_SYSTEMS, "lava/index.ts", "cuirass/index.ts"] },
  // Rooms of the server, each above the one before: what a client may ask; an operation's steps; how it comes and is
  // answered; the server that listens.
  { files: "server/limits/", may: ["errors.ts", "ci/"] },
  { files: "server/pipeline/", may: [...BELOW_SERVER, "server/limits/"] },
  { files: "server/transports/", may: [...BELOW_SERVER, "server/limits/", "server/pipeline/"] },
  { files: "server/http/", may: [...BELOW_SERVER, "server/"] },
  // What tells of all others, and is asked by none of them.
  { files: "telemetry/", may: [...BELOW_SYSTEMS, "server/"] },
  {
    files: "config.ts",
    may: [
      "errors.ts",
      "net/",
      "config-cuirass.ts",
      "config-cache.ts",
      "config-upstream.ts",
      "config-limits.ts",
      "config-telemetry.ts",
    ],
  },
  { files: "config-cache.ts", may: [] },
  { files: "config-cuirass.ts", may: ["net/"] },
  { files: "config-upstream.ts", may: [] },
  { files: "config-limits.ts", may: [] },
  { files: "config-telemetry.ts", may: [] },
  { files: "schema.ts", may: ["ci/", "lava/index.ts", "cuirass/index.ts", "links/index.ts"] },
  { files: "federation.ts", may: ["errors.ts", "ci/"] },
  {
    files: "gateway.ts",
    may: [
      ...BELOW_SYSTEMS,
      "config.ts",
      "config-cache.ts",
      "config-telemetry.ts",
      "schema.ts",
      "federation.ts",
      "lava/index.ts",
      "cuirass/index.ts",
      "server/",
      "telemetry/",
    ],
  },
  { files: "index.ts", may: ["config.ts", "gateway.ts", "schema.ts"] },
  // Each sandbox stands alone: it must not inherit a client's idea of the wire.
  { files: "sandbox/random.ts", may: [] },
  { files: "sandbox/fault.ts", may: [] },
  { files: "sandbox/lava/", may: ["sandbox/random.ts", "sandbox/fault.ts"] },
  { files: "sandbox/cuirass/", may: ["sandbox/random.ts", "sandbox/fault.ts"] },
  {
    files: "cli/demo.ts",
    may: [
      "cli/",
      "config.ts",
      "config-telemetry.ts",
      "gateway.ts",
      "sandbox/lava/index.ts",
      "sandbox/cuirass/index.ts",
    ],
  },
  {
    files: "cli/",
    may: [
      "cli/demo.ts",
      "config.ts",
      "config-telemetry.ts",
      "errors.ts",
      "gateway.ts",
      "schema.ts",
      "federation.ts",
      "lava/index.ts",
      "cuirass/index.ts",
    ],
  },
  { files: "graphiql/", may: [] },
];

const fits = (file: string, place: string): boolean => (place.endsWith("/") ? file.startsWith(place) : file === place);

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const layer = LAYERS.find(({ files }) => fits(from, files));
    if (layer === undefined) return [`${from} is in no layer`];
    return [layer.files, ...layer.may].some((place) => fits(to, place)) ? [] : [`${from} imports ${to}`];
  });
}

/** One cycle at run time, as the files in their order with the first again at the end; null when there is none. */
function findCycle(imports: readonly Import[]): string[] | null {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly = false } of imports) {
    if (!typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    const at = path.indexOf(file);
    if (at !== -1) return [...path.slice(at), file];
    if (done.has(file)) return null;
    for (const to of targets.get(file) ?? []) {
      const cycle = visit(to, [...path, file]);
      if (cycle !== null) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const { from } of imports) {
    const cycle = visit(from, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"));
}

/** Imports of our own files, type-only and dynamic ones too. */
function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (name: ts.Expression | undefined, typeOnly: boolean) => {
    if (name === undefined || !ts.isStringLiteral(name) || !name.text.startsWith(".")) return;
    found.push({ from: file, to: posix.join(posix.dirname(file), name.text).replace(/\.js$/, ".ts"), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

const files = sourceFiles();
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(SRC, file), "utf8")));

describe("the imports of src", () => {
  it("are all found", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({ from: "gateway.ts", to: "lava/index.ts", typeOnly: false });
    expect(imports).toContainEqual({ from: "cli/main.ts", to: "cli/demo.ts", typeOnly: false });
    const text = `
      import type { X } from "../c.js"; import "./d.js"; import { e } from "./e.js"; import { z } from "zod";
      export { f } from "./f.js"; export type { G } from "./g.js"; async function h() { await import("./h.js"); }`;
    expect(importsOf("a/b.ts", text)).toEqual([
      { from: "a/b.ts", to: "c.ts", typeOnly: true },
      ...["d", "e", "f"].map((name) => ({ from: "a/b.ts", to: `a/${name}.ts`, typeOnly: false })),
      { from: "a/b.ts", to: "a/g.ts", typeOnly: true },
      { from: "a/b.ts", to: "a/h.ts", typeOnly: false },
    ]);
    const known = new Set(files);
    expect(imports.filter(({ to }) => !known.has(to))).toEqual([]);
  });

  it("keep to the layers", () => {
    expect(violations(imports)).toEqual([]);
    expect(files.filter((file) => !LAYERS.some((layer) => fits(file, layer.files)))).toEqual([]);
  });

  it("go round in no circle", () => {
    expect(findCycle(imports)).toBeNull();
  });
});

describe("the rules", () => {
  it.each([
    ["errors.ts", "net/http.ts"],
    ["net/http.ts", "ci/page.ts"],
    ["net/http.ts", "config.ts"],
    ["events/hub.ts", "lava/watch.ts"],
    ["ci/session.ts", "lava/session.ts"],
    ["ci/session.ts", "cuirass/index.ts"],
    ["ci/viewer.ts", "server/pipeline/errors.ts"],
    ["lava/client.ts", "cuirass/client.ts"],
    ["lava/client.ts", "cuirass/index.ts"],
    ["lava/client.ts", "links/index.ts"],
    ["lava/client.ts", "config.ts"],
    ["lava/client.ts", "server/pipeline/errors.ts"],
    ["lava/client.ts", "sandbox/lava/index.ts"],
    ["cuirass/client.ts", "lava/wire.ts"],
    ["links/evidence.ts", "lava/client.ts"],
    ["links/evidence.ts", "server/pipeline/errors.ts"],
    ["server/http/http-server.ts", "lava/index.ts"],
    ["server/http/http-server.ts", "cuirass/index.ts"],
    ["server/http/http-server.ts", "config.ts"],
    ["server/http/http-server.ts", "schema.ts"],
    ["server/http/http-server.ts", "net/http.ts"],
    ["server/limits/guard.ts", "server/pipeline/operation.ts"],
    ["server/limits/guard.ts", "lava/index.ts"],
    ["server/pipeline/operation.ts", "server/transports/http.ts"],
    ["server/pipeline/operation.ts", "server/http/http-server.ts"],
    ["server/pipeline/operation.ts", "cuirass/index.ts"],
    ["server/transports/http.ts", "server/http/http-server.ts"],
    ["server/transports/http.ts", "lava/index.ts"],
    ["server/errors.ts", "errors.ts"],
    ["config.ts", "lava/index.ts"],
    ["schema.ts", "lava/session.ts"],
    ["schema.ts", "server/pipeline/errors.ts"],
    ["federation.ts", "lava/index.ts"],
    ["gateway.ts", "sandbox/lava/index.ts"],
    ["gateway.ts", "cli/log.ts"],
    ["index.ts", "sandbox/lava/index.ts"],
    ["sandbox/lava/http.ts", "lava/wire.ts"],
    ["sandbox/lava/http.ts", "errors.ts"],
    ["sandbox/lava/http.ts", "sandbox/cuirass/index.ts"],
    ["sandbox/cuirass/http.ts", "net/http.ts"],
    ["cli/demo.ts", "sandbox/lava/store.ts"],
    ["cli/serve.ts", "sandbox/lava/index.ts"],
    ["cli/wait.ts", "lava/client.ts"],
    ["graphiql/main.tsx", "config.ts"],
    ["another/file.ts", "errors.ts"],
  ])("do not let %s import %s", (from, to) => {
    expect(violations([{ from, to }])).toHaveLength(1);
  });

  it("find a circle of any length", () => {
    const chain = (...names: string[]) => names.slice(1).map((to, at) => ({ from: names[at] ?? "", to }));
    expect(findCycle(chain("a", "b", "c", "d"))).toBeNull();
    expect(findCycle([...chain("a", "b", "d"), ...chain("a", "c", "d")])).toBeNull();
    expect(findCycle(chain("a", "a"))).toEqual(["a", "a"]);
    expect(findCycle(chain("x", "a", "b", "c", "a"))).toEqual(["a", "b", "c", "a"]);
    expect(findCycle([...chain("a", "b"), { from: "b", to: "a", typeOnly: true }])).toBeNull();
  });
});
