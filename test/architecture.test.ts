// The layers of the README's section Architecture, as a list of allowed imports.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

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

const BELOW_CI = ["errors.ts", "version.ts", "codec/", "net/", "events/", "cache/", "cluster/"];
const BELOW_SERVER = [
  ...["errors.ts", "version.ts", "codec/mapping.ts", "net/ask.ts"],
  ...["events/", "cache/", "ci/", "cluster/cluster.ts"],
];
const BELOW_SYSTEMS = [...BELOW_CI, "ci/"];

/** The rooms of a CI system: graph → view → model, live, client → (LAVA: replica →) protocol. */
function rooms(system: string): Layer[] {
  const room = (name: string, others: readonly string[]): Layer => ({
    files: `${system}/${name}/`,
    may: [...BELOW_SYSTEMS, ...others.map((other) => `${system}/${other}`)],
  });
  return [
    room("protocol", []),
    room("replica", ["protocol/"]),
    room("client", ["replica/", "protocol/"]),
    room("live", ["client/", "protocol/"]),
    room("model", ["protocol/"]),
    room("graph", ["model/", "live/", "client/", "protocol/", "server.ts", "view.ts", "session.ts"]),
    // What composes them: index.ts, server.ts, view.ts, session.ts.
    { files: `${system}/`, may: BELOW_SYSTEMS },
  ];
}

const LAYERS: readonly Layer[] = [
  { files: "errors.ts", may: [] },
  { files: "version.ts", may: ["codec/mapping.ts"] },
  { files: "codec/", may: ["errors.ts"] },
  { files: "net/", may: ["errors.ts", "codec/"] },
  { files: "events/", may: ["errors.ts"] },
  { files: "cache/", may: ["errors.ts", "codec/mapping.ts", "net/"] },
  { files: "cluster/redis/", may: ["errors.ts", "net/", "events/", "cluster/cluster.ts"] },
  { files: "cluster/", may: ["errors.ts", "net/", "events/"] },
  { files: "ci/graph/", may: [...BELOW_CI, "ci/"] },
  { files: "ci/", may: BELOW_CI },
  ...rooms("lava"),
  ...rooms("cuirass"),
  { files: "links/", may: [...BELOW_SYSTEMS, "lava/index.ts", "cuirass/index.ts"] },
  // Rooms of the server, each above the one before: what a client may ask; an operation's steps; how it comes and is
  // answered; the server that listens.
  { files: "server/limits/", may: ["errors.ts", "ci/", "net/loopback.ts"] },
  { files: "server/pipeline/", may: [...BELOW_SERVER, "server/limits/"] },
  { files: "server/transports/", may: [...BELOW_SERVER, "server/limits/", "server/pipeline/"] },
  { files: "server/http/", may: [...BELOW_SERVER, "server/"] },
  // What tells of all others, and is asked by none of them.
  { files: "telemetry/", may: [...BELOW_SYSTEMS, "server/"] },
  // The only list of systems; whoever needs all of them asks it.
  { files: "systems.ts", may: ["ci/", "lava/index.ts", "cuirass/index.ts"] },
  { files: "config/", may: ["errors.ts", "codec/mapping.ts", "net/", "ci/", "systems.ts", "cluster/open.ts"] },
  { files: "schema.ts", may: ["ci/", "links/index.ts", "systems.ts"] },
  { files: "sdl.ts", may: ["ci/", "schema.ts", "systems.ts"] },
  { files: "federation.ts", may: ["errors.ts", "codec/mapping.ts", "ci/"] },
  {
    files: "gateway.ts",
    may: [...BELOW_SYSTEMS, "config/", "schema.ts", "sdl.ts", "federation.ts", "systems.ts", "server/", "telemetry/"],
  },
  {
    files: "index.ts",
    may: [
      "ci/system.ts",
      "config/",
      "gateway.ts",
      "schema.ts",
      "sdl.ts",
      "systems.ts",
      "lava/index.ts",
      "cuirass/index.ts",
    ],
  },
  // Each sandbox stands alone: it must not inherit a client's idea of the wire.
  { files: "sandbox/random.ts", may: [] },
  { files: "sandbox/fault.ts", may: [] },
  { files: "sandbox/lava/", may: ["sandbox/random.ts", "sandbox/fault.ts"] },
  { files: "sandbox/cuirass/", may: ["sandbox/random.ts", "sandbox/fault.ts"] },
  {
    files: "cli/gateway/demo.ts",
    may: ["cli/", "config/", "gateway.ts", "sandbox/lava/index.ts", "sandbox/cuirass/index.ts"],
  },
  {
    files: "cli/",
    may: [
      "cli/gateway/demo.ts",
      "codec/",
      "ci/system.ts",
      "ci/server.ts",
      "cluster/open.ts",
      "config/",
      "errors.ts",
      "version.ts",
      "net/authorization.ts",
      "net/loopback.ts",
      "net/secret.ts",
      "net/trailing-slashes.ts",
      "net/url.ts",
      "gateway.ts",
      "schema.ts",
      "sdl.ts",
      "federation.ts",
      "systems.ts",
    ],
  },
  { files: "graphiql/", may: [] },
  // What runs in the browser knows the gateway by its graph only.
  { files: "page/", may: [] },
];

