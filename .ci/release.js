// Makes a release but for its upload: `npm run release -- 0.2.0`. docs/releasing.md says when, and what is left to do.
// With `--built`, what stands in dist/ and client/dist/ is packed as it is.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const [version, ...flags] = process.argv.slice(2);
const OUT = "tmp/release";
/** Licences that MIT code may be handed out with. */
const LICENCES =
  /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Python-2\.0|MPL-2\.0|CC0-1\.0|Unlicense)$/;
const PAGES = ["dist/graphiql/licences.md", "dist/page/licences.md"];

const read = (path) => readFileSync(path, "utf8");
const git = (...words) => execFileSync("git", words, { encoding: "utf8" }).trim();
const npm = (...words) => {
  try {
    execFileSync("npm", words, { stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    stop(`npm ${words.slice(0, 2).join(" ")} failed`);
  }
};

function stop(fault) {
  console.error(`release: ${fault}`);
  process.exit(1);
}

/** Below 0 where the first is the older one. */
function compare(one, other) {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  return a.map((part, at) => part - b[at]).find((difference) => difference !== 0) ?? 0;
}

function checkBeginning() {
  if (!/^\d+\.\d+\.\d+$/.test(version ?? "")) stop("give the version, e.g. npm run release -- 0.2.0");
  const present = JSON.parse(read("package.json")).version;
  if (compare(version, present) < 0) stop(`${version} is older than ${present}, which package.json has`);
  if (git("status", "--porcelain") !== "") stop("there are changes that are not committed");
  if (git("tag", "--list", `v${version}`) !== "") stop(`there is a tag v${version} already`);
}

/** The changelog with the version and its day in place of "unreleased", and what it says of this version. */
function closeChangelog() {
  const text = read("CHANGELOG.md");
  const heading = /^## (?:Unreleased|[\d.]+ \(unreleased\))$/m.exec(text);
  if (heading === null) stop('CHANGELOG.md has no section "Unreleased"');
  const [entries] = text.slice(heading.index + heading[0].length).split(/^## /m);
  if (!/^- /m.test(entries)) stop("CHANGELOG.md says nothing of this version");
  const day = new Date().toISOString().slice(0, 10);
  return { text: text.replace(heading[0], `## ${version} (${day})`), notes: entries.trim() };
}

/** What is installed with the package. */
function checkLicences() {
  const { packages } = JSON.parse(read("package-lock.json"));
  const refused = Object.entries(packages).flatMap(([path, { dev, license = "none" }]) => {
    const words = license.replace(/[()]/g, "").split(/ (?:AND|OR) /);
    return path === "" || dev || words.every((word) => LICENCES.test(word)) ? [] : [`${path}: ${license}`];
  });
  if (refused.length > 0) stop(`these licences are not known to go with MIT:\n  ${refused.join("\n  ")}`);
  for (const page of PAGES) if (!existsSync(page)) stop(`there is no ${page}: the build writes it`);
}

function setVersion() {
  for (const folder of [".", "client"]) {
    npm("version", version, "--prefix", folder, "--no-git-tag-version", "--allow-same-version", "--ignore-scripts");
  }
  const manifests = read("deploy/kubernetes.yaml");
  writeFileSync("deploy/kubernetes.yaml", manifests.replace(/(image: etna-gateway:)[\d.]+/, `$1${version}`));
}

function pack(notes) {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const folder of [".", "./client"]) npm("pack", folder, "--ignore-scripts", "--pack-destination", OUT);
  const sums = readdirSync(OUT)
    .sort()
    .map(
      (file) =>
        `${createHash("sha256")
          .update(readFileSync(`${OUT}/${file}`))
          .digest("hex")}  ${file}\n`,
    );
  writeFileSync(`${OUT}/SHA256SUMS`, sums.join(""));
  writeFileSync(`${OUT}/NOTES.md`, `${notes}\n`);
}

checkBeginning();
const changelog = closeChangelog();
if (!flags.includes("--built")) npm("run", "build");
checkLicences();
setVersion();
writeFileSync("CHANGELOG.md", changelog.text);
pack(changelog.notes);
git("add", "--all");
git("commit", "--no-verify", "--message", `release: ${version}`);
git("tag", "--annotate", `v${version}`, "--message", `Etna ${version}`);
console.log(`${version} is committed, tagged v${version} and packed in ${OUT}. What is left (docs/releasing.md):

  git push --follow-tags
  npm publish ${OUT}/etna-gateway-client-${version}.tgz
  npm publish ${OUT}/etna-gateway-${version}.tgz`);
