// Signs of builds and evaluations in definitions: each form, and what only looks like one.

import { describe, expect, it } from "vitest";
import { readDefinition } from "../../src/lava/protocol/definition.js";
import { findEvaluationSigns, findSigns } from "../../src/links/evidence.js";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const OUTPUT = `/gnu/store/${HASH}-hello-2.12.1`;
const DERIVATION = `/gnu/store/${HASH}-hello-2.12.1.drv`;

const definitionOf = (yaml: string) => {
  const definition = readDefinition(yaml);
  if (definition === null) throw new Error("no definition");
  return definition;
};
const signs = (yaml: string) => findSigns(definitionOf(yaml));
const metadata = (line: string) => signs(`metadata:\n  ${line}`);
const action = (url: string) => signs(`actions:\n- deploy: {kernel: {url: '${url}'}}`);

describe("findSigns", () => {
  it.each([
    [
      "build-url: https://ci.example.org/build/42/details",
      "https://ci.example.org/build/42",
      { kind: "url", url: "https://ci.example.org", buildId: 42 },
    ],
    [
      "build-url: http://10.0.0.1:8080/cuirass/build/42?tab=log",
      "http://10.0.0.1:8080/cuirass/build/42",
      { kind: "url", url: "http://10.0.0.1:8080/cuirass", buildId: 42 },
    ],
    [
      "build-url: https://ci.example.org/build/42",
      "https://ci.example.org/build/42",
      { kind: "url", url: "https://ci.example.org", buildId: 42 },
    ],
    ["build-id: 42", "42", { kind: "id", buildId: 42 }],
    ["build_id: 42", "42", { kind: "id", buildId: 42 }],
    ["build.id: 42", "42", { kind: "id", buildId: 42 }],
    ["build id: 42", "42", { kind: "id", buildId: 42 }],
    ["build-id: '42'", "42", { kind: "id", buildId: 42 }],
    [`store-path: ${OUTPUT}`, OUTPUT, { kind: "output", path: OUTPUT }],
    [`store-path: ${OUTPUT}/bin/hello`, OUTPUT, { kind: "output", path: OUTPUT }],
    [`store-path: ${DERIVATION}`, DERIVATION, { kind: "derivation", path: DERIVATION }],
    [`derivation: ${DERIVATION}`, DERIVATION, { kind: "derivation", path: DERIVATION }],
  ])("reads the metadata %s", (line, matched, target) => {
    expect(metadata(line)[0]).toEqual({ evidence: "METADATA", matched, target });
  });

  it.each([
    [
      "a file inside an output",
      `https://substitutes.example.org${OUTPUT}/Image`,
      { evidence: "STORE_PATH", matched: OUTPUT, target: { kind: "output", path: OUTPUT } },
    ],
    [
      "a build's page",
      "https://ci.example.org/build/42/log",
      {
        evidence: "BUILD_URL",
        matched: "https://ci.example.org/build/42",
        target: { kind: "url", url: "https://ci.example.org", buildId: 42 },
      },
    ],
    [
      "a build's product",
      "https://ci.example.org/download/7",
      {
        evidence: "PRODUCT_URL",
        matched: "https://ci.example.org/download/7",
        target: { kind: "product", url: "https://ci.example.org", productId: 7 },
      },
    ],
  ])("reads an action that fetches %s", (_, url, sign) => {
    expect(action(url)).toEqual([sign]);
  });

  it("tells 42 and 421 apart", () => {
    expect(metadata("build-url: https://ci.example.org/build/421")[0]?.target).toMatchObject({ buildId: 421 });
    expect(metadata("build-id: 421")[0]?.target).toMatchObject({ buildId: 421 });
  });

  it.each([
    ["a number with more behind it", "build-id: 42a"],
    ["a number with a fraction", "build-id: 42.0"],
    ["a negative number", "build-id: -42"],
    ["a list", "build-id: [42, 43]"],
    ["a number that is no id", "build-id: 2147483648"],
    ["a page of another kind", "build-url: https://ci.example.org/eval/42"],
    ["an address without a number", "build-url: https://ci.example.org/build/latest"],
    ["an address with more behind the number", "build-url: https://ci.example.org/build/42a"],
    ["an address of another scheme", "build-url: ftp://ci.example.org/build/42"],
    ["an address too large for an id", "build-url: https://ci.example.org/build/9999999999"],
    ["a path outside the store", `store-path: /srv${OUTPUT.slice(4)}`],
    ["a hash that is one short", `store-path: /gnu/store/${HASH.slice(1)}-hello`],
    ["a hash that is one long", `store-path: /gnu/store/${HASH}0-hello`],
    ["a hash with a letter that the store does not use", `store-path: /gnu/store/${HASH.replace("f", "e")}-hello`],
    ["a store item without a name", `store-path: /gnu/store/${HASH}`],
    ["another key", "build: 42"],
    ["a key in another case", "Build-Id: 42"],
    ["a key inside another", "ci: {build-id: 42}"],
  ])("finds nothing in %s", (_, line) => {
    expect(metadata(line)).toEqual([]);
  });

  it.each([
    ["a comment", "# build-id: 42\n# https://ci.example.org/build/42\nmetadata: {a: b}"],
    ["a comment in the metadata", "metadata:\n  a: b # build-id: 42"],
    ["another block", "context:\n  build-id: 42"],
    ["the job's name", "job_name: 'build-id: 42'"],
    ["nothing at all", "job_name: x"],
  ])("finds no number in %s", (_, yaml) => {
    expect(signs(yaml)).toEqual([]);
  });

  it("gives the strongest sign first, and each target once", () => {
    const yaml = `
metadata:
  build-id: 42
  store-path: ${OUTPUT}
  build-url: https://ci.example.org/build/42/details
actions:
- deploy: {kernel: {url: 'https://substitutes.example.org${OUTPUT}/Image'}}
- boot: {commands: [see https://ci.example.org/build/43 and https://ci.example.org/build/42]}
- test: {url: 'https://ci.example.org/download/7'}
`;
    expect(signs(yaml).map(({ evidence, target }) => [evidence, target.kind])).toEqual([
      ["METADATA", "url"],
      ["METADATA", "output"],
      ["METADATA", "id"],
      ["BUILD_URL", "url"],
      ["PRODUCT_URL", "product"],
    ]);
    expect(signs(yaml)[3]?.target).toMatchObject({ buildId: 43 });
  });
});

