// How a test job's definition points to a build or an evaluation, strongest sign first. Pure: no call is made here.
// The convention for authors is in docs/linking.md: keys under `metadata`.

import { registerEnumType } from "type-graphql";
import type { JobDefinition } from "../lava/index.js";

export enum LinkEvidence {
  METADATA = "METADATA",
  STORE_PATH = "STORE_PATH",
  BUILD_URL = "BUILD_URL",
  PRODUCT_URL = "PRODUCT_URL",
  COMMIT = "COMMIT",
}
registerEnumType(LinkEvidence, {
  name: "LinkEvidence",
  description: "What a link between a test job and a build or an evaluation rests on. All but COMMIT are exact.",
  valuesConfig: {
    METADATA: {
      description:
        "The definition's `metadata` names it: a build by `build-url`, `build-id`, `store-path` or `derivation`, an evaluation by `evaluation-url` or `evaluation`.",
    },
    STORE_PATH: { description: "The definition uses a file inside an output of the build." },
    BUILD_URL: { description: "The definition holds the address of the build's page outside its metadata." },
    PRODUCT_URL: { description: "The definition downloads one of the build's products." },
    COMMIT: {
      description:
        "The definition names a commit that the evaluation is of: in `metadata` under `commit`, `git-commit` or `source-sha`, or as a test's `revision`. Several evaluations may be of one commit, and each has many builds.",
    },
  },
});

/** A sign found in a definition, and what it means. */
export interface Sign<Target> {
  readonly evidence: LinkEvidence;
  /** The text that was found. */
  readonly matched: string;
  readonly target: Target;
}

export type BuildTarget =
  | { readonly kind: "url"; readonly url: string; readonly buildId: number }
  | { readonly kind: "id"; readonly buildId: number }
  | { readonly kind: "output"; readonly path: string }
  | { readonly kind: "derivation"; readonly path: string }
  | { readonly kind: "product"; readonly url: string; readonly productId: number };

export type EvaluationTarget =
  | { readonly kind: "url"; readonly url: string; readonly evaluationId: number }
  | { readonly kind: "id"; readonly evaluationId: number }
  | { readonly kind: "commit"; readonly commit: string };

const STORE_ITEM = /^\/gnu\/store\/[0-9a-df-np-sv-z]{32}-[^/\s]+/;
const BUILD_URL = /^(https?:\/\/[^\s]+?)\/build\/(\d{1,10})(?=$|[/?#])/;
const PRODUCT_URL = /^(https?:\/\/[^\s]+?)\/download\/(\d{1,10})(?=$|[/?#])/;
const EVALUATION_URL = /^(https?:\/\/[^\s]+?)\/eval\/(\d{1,10})(?=$|[/?#])/;
const COMMIT = /^[0-9a-f]{40}$/;
const COMMIT_KEYS = ["commit", "git-commit", "source-sha"];
const ID_MAX = 2_147_483_647;

/** All signs of builds in a definition, strongest first, each target once. */
export function findSigns({ metadata: noted, storePaths, urls }: JobDefinition): readonly Sign<BuildTarget>[] {
  const metadata = bySpelling(noted);
  return unique([
    ...urlSign(LinkEvidence.METADATA, metadata.get("build-url")),
    ...storeSign(LinkEvidence.METADATA, metadata.get("store-path")),
    ...storeSign(LinkEvidence.METADATA, metadata.get("derivation")),
    ...readId(metadata.get("build-id")).map(({ matched, id }): Sign<BuildTarget> => {
      return { evidence: LinkEvidence.METADATA, matched, target: { kind: "id", buildId: id } };
    }),
    ...storePaths.flatMap((path) => storeSign(LinkEvidence.STORE_PATH, path)),
    ...urls.flatMap((url) => urlSign(LinkEvidence.BUILD_URL, url)),
    ...urls.flatMap((url) =>
      readUrl(PRODUCT_URL, url).map(({ matched, url, id }): Sign<BuildTarget> => {
        return { evidence: LinkEvidence.PRODUCT_URL, matched, target: { kind: "product", url, productId: id } };
      }),
    ),
  ]);
}

/** All signs of evaluations in a definition, strongest first, each target once. */
export function findEvaluationSigns({ metadata: noted, revisions }: JobDefinition): readonly Sign<EvaluationTarget>[] {
  const metadata = bySpelling(noted);
  const commits = [...COMMIT_KEYS.map((key) => metadata.get(key) ?? ""), ...revisions];
  return unique([
    ...readUrl(EVALUATION_URL, metadata.get("evaluation-url")).map(({ matched, url, id }): Sign<EvaluationTarget> => {
      return { evidence: LinkEvidence.METADATA, matched, target: { kind: "url", url, evaluationId: id } };
    }),
    ...readId(metadata.get("evaluation")).map(({ matched, id }): Sign<EvaluationTarget> => {
      return { evidence: LinkEvidence.METADATA, matched, target: { kind: "id", evaluationId: id } };
    }),
    ...commits
      .filter((commit) => COMMIT.test(commit))
      .map((commit): Sign<EvaluationTarget> => {
        return { evidence: LinkEvidence.COMMIT, matched: commit, target: { kind: "commit", commit } };
      }),
  ]);
}

/** Authors write `git-commit`, `git.commit`, `git_commit`: all are one key. Of several the first counts. */
function bySpelling(metadata: ReadonlyMap<string, string>): { get(key: string): string | undefined } {
  const plain = (key: string) => key.replace(/[._\- ]/g, "");
  const found = new Map([...metadata].reverse().map(([key, value]) => [plain(key), value] as const));
  return { get: (key) => found.get(plain(key)) };
}

function unique<T>(signs: readonly Sign<T>[]): readonly Sign<T>[] {
  const seen = new Set<string>();
  return signs.filter(({ target }) => {
    const key = JSON.stringify(target);
    return !seen.has(key) && seen.add(key);
  });
}

function readUrl(pattern: RegExp, text: string | undefined) {
  const [matched, url, id] = pattern.exec(text ?? "") ?? [];
  if (matched === undefined || url === undefined || Number(id) > ID_MAX) return [];
  return [{ matched, url, id: Number(id) }];
}

function readId(text: string | undefined) {
  if (text === undefined || !/^\d{1,10}$/.test(text) || Number(text) > ID_MAX) return [];
  return [{ matched: text, id: Number(text) }];
}

function urlSign(evidence: LinkEvidence, text: string | undefined): Sign<BuildTarget>[] {
  return readUrl(BUILD_URL, text).map(({ matched, url, id }) => {
    return { evidence, matched, target: { kind: "url", url, buildId: id } };
  });
}

function storeSign(evidence: LinkEvidence, text: string | undefined): Sign<BuildTarget>[] {
  const [path] = STORE_ITEM.exec(text ?? "") ?? [];
  if (path === undefined) return [];
  return [{ evidence, matched: path, target: { kind: path.endsWith(".drv") ? "derivation" : "output", path } }];
}