const fits = (file: string, place: string): boolean => (place.endsWith("/") ? file.startsWith(place) : file === place);

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const layer = LAYERS.find(({ files }) => fits(from, files));
    if (layer === undefined) return [`${from} is in no layer`];
    return [layer.files, ...layer.may].some((place) => fits(to, place)) ? [] : [`${from} imports ${to}`];
  });
}

/**
 * One circle, imports of types included, as the files in their order with the first again at the end; null when there is
 * none.
 */
function findCycle(imports: readonly Import[]): string[] | null {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
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

/** Rooms that must work without a schema: whoever only wants a client, a codec or a follower loads no type-graphql. */
const GRAPHQL_FREE = [
  /^(?:codec|net|cache|events|cluster)\//,
  /^ci\/[^/]+$/,
  /^ci\/live\//,
  /^(?:lava|cuirass)\/(?:protocol|replica|client|live)\//,
];

/** The files that lead from one to type-graphql at run time; null when none does. */
function pathToGraphql(
  file: string,
  importsBy: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): string[] | null {
  if (file === "type-graphql") return [];
  if (seen.has(file)) return null;
  seen.add(file);
  for (const to of importsBy.get(file) ?? []) {
    const rest = pathToGraphql(to, importsBy, seen);
    if (rest !== null) return [file, ...rest];
  }
  return null;
}

/** Files on the longest way of imports from one on that stays in its folder; of imports without a circle. */
function levelsBelow(
  file: string,
  folder: string,
  importsBy: ReadonlyMap<string, readonly string[]>,
  known = new Map<string, number>(),
): number {
  const before = known.get(file);
  if (before !== undefined) return before;
  const below = (importsBy.get(file) ?? []).filter((to) => to.startsWith(folder));
  const levels = 1 + Math.max(0, ...below.map((to) => levelsBelow(to, folder, importsBy, known)));
  known.set(file, levels);
  return levels;
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
const texts = new Map(files.map((file) => [file, readFileSync(join(SRC, file), "utf8")]));
const imports = [...texts]
  .flatMap(([file, text]) => importsOf(file, text))
  // What only a bundler reads is no code.
  .filter(({ to }) => !to.endsWith(".css"))
  .map((one) =>
    texts.has(one.to) ? one : { ...one, to: one.to.replace(/\.ts$/, texts.has(`${one.to}x`) ? ".tsx" : ".ts") },
  );
/** What each file loads: our own files, and type-graphql. */
const runtimeImports = new Map(
  [...texts].map(([file, text]) => [
    file,
    [
      ...imports.filter(({ from, typeOnly }) => from === file && typeOnly !== true).map(({ to }) => to),
      ...(/^import (?!type )[^;]*from "type-graphql";/m.test(text) ? ["type-graphql"] : []),
    ],
  ]),
);

describe("the wall clock", () => {
  it("tells times of day, and never how long something has lasted", () => {
    // The machine's time may be set anew at any moment. These compare it with times that others have written down.
    const reading = [...texts].filter(
      ([file, text]) => !/^(?:sandbox|page)\//.test(file) && text.includes("Date.now()"),
    );
    expect(reading.map(([file]) => file).sort()).toEqual([
      "ci/graph/date-time.scalar.ts",
      "ci/graph/run.type.ts",
      "cuirass/client/all-builds.ts",
      "cuirass/client/by-end.ts",
      "cuirass/client/keep.ts",
      "cuirass/client/queue-pages.ts",
      "cuirass/live/finished-builds.ts",
      "lava/client/lost-submission.ts",
      "lava/live/end-place.ts",
      "net/breaker.ts",
      "net/http.ts",
    ]);
  });
});

describe("a secret's text", () => {
  it("is revealed where it becomes a header, to the libraries for TLS and Redis, and to the command line's client, and nowhere else", () => {
    const revealing = [...texts].filter(([, text]) => /\breveal\b/.test(text.replace(/\/\*\*[^]*?\*\/|\/\/.*/g, "")));
    const places = [
      "cli/remote/client.ts",
      "cluster/redis/engine.ts",
      "net/authorization.ts",
      "net/http.ts",
      "net/secret.ts",
    ];
    expect(revealing.map(([file]) => file).sort()).toEqual(places);
  });
});

describe("the client package", () => {
  it("is the command line's one way to a gateway, and nobody else's", () => {
    const naming = (name: string) =>
      [...texts].filter(([, text]) => text.includes(`from "${name}"`)).map(([file]) => file.replace(/\/.*/, ""));
    expect([...new Set(naming("#client"))]).toEqual(["cli"]);
    expect(naming("graphql-ws")).not.toContain("cli");
    const asking = [...texts].filter(([file, text]) => file.startsWith("cli/") && /\bfetch\(/.test(text));
    expect(asking.map(([file]) => file)).toEqual([]);
  });
});

describe("the imports of src", () => {
  it("are all found", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({ from: "systems.ts", to: "lava/index.ts", typeOnly: false });
    expect(imports).toContainEqual({ from: "cli/gateway/demo.command.ts", to: "cli/gateway/demo.ts", typeOnly: false });
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

  it("lead from what speaks to servers to no GraphQL", () => {
    const speaking = files.filter((file) => GRAPHQL_FREE.some((place) => place.test(file)));
    expect(speaking.length).toBeGreaterThan(60);
    expect(speaking.flatMap((file) => pathToGraphql(file, runtimeImports, new Set()) ?? [])).toEqual([]);
  });

  it("come from folders that one can overlook: twenty files at most", () => {
    const sizes = new Map<string, number>();
    for (const file of files.filter((one) => !one.startsWith("sandbox/"))) {
      sizes.set(posix.dirname(file), (sizes.get(posix.dirname(file)) ?? 0) + 1);
    }
    expect([...sizes].filter(([, size]) => size > 20)).toEqual([]);
  });

  it.each([
    ["lava/", 8],
    ["cuirass/", 9],
  ])("lead from %s index down %i files at most, at run time", (folder, most) => {
    expect(levelsBelow(`${folder}index.ts`, folder, runtimeImports)).toBeLessThanOrEqual(most);
  });

  it("go round in no circle", () => {
    expect(findCycle(imports)).toBeNull();
  });
});

/** A built program or page, where its tests start that instead of importing the sources. */
const BUILT: readonly (readonly [tests: RegExp, entries: readonly string[]])[] = [
  [/^test\/(?:cli|steady|deploy)\//, ["src/cli/main.ts", "src/cli/paper/write.ts", "src/index.ts"]],
  [
    /^test\/browser\//,
    ["page/main.tsx", "page/vite.config.ts", "graphiql/main.tsx", "graphiql/vite.config.ts"].map(
      (name) => `src/${name}`,
    ),
  ],
];

const directly = new Map<string, readonly string[]>();

/** What a file imports, types included. */
function importedBy(file: string): readonly string[] {
  let imported = directly.get(file);
  if (imported === undefined) {
    const text = readFileSync(join(ROOT, file), "utf8");
    const names = [...text.matchAll(/(?:from|^import|new URL\() ?"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm)];
    imported = names.flatMap(([, one, other = ""]) => {
      const to = posix.join(posix.dirname(file), one ?? other).replace(/\.js$/, ".ts");
      return [to, `${to}x`].filter((path) => /\.tsx?$/.test(path) && existsSync(join(ROOT, path)));
    });
    directly.set(file, imported);
  }
  return imported;
}

/** All files that a file leads to by its imports. */
function reachOf(file: string, known: Map<string, ReadonlySet<string>>): ReadonlySet<string> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const reached = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...importedBy(next));
  }
  known.set(file, reached);
  return reached;
}

/** What a test, or each test of a folder, leads to. */
function leadsTo(test: string, known: Map<string, ReadonlySet<string>>): readonly ReadonlySet<string>[] {
  const own = test.endsWith("/") ? readdirSync(join(ROOT, test)).map((name) => test + name) : [test];
  const built = BUILT.flatMap(([tests, entries]) => (tests.test(test) ? entries : []));
  return [...own.filter((file) => file.endsWith(".ts")), ...built].map((file) => reachOf(file, known));
}

describe("the tests of src", () => {
  const answer = execFileSync("node", [join(ROOT, ".ci/tests-of.js"), "--all"], { encoding: "utf8" });
  const { tests, unused }: { tests: Readonly<Record<string, readonly string[]>>; unused: readonly string[] } =
    JSON.parse(answer);

  it("stand beside the file, or are named for it in docs/tests.md", () => {
    expect(Object.keys(tests).length).toBeGreaterThan(500);
    expect(Object.keys(tests).filter((file) => tests[file]?.length === 0)).toEqual([]);
    expect(unused).toEqual([]);
  });

  it("exist, and lead to the file by their imports", () => {
    const named = [...new Set(Object.values(tests).flat())];
    expect(named.filter((test) => !existsSync(join(ROOT, test)))).toEqual([]);
    const known = new Map<string, ReadonlySet<string>>();
    const strange = Object.entries(tests).flatMap(([file, own]) =>
      own
        .filter((test) => !leadsTo(test, known).some((reached) => reached.has(file)))
        .map((test) => `${test}: ${file}`),
    );
    expect(strange).toEqual([]);
  });

  it("exist where a comment names one", () => {
    const named = [...texts].flatMap(([file, text]) =>
      [...text.matchAll(/\btest\/[\w/.-]+\.test\.ts\b/g)].map(([test]) => ({ file, test })),
    );
    expect(named.filter(({ test }) => !existsSync(join(ROOT, test)))).toEqual([]);
  });
});

describe("the rules", () => {
  it.each([
    ["errors.ts", "net/http.ts"],
    ["net/http.ts", "ci/page.ts"],
    ["net/http.ts", "config/config.ts"],
    ["events/hub.ts", "lava/live/feed.ts"],
    ["lava/live/feed.ts", "gateway.ts"],
    ["net/http.ts", "cluster/cluster.ts"],
    ["events/event-log.ts", "cluster/cluster.ts"],
    ["cluster/redis/log.ts", "lava/protocol/event.ts"],
    ["ci/session.ts", "lava/session.ts"],
    ["ci/session.ts", "cuirass/index.ts"],
    ["lava/client/client.ts", "cuirass/client/client.ts"],
    ["lava/client/client.ts", "cuirass/index.ts"],
    ["lava/client/client.ts", "links/index.ts"],
    ["lava/client/client.ts", "config/config.ts"],
    ["lava/client/client.ts", "sandbox/lava/index.ts"],
    ["cuirass/client/client.ts", "lava/protocol/wire.ts"],
    ["lava/protocol/wire.ts", "lava/client/client.ts"],
    ["lava/client/client.ts", "lava/live/feed.ts"],
    ["lava/client/client.ts", "lava/model/test-job.type.ts"],
    ["lava/live/feed.ts", "lava/server.ts"],
    ["lava/live/feed.ts", "lava/model/enums.ts"],
    ["lava/model/enums.ts", "lava/client/client.ts"],
    ["cuirass/model/build.type.ts", "cuirass/graph/build.resolver.ts"],
    ["ci/page.ts", "lava/index.ts"],
    ["links/evidence.ts", "lava/client/client.ts"],
    ["config/config.ts", "lava/index.ts"],
    ["ci/viewer.ts", "server/pipeline/errors.ts"],
    ["lava/client/client.ts", "server/pipeline/errors.ts"],
    ["links/evidence.ts", "server/pipeline/errors.ts"],
    ["server/http/http-server.ts", "lava/index.ts"],
    ["server/http/http-server.ts", "cuirass/index.ts"],
    ["server/http/http-server.ts", "config/config.ts"],
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
    ["schema.ts", "lava/session.ts"],
    ["schema.ts", "lava/index.ts"],
    ["gateway.ts", "lava/index.ts"],
    ["gateway.ts", "cuirass/index.ts"],
    ["cli/gateway/doctor.ts", "lava/index.ts"],
    ["telemetry/metrics.ts", "systems.ts"],
    ["server/http/http-server.ts", "systems.ts"],
    ["systems.ts", "lava/session.ts"],
    ["schema.ts", "server/pipeline/errors.ts"],
    ["federation.ts", "lava/index.ts"],
    ["gateway.ts", "sandbox/lava/index.ts"],
    ["gateway.ts", "cli/gateway/log.ts"],
    ["index.ts", "sandbox/lava/index.ts"],
    ["sandbox/lava/http.ts", "lava/protocol/wire.ts"],
    ["sandbox/lava/http.ts", "errors.ts"],
    ["sandbox/lava/http.ts", "sandbox/cuirass/index.ts"],
    ["sandbox/cuirass/http.ts", "net/http.ts"],
    ["cli/gateway/demo.ts", "sandbox/lava/store.ts"],
    ["cli/gateway/serve.ts", "sandbox/lava/index.ts"],
    ["cli/wait/wait.ts", "lava/client/client.ts"],
    ["graphiql/main.tsx", "config/config.ts"],
    ["another/file.ts", "errors.ts"],
  ])("do not let %s import %s", (from, to) => {
    expect(violations([{ from, to }])).toHaveLength(1);
  });

  it("find the way to GraphQL through any file", () => {
    const known = new Map([
      ["a", ["b", "c"]],
      ["b", ["a"]],
      ["c", ["type-graphql"]],
    ]);
    expect(pathToGraphql("a", known, new Set())).toEqual(["a", "c"]);
    expect(pathToGraphql("b", new Map([["b", ["c"]]]), new Set())).toBeNull();
  });

  it("count the longest way inside a folder", () => {
    const known = new Map([
      ["a/1", ["a/2", "a/3", "b/1"]],
      ["a/2", ["a/3"]],
      ["a/3", []],
      ["b/1", ["b/2"]],
      ["b/2", ["b/3"]],
    ]);
    expect(levelsBelow("a/1", "a/", known)).toBe(3);
  });

  it("find a circle of any length", () => {
    const chain = (...names: string[]) => names.slice(1).map((to, at) => ({ from: names[at] ?? "", to }));
    expect(findCycle(chain("a", "b", "c", "d"))).toBeNull();
    expect(findCycle([...chain("a", "b", "d"), ...chain("a", "c", "d")])).toBeNull();
    expect(findCycle(chain("a", "a"))).toEqual(["a", "a"]);
    expect(findCycle(chain("x", "a", "b", "c", "a"))).toEqual(["a", "b", "c", "a"]);
    expect(findCycle([...chain("a", "b"), { from: "b", to: "a", typeOnly: true }])).toEqual(["a", "b", "a"]);
  });
});
