// The release script in a clone of what is committed: everything but the upload, and nothing where something is wrong.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, run, runWell } from "./run.js";

let clone: string;
beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), "etna-release-"));
  await runWell("git", ["clone", "--quiet", "--no-tags", ROOT, clone]);
  for (const [key, value] of Object.entries({ "user.name": "nobody", "user.email": "nobody@example.org" })) {
    await runWell("git", ["config", key, value], { cwd: clone });
  }
  // Right behind a release there is nothing yet that is unreleased.
  const changelog = read("CHANGELOG.md").replace(/^## (?!.*unreleased)/im, "## Unreleased\n\n- One change.\n\n## ");
  writeFileSync(join(clone, "CHANGELOG.md"), changelog);
  await runWell("git", ["commit", "--all", "--allow-empty", "--quiet", "--message", "one change"], { cwd: clone });
  // What the suite has built.
  for (const folder of ["dist", "client/dist"]) cpSync(join(ROOT, folder), join(clone, folder), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

const release = (...words: string[]) => run(process.execPath, [".ci/release.js", ...words, "--built"], { cwd: clone });
const git = async (...words: string[]) => (await runWell("git", words, { cwd: clone })).trim();
const read = (path: string) => readFileSync(join(clone, path), "utf8");

test("refuses, with nothing done, a version that is none, old or taken, and changes that are not committed", async () => {
  const before = await git("rev-parse", "HEAD");
  for (const [version, fault] of [
    ["next", /give the version/],
    ["0.0.1", /older than/],
  ] as const) {
    expect(await release(version)).toMatchObject({ status: 1, stderr: expect.stringMatching(fault) });
  }
  writeFileSync(join(clone, "left-over"), "");
  expect(await release("9.0.0")).toMatchObject({ status: 1, stderr: expect.stringMatching(/not committed/) });
  rmSync(join(clone, "left-over"));
  await git("tag", "v9.1.0");
  expect(await release("9.1.0")).toMatchObject({ status: 1, stderr: expect.stringMatching(/already/) });
  expect([await git("rev-parse", "HEAD"), await git("status", "--porcelain")]).toEqual([before, ""]);
});

/** Commits what `change` makes of the clone, tries a release of it, and takes the commit back. */
async function refusal(change: () => void, ...flags: readonly string[]): Promise<string> {
  const before = await git("rev-parse", "HEAD");
  change();
  await git("commit", "--all", "--allow-empty", "--quiet", "--message", "a change");
  const changed = await git("rev-parse", "HEAD");
  const { status, stderr } = await run(process.execPath, [".ci/release.js", "9.2.0", ...flags], { cwd: clone });
  expect([status, await git("rev-parse", "HEAD"), await git("tag", "--list", "v9.2.0")]).toEqual([1, changed, ""]);
  expect(await git("status", "--porcelain")).toBe("");
  await git("reset", "--quiet", "--hard", before);
  return stderr;
}
const rewrite = (path: string, change: (text: string) => string) =>
  writeFileSync(join(clone, path), change(read(path)));

test("refuses, with nothing done, a changelog that says nothing of the version", async () => {
  const empty = () => rewrite("CHANGELOG.md", () => "# Changelog\n\n## Unreleased\n\n## 0.0.9\n\n- Old.\n");
  expect(await refusal(empty, "--built")).toMatch(/^release: CHANGELOG.md says nothing of this version$/m);
  const closed = () => rewrite("CHANGELOG.md", () => "# Changelog\n\n## 0.0.9\n\n- Old.\n");
  expect(await refusal(closed, "--built")).toMatch(/^release: CHANGELOG.md has no section "Unreleased"$/m);
});

test("refuses, with nothing done, a licence that it does not know, none at all, and pages without theirs", async () => {
  const licence = (text: string) => () =>
    rewrite("package-lock.json", (lock) => {
      const parsed = JSON.parse(lock) as { packages: Record<string, { license?: string }> };
      parsed.packages["node_modules/pino"] = { ...parsed.packages["node_modules/pino"], license: text };
      if (text === "") delete parsed.packages["node_modules/pino"].license;
      return JSON.stringify(parsed);
    });
  expect(await refusal(licence("GPL-3.0"), "--built")).toMatch(/^ {2}node_modules\/pino: GPL-3\.0$/m);
  expect(await refusal(licence("(MIT AND SSPL-1.0)"), "--built")).toContain("node_modules/pino: (MIT AND SSPL-1.0)");
  expect(await refusal(licence(""), "--built")).toMatch(/^ {2}node_modules\/pino: none$/m);
  const unlisted = () => rmSync(join(clone, "dist/page/licences.md"));
  expect(await refusal(unlisted, "--built")).toMatch(/^release: there is no dist\/page\/licences\.md/m);
  cpSync(join(ROOT, "dist/page/licences.md"), join(clone, "dist/page/licences.md"));
});

test("builds first, and stops where the build fails or writes no licences", async () => {
  const build = (script: string) => () =>
    rewrite("package.json", (text) => text.replace(/"build": ".*"/, `"build": ${JSON.stringify(script)}`));
  expect(await refusal(build("false"))).toMatch(/^release: npm run build failed$/m);
  expect(await refusal(build("rm dist/page/licences.md"))).toMatch(/there is no dist\/page\/licences\.md/);
  expect(existsSync(join(clone, "dist/page/licences.md"))).toBe(false);
  cpSync(join(ROOT, "dist/page/licences.md"), join(clone, "dist/page/licences.md"));
});

test("commits, tags and packs both packages under one version, with the pages' licences in them", async () => {
  const { status, stdout, stderr } = await release("9.0.0");
  expect([status, stderr.replace(/^npm .*\n/gm, "")]).toEqual([0, ""]);
  expect(stdout).toMatch(/npm publish tmp\/release\/etna-gateway-9\.0\.0\.tgz$/m);
  expect(await git("describe", "--exact-match")).toBe("v9.0.0");
  expect(await git("status", "--porcelain")).toBe("");
  for (const file of ["package.json", "client/package.json", "package-lock.json"]) {
    expect(JSON.parse(read(file)).version, file).toBe("9.0.0");
  }
  expect(read("deploy/kubernetes.yaml")).toContain("image: etna-gateway:9.0.0");
  expect(read("CHANGELOG.md")).toMatch(/^## 9\.0\.0 \(\d{4}-\d\d-\d\d\)$/m);
  expect(existsSync(join(clone, "client/package-lock.json"))).toBe(false);
  await runWell("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: join(clone, "tmp/release") });
  expect(read("tmp/release/NOTES.md")).toMatch(/^- /m);
  const packed = await runWell("tar", ["tzf", join(clone, "tmp/release/etna-gateway-9.0.0.tgz")]);
  for (const page of ["graphiql", "page"]) expect(packed).toContain(`package/dist/${page}/licences.md\n`);
  expect(read("dist/graphiql/licences.md")).toMatch(/react-dom/);
});
