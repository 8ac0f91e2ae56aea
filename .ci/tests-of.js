// Prints the tests of some files of src: `node .ci/tests-of.js FILE…`; without files, those of what has changed; with --all
// those of each file, and the rows without use, as JSON. What is not beside the file stands in docs/tests.md.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const ENDINGS = [".test.ts", ".slow.test.ts"];

/** The rows of docs/tests.md: the beginning of the files' paths, and their tests. */
function readRows() {
  const lines = readFileSync(join(root, "docs/tests.md"), "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, place, names] = /^\| `(src\/[^`]*)` \| (.+) \|$/.exec(line) ?? [];
    if (place === undefined) return [];
    return [{ place, tests: [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => testNamed(name)) }];
  });
}

/** The test of a name: its file, its slow file, or a folder of test/browser. */
function testNamed(name) {
  const files = [...ENDINGS.map((ending) => `test/${name}${ending}`), `test/${name}/`];
  return files.find((file) => existsSync(join(root, file))) ?? `test/${name}.test.ts`;
}

/** The test at the same path; undefined where there is none. */
function testBeside(file) {
  const name = file.replace(/^src\//, "test/").replace(/\.tsx?$/, "");
  return ENDINGS.map((ending) => `${name}${ending}`).find((test) => existsSync(join(root, test)));
}

/** The row of docs/tests.md that counts for a file. */
function rowOf(file) {
  const fitting = rows.filter(({ place }) => file.startsWith(place));
  return fitting.sort((one, other) => other.place.length - one.place.length)[0];
}

function testsOf(file) {
  const beside = testBeside(file);
  return beside === undefined ? (rowOf(file)?.tests ?? []) : [beside];
}

function changedFiles() {
  return execFileSync("git", ["diff", "--name-only", "HEAD"], { cwd: root, encoding: "utf8" }).split("\n");
}

function sources() {
  const files = readdirSync(join(root, "src"), { recursive: true }).map((file) => `src/${String(file)}`);
  return files.filter((file) => /(?<!\.d)\.tsx?$/.test(file) && !file.includes("/generated/"));
}

const rows = readRows();
const args = process.argv.slice(2);
if (args[0] === "--all") {
  const files = sources();
  const used = new Set(files.filter((file) => testBeside(file) === undefined).map(rowOf));
  const unused = rows.filter((row) => !used.has(row)).map(({ place }) => place);
  console.log(JSON.stringify({ unused, tests: Object.fromEntries(files.map((file) => [file, testsOf(file)])) }));
} else {
  const files = args.length > 0 ? args.map((file) => relative(root, file)) : changedFiles();
  console.log([...new Set(files.filter((file) => file.startsWith("src/")).flatMap(testsOf))].join("\n"));
}
