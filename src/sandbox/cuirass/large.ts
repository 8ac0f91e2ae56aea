// One evaluation as large as those of Guix' own farm: what its lists show of it is the smaller part.

import type { Build, Farm } from "./farm.js";

const AGE_SECONDS = 200_000;
/** Parts of its builds. What is left has ended one by one. */
const WAITING = 0.15;
const MENDED = 0.06;
const CANCELED = 0.04;
const SAME_SECOND = 0.06;
const RUNNING_MAX = 40;
const SUBMITTED_MAX = 30;

/** Adds an evaluation of master with `count` builds. */
export function fillLarge(farm: Farm, count: number, now: number): void {
  const specification = farm.specification("master");
  if (specification === undefined) return;
  const start = now - AGE_SECONDS;
  const evaluation = farm.startEvaluation(specification, start);
  evaluation.status = 0;
  evaluation.evaltime = start + 600;
  const builds = farm.addJobs(evaluation, count, start + 600);
  const burst = start + Math.floor(AGE_SECONDS / 2);
  let running = 0;
  let submitted = 0;
  for (const build of builds) {
    const fate = farm.random.next();
    if (fate < WAITING) {
      if (running < RUNNING_MAX && farm.random.chance(0.03)) {
        running += 1;
        farm.start(build, now - 1 - 5 * running);
      } else if (submitted < SUBMITTED_MAX && farm.random.chance(0.03)) {
        submitted += 1;
        farm.submit(build);
      }
    } else if (fate < WAITING + MENDED) {
      farm.finish(build, 2, start + farm.random.between(1_000, 150_000));
      farm.mend(build);
    } else if (fate < WAITING + MENDED + CANCELED) {
      if (farm.random.chance(0.3)) build.starttime = start + 2_000;
      farm.cancel(build);
    } else if (fate < WAITING + MENDED + CANCELED + SAME_SECOND) end(farm, build, burst);
    else end(farm, build, start + farm.random.between(1_000, AGE_SECONDS - 100));
  }
}

function end(farm: Farm, build: Build, at: number): void {
  const fate = farm.random.next();
  build.starttime = at - 60;
  farm.finish(build, fate < 0.9 ? 0 : fate < 0.95 ? 1 : fate < 0.98 ? 2 : 3, at);
}
