// How a test job's definition points to a build, strongest sign first. Pure: no call is made here.
// The convention for authors is in the README: `build-url`, `build-id`, `store-path` or `derivation` under `metadata`.

import { registerEnumType } from "type-graphql";
import type { JobDefinition } from "../lava/index.js";

export enum LinkEvidence {
  METADATA = "METADATA",
  STORE_PATH = "STORE_PATH",
  BUILD_URL = "BUILD_URL",
}
registerEnumType(LinkEvidence, {
  name: "LinkEvidence",
  description: "What a link between a test job and a build rests on. All of these are exact.",
  valuesConfig: {
    METADATA: {
      description:
        "The definition's `metadata` names the build: `build-url`, `build-id`, `store-path` or `derivation`.",
    },
    STORE_PATH: { description: "The definition uses a file inside an output of the build." },
    BUILD_URL: { description: "The definition holds the address of the build's page outside its metadata." },
  },
});

/** A sign found in a definition, and the build it means. */
export interface Sign {
  readonly evidence: LinkEvidence;
  /** The text that was found. */
  readonly matched: string;
  readonly target:
    | { readonly kind: "url"; readonly url: string; readonly buildId: number }
    | { readonly kind: "id"; readonly buildId: number }
    | { readonly kind: "output"; readonly path: string }
    | { readonly kind: "derivation"; readonly path: string };
}

const STORE_ITEM = /^\/gnu\/store\/[0-9a-df-np-sv-z]{32}-[^/\s]+/;
const BUILD_URL = /^(https?:\/\/[^\s]+?)\/build\/(\d{1,10})(?=$|[/?#])/;
const BUILD_ID_MAX = 2_147_483_647;

/** All signs in a definition, strongest first, each target once. */
export function findSigns(definition: JobDefinition): readonly Sign[] {
  const { metadata, storePaths, urls } = definition;
  const signs = [
    ...urlSign(LinkEvidence.METADATA, metadata.get("build-url")),
    ...storeSign(LinkEvidence.METADATA, metadata.get("store-path")),
    ...storeSign(LinkEvidence.METADATA, metadata.get("derivation")),
    ...idSign(metadata.get("build-id")),
    ...storePaths.flatMap((path) => storeSign(LinkEvidence.STORE_PATH, path)),
    ...urls.flatMap((url) => urlSign(LinkEvidence.BUILD_URL, url)),
  ];
  const seen = new Set<string>();
  return signs.filter(({ target }) => {
    const key = JSON.stringify(target);
    return !seen.has(key) && seen.add(key);
  });
}

function urlSign(evidence: LinkEvidence, text: string | undefined): Sign[] {
  const [matched, url, id] = BUILD_URL.exec(text ?? "") ?? [];
  if (matched === undefined || url === undefined || Number(id) > BUILD_ID_MAX) return [];
  return [{ evidence, matched, target: { kind: "url", url, buildId: Number(id) } }];
}

function idSign(text: string | undefined): Sign[] {
  if (text === undefined || !/^\d{1,10}$/.test(text) || Number(text) > BUILD_ID_MAX) return [];
  return [{ evidence: LinkEvidence.METADATA, matched: text, target: { kind: "id", buildId: Number(text) } }];
}

function storeSign(evidence: LinkEvidence, text: string | undefined): Sign[] {
  const [path] = STORE_ITEM.exec(text ?? "") ?? [];
  if (path === undefined) return [];
  return [{ evidence, matched: path, target: { kind: path.endsWith(".drv") ? "derivation" : "output", path } }];
}
