// What a build's tests are measured against: the tests of the last build before it that was tested, each with the one of
// the same name (but for its first word, where that holds a commit or version) on the same device type.

import { useEffect, useState } from "react";
import { BuildPreviousDocument, JobComparisonDocument } from "../generated/graphql.js";
import type { BuildPreviousQuery } from "../generated/graphql.js";
import { useAskEach } from "../graph/use.js";
import type { Comparison } from "../job/baseline.js";
import { present } from "../parts/lists.js";
import type { PanelPart } from "../parts/panel.js";
import { pairsOf } from "./pairs.js";
import type { TestedJob } from "./tested-job.js";

type Previous = NonNullable<NonNullable<BuildPreviousQuery["build"]>["previous"]>;
type FormerJob = NonNullable<NonNullable<Previous["testJobs"]>["nodes"][number]>;

export interface Pair {
  readonly job: TestedJob;
  readonly before: FormerJob;
  /** Null until it has come. */
  readonly comparison: Comparison | null;
}

export interface TestBaseline {
  /** The build of the former tests; null where there is none, or none is known yet. */
  readonly build: { readonly buildId: number } | null;
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly parts: readonly PanelPart[];
  /** Whether all that can be compared has been. */
  readonly known: boolean;
}

/** Comparisons cost four requests each. */
const PAIRS_MAX = 12;

/** So many builds are looked at, of which none was tested. */
const STEPS_MAX = 5;

/** The last build before it that has test jobs. */
function useTestedBefore(buildId: number, server: string, pause: boolean) {
  const [steps, setSteps] = useState<readonly number[]>([buildId]);
  const asked = useAskEach(BuildPreviousDocument, pause ? [] : steps.map((step) => ({ buildId: step, server })));
  const found = asked.at(-1)?.data?.build?.previous ?? null;
  const tested = found !== null && present(found.testJobs?.nodes).length > 0;
  const next = found !== null && !tested && steps.length < STEPS_MAX ? found.buildId : null;
  useEffect(() => {
    if (next !== null) setSteps((before) => (before.includes(next) ? before : [...before, next]));
  }, [next]);
  return { build: tested ? found : null, asked, known: asked.every(({ data }) => data !== null) && next === null };
}

export function useTestBaseline(buildId: number, server: string, jobs: readonly TestedJob[]): TestBaseline {
  const { build, asked, known } = useTestedBefore(buildId, server, jobs.length === 0);
  const compared = usePairs(jobs, present(build?.testJobs?.nodes));
  return { build, pairs: compared.pairs, parts: [...asked, ...compared.parts], known: known && compared.known };
}

/** Compares each job that ran to its end with the former one that tested the same. */
export function usePairs(
  jobs: readonly TestedJob[],
  former: readonly FormerJob[],
): Pick<TestBaseline, "pairs" | "parts" | "known"> {
  const ended = jobs.filter(({ state, health }) => state === "FINISHED" && health === "COMPLETE");
  const paired = pairsOf(ended, former).slice(0, PAIRS_MAX);
  const compared = useAskEach(
    JobComparisonDocument,
    paired.map(([job, before]) => ({ before: before.id, after: job.id })),
  );
  const pairs = paired.map(([job, before], at): readonly [string, Pair] => {
    const found = compared[at]?.data?.compareRuns ?? null;
    return [job.id, { job, before, comparison: found !== null && "unchangedCount" in found ? found : null }];
  });
  return { pairs: new Map(pairs), parts: compared, known: compared.every(({ data }) => data !== null) };
}
