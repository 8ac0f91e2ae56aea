// Prints figures of the sources: folders, levels of imports, circles, lines. `npm run figures`; with a folder as argument
// for another checkout. They inform; test/architecture.test.ts holds folders, circles and levels.

import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

const root = join(process.argv[2] ?? ".", "src");
const isOurs = (file) => /\.tsx?$/.test(file) && !file.includes("generated/");
const files = readdirSync(root, { recursive: true }).map(String).filter(isOurs).sort();
const sources = new Map(
  files.map((file) => [
    file,
    ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true),
  ]),
);

function importsOf(file, withTypes) {
  const found = [];
  for (const node of sources.get(file).statements) {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) continue;
    const isType = ts.isImportDeclaration(node)
      ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : node.isTypeOnly;
    if (isType && !withTypes) continue;
    const name = node.moduleSpecifier?.text;
    if (name === undefined || !name.startsWith(".")) continue;
    const to = posix.join(posix.dirname(file), name).replace(/\.js$/, ".ts");
    if (sources.has(to)) found.push(to);
  }
  return found;
}
const imports = new Map(files.map((file) => [file, importsOf(file, true)]));
const loaded = new Map(files.map((file) => [file, importsOf(file, false)]));

/** Strongly connected groups of more than one file, type-only imports included (Tarjan). */
function circles() {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const groups = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const to of imports.get(file)) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file), low.get(to)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) groups.push(group);
  };
  for (const file of files) if (!index.has(file)) visit(file);
  return groups;
}

/** Files on the longest way of imports inside a folder, a circle counted as one. */
function levels(folder, groups, of) {
  const name = new Map(files.map((file) => [file, file]));
  for (const group of groups) for (const file of group) name.set(file, group[0]);
  const known = new Map();
  const depth = (file) => {
    if (known.has(file)) return known.get(file);
    known.set(file, 1);
    const members = files.filter((one) => name.get(one) === file);
    const next = members.flatMap((one) => of.get(one)).map((to) => name.get(to));
    const below = [...new Set(next)].filter((to) => to !== file && to.startsWith(folder)).map(depth);
    known.set(file, 1 + Math.max(0, ...below));
    return known.get(file);
  };
  return Math.max(0, ...files.filter((file) => file.startsWith(folder)).map((file) => depth(name.get(file))));
}

function count(test, places = files) {
  let sum = 0;
  for (const file of places) {
    const visit = (node) => {
      if (test(node, sources.get(file))) sum += 1;
      ts.forEachChild(node, visit);
    };
    visit(sources.get(file));
  }
  return sum;
}
const lineOf = (source, at) => source.getLineAndCharacterOfPosition(at).line;
const isLong = (node, source) =>
  ts.isFunctionLike(node) && "body" in node && lineOf(source, node.end) - lineOf(source, node.getStart()) + 1 > 60;
const isAs = (node) => ts.isAsExpression(node) && node.type.getText() !== "const";
/** Whether a value may be missing only because of the place that is asked for: `list[at]`, `list.at(-1)?.name`. */
function isPlace(node) {
  if (ts.isParenthesizedExpression(node) || ts.isPropertyAccessExpression(node)) return isPlace(node.expression);
  if (ts.isElementAccessExpression(node)) return !ts.isStringLiteral(node.argumentExpression);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  return ["at", "find", "pop", "shift"].includes(name.text) || isPlace(expression);
}
const isEmptyDefault = (node) =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
  ts.isStringLiteral(node.right) &&
  node.right.text === "" &&
  isPlace(node.left);

const lines = (places) => places.reduce((sum, file) => sum + sources.get(file).text.split("\n").length - 1, 0);
const own = files.filter((file) => !/^(?:sandbox|graphiql|page)\//.test(file));
const live = own.filter((file) => /^(?:events\/|\w+\/live\/)|\.subscription\.ts$/.test(file));
const byFolder = new Map();
for (const file of own) byFolder.set(posix.dirname(file), (byFolder.get(posix.dirname(file)) ?? 0) + 1);
const [largest] = [...byFolder].sort(([, a], [, b]) => b - a);
const groups = circles();

const levelsOf = (of) => ["lava/", "cuirass/"].map((folder) => levels(folder, groups, of)).join(", ");

const rows = [
  ["files in the largest folder", `${largest[1]} (src/${largest[0]})`],
  ["levels of imports in src/lava, src/cuirass at run time (held)", levelsOf(loaded)],
  ["levels of imports in src/lava, src/cuirass with types", levelsOf(imports)],
  ["circles of imports, types included", String(groups.length)],
  ["lines of live code (src/events, */live, *.subscription.ts)", String(lines(live))],
  ["lines of src without sandbox, page and generated code", String(lines(own))],
  ["functions over 60 lines", String(count(isLong, own))],
  [
    '`as` outside protocol/, `?? ""` for a place of a list or object',
    [
      count(
        isAs,
        own.filter((file) => !file.includes("/protocol/")),
      ),
      count(isEmptyDefault, own),
    ].join(", "),
  ],
];
for (const [name, value] of rows) console.log(`${name}: ${value}`);
for (const group of groups) console.log(`  circle: ${group.join(" → ")}`);