describe("findEvaluationSigns", () => {
  const COMMIT = "0123456789abcdef0123456789abcdef01234567";
  const found = (yaml: string) => findEvaluationSigns(definitionOf(yaml));

  it.each([
    [
      "evaluation-url: https://ci.example.org/eval/42",
      "METADATA",
      "https://ci.example.org/eval/42",
      { kind: "url", url: "https://ci.example.org", evaluationId: 42 },
    ],
    ["evaluation: 42", "METADATA", "42", { kind: "id", evaluationId: 42 }],
    [`commit: ${COMMIT}`, "COMMIT", COMMIT, { kind: "commit", commit: COMMIT }],
    [`git-commit: '${COMMIT}'`, "COMMIT", COMMIT, { kind: "commit", commit: COMMIT }],
    [`source-sha: ${COMMIT}`, "COMMIT", COMMIT, { kind: "commit", commit: COMMIT }],
  ])("reads the metadata %s", (line, evidence, matched, target) => {
    expect(found(`metadata:\n  ${line}`)).toEqual([{ evidence, matched, target }]);
  });

  it("reads the revision of a test", () => {
    const yaml = `actions:\n- test: {definitions: [{from: git, repository: 'https://x.example.org', revision: ${COMMIT}}]}`;
    expect(found(yaml)).toEqual([{ evidence: "COMMIT", matched: COMMIT, target: { kind: "commit", commit: COMMIT } }]);
  });

  it.each([
    ["a short commit", `commit: ${COMMIT.slice(0, 12)}`],
    ["a commit that is one long", `commit: ${COMMIT}0`],
    ["a commit in capitals", `commit: ${COMMIT.toUpperCase()}`],
    ["a build's page", "evaluation-url: https://ci.example.org/build/42"],
    ["a number with more behind it", "evaluation: 42b"],
    ["another key", `sha: ${COMMIT}`],
  ])("finds nothing in %s", (_, line) => {
    expect(found(`metadata:\n  ${line}`)).toEqual([]);
  });

  it("finds nothing in a comment", () => {
    expect(found(`# commit: ${COMMIT}\nmetadata: {a: b}`)).toEqual([]);
  });

  it("gives the stronger sign first", () => {
    const yaml = `metadata: {commit: ${COMMIT}, evaluation: 42, evaluation-url: 'https://ci.example.org/eval/42'}`;
    expect(found(yaml).map(({ target }) => target.kind)).toEqual(["url", "id", "commit"]);
  });
});
