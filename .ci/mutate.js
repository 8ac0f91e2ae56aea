// Breaks the sources on purpose, one place at a time, and tells which breaks no test notices: `npm run mutate`, with the
// number of breaks for each file (default 10), a seed, and a part of the files' names (default all). Works on a copy. Some
// ten seconds for each break.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";

/** Code whose faults leak, lose or hang, and the tests that hold it. */
const TARGETS = {
  "src/cache/read-cache.ts": ["test/cache"],
  "src/cache/lives.ts": ["test/cache"],
  "src/cache/memory.ts": ["test/cache"],
  "src/events/ring.ts": ["test/events", "test/ci/live"],
  "src/ci/live/engine.ts": ["test/ci/live"],
  "src/ci/live/follower.ts": ["test/ci/live"],
  "src/ci/live/followed-things.ts": ["test/ci/live"],
  "src/lava/live/event-rights.ts": ["test/lava/live/server-events.test.ts"],
  "src/lava/live/end-place.ts": ["test/lava/live/end-place.test.ts"],
  "src/net/authorization.ts": ["test/config", "test/net", "test/cli/wait.test.ts"],
  "src/server/limits/cost.ts": ["test/server/limits"],
};

/** Breaks that change nothing that anybody could see: by file and line of text, what breaks there, and why it shows nowhere. */
const EQUIVALENT = [];

function isEquivalent(file, text, { from, to, instead }) {
  const begin = text.lastIndexOf("\n", from) + 1;
  const line = text.slice(begin, text.indexOf("\n", from)).trim();
  const what = text.slice(from, to).split("\n")[0];
  return EQUIVALENT.some((one) => one.file === file && one.line === line && one.breaks === `${what} → ${instead}`);
}

/** For the tests of one file without any break. */
const SOUND_MS = 1_200_000;

const OPPOSITES = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
  [ts.SyntaxKind.AmpersandAmpersandToken, "||"],
  [ts.SyntaxKind.BarBarToken, "&&"],
  [ts.SyntaxKind.PlusToken, "-"],
  [ts.SyntaxKind.MinusToken, "+"],
]);

/** Every break of a file: from where to where, and what stands there instead. */
function breaksOf(file, text) {
  const breaks = [];
  const put = (node, instead) => breaks.push({ from: node.getStart(), to: node.getEnd(), instead });
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const opposite = OPPOSITES.get(node.operatorToken.kind);
      if (opposite !== undefined) put(node.operatorToken, opposite);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      put(node, node.operand.getText());
    }
    if (ts.isIfStatement(node) && node.elseStatement === undefined) put(node, ";");
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) put(node, ";");
    if (node.kind === ts.SyntaxKind.TrueKeyword) put(node, "false");
    if (node.kind === ts.SyntaxKind.FalseKeyword) put(node, "true");
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return breaks;
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const perFile = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? 1);
const named = process.argv[4] ?? "";
const copy = mkdtempSync(join(tmpdir(), "etna-mutate-"));
// `timeout` ends the workers, too: a break that runs for ever would leave them behind.
const run = (tests, limitMs) =>
  spawnSync(
    "timeout",
    [
      ...["--signal=KILL", String(Math.ceil(limitMs / 1_000)), "npx"],
      ...["vitest", "run", "--bail=1", "--maxWorkers=1", "--silent=true", ...tests],
    ],
    { cwd: copy, encoding: "utf8" },
  );
try {
  for (const name of [
    "src",
    "client",
    "test",
    "examples",
    "dist",
    "package.json",
    "tsconfig.json",
    "vitest.config.ts",
  ]) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
  let [noticed, all] = [0, 0];
  for (const [file, tests] of Object.entries(TARGETS).filter(([file]) => file.includes(named))) {
    // Each file's own, so that what is chosen of it does not hang on the others.
    const random = randomOf(seed);
    const text = readFileSync(file, "utf8");
    const began = performance.now();
    const sound = run(tests, SOUND_MS);
    // Whatever else the machine does: what takes three times as long hangs.
    const limitMs = 60_000 + 3 * Math.ceil(performance.now() - began);
    if (sound.status !== 0)
      throw new Error(`${file}: its tests are red without any break\n${sound.stdout.slice(-2_000)}`);
    const breaks = breaksOf(file, text).filter((one) => !isEquivalent(file, text, one));
    const chosen = breaks.map((one) => [random(), one]).sort(([a], [b]) => a - b);
    let found = 0;
    const tried = chosen.slice(0, perFile);
    for (const [, { from, to, instead }] of tried) {
      writeFileSync(join(copy, file), text.slice(0, from) + instead + text.slice(to));
      // What runs into the time limit is noticed, too.
      if (run(tests, limitMs).status !== 0) found += 1;
      else {
        const line = text.slice(0, from).split("\n").length;
        console.log(`  unnoticed: ${file}:${line}: ${text.slice(from, to).split("\n")[0]} → ${instead}`);
      }
    }
    writeFileSync(join(copy, file), text);
    console.log(`${file}: ${found} of ${tried.length} noticed (${breaks.length} possible)`);
    noticed += found;
    all += tried.length;
  }
  console.log(`${noticed} of ${all} noticed`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
