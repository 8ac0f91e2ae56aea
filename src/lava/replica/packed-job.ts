// A test job whose long texts take little room until somebody reads them: a window holds thousands of jobs, and of nearly
// all only the short fields are ever looked at.

import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { WireTestJob } from "../protocol/wire.js";

const LONG = ["definition", "original_definition", "multinode_definition"] as const;
/** Texts as a key of their own, so that whoever copies the job copies texts and not this. */
const TEXTS = Symbol("texts");
/** What the short fields of a job take with all that is held of it besides: `npm run bench -- memory` shows both. */
const JOB_BYTES = 1_700;
const DICTIONARY_MAX = 32 * 1024;

interface Packed {
  readonly [TEXTS]: string;
}

/** One lab's definitions are much alike: the first one's words are known to all others. */
let dictionary: Buffer | undefined;

/** Functions that all jobs share: with their own ones each job would have a shape of its own. */
const GETTERS = Object.fromEntries(
  LONG.map((field, at) => [
    field,
    {
      enumerable: true,
      configurable: true,
      get(this: Packed): string | null {
        return textsOf(this)[at] ?? null;
      },
    },
  ]),
);

/** The same job. */
export function packJob(job: WireTestJob): WireTestJob {
  if (isPacked(job)) return job;
  const texts = JSON.stringify(LONG.map((field) => job[field]));
  dictionary ??= Buffer.from(texts).subarray(0, DICTIONARY_MAX);
  const packed = deflateRawSync(texts, { dictionary }).toString("latin1");
  const small = Object.defineProperty({ ...job }, TEXTS, { value: packed });
  return Object.defineProperties(small, GETTERS);
}

/** What a job takes in memory. */
export function bytesOf(job: WireTestJob): number {
  if (isPacked(job)) return JOB_BYTES + job[TEXTS].length;
  return LONG.reduce((sum, field) => sum + 2 * (job[field]?.length ?? 0), JOB_BYTES);
}

function isPacked(job: WireTestJob): job is WireTestJob & Packed {
  return TEXTS in job;
}

function textsOf(job: Packed): readonly (string | null)[] {
  const packed = Buffer.from(job[TEXTS], "latin1");
  return JSON.parse(inflateRawSync(packed, { dictionary }).toString("utf8")) as (string | null)[];
}
