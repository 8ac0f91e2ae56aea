// Which of the former test jobs each of a build's is compared with.

import { stemOf } from "../job/stem.js";

interface Named {
  readonly name: string;
  readonly deviceType: { readonly name: string } | null;
}

/** For each job the newest of the former ones that tested the same: of those that ran to their end before others. */
export function pairsOf<J extends Named, F extends Named & { readonly state: string; readonly health: string }>(
  jobs: readonly J[],
  former: readonly F[],
): readonly (readonly [J, F])[] {
  return jobs.flatMap((job) => {
    const same = former.filter(
      (one) =>
        one.state === "FINISHED" &&
        one.deviceType?.name === job.deviceType?.name &&
        stemOf(one.name) === stemOf(job.name),
    );
    const best = same.find(({ health }) => health === "COMPLETE") ?? same[0];
    return best === undefined ? [] : [[job, best] as const];
  });
}
