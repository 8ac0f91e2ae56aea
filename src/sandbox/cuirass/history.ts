// What has happened on the sandbox's farm before it was started: evaluations of all statuses, builds of all statuses
// and weathers, logs of all kinds.

import type { Build, Evaluation, Farm } from "./farm.js";
import { BZIP2_LOG, logBeginning, logCompilation, logEnd, ODD_BYTES, StoredLog } from "./logs.js";

/** Part of a specification's jobs that an evaluation builds anew. */
export const REBUILT: Readonly<Record<string, number>> = {
  guix: 1,
  images: 0.8,
  master: 0.4,
  "core-packages-team": 0.3,
};

const ORDER = ["guix", "master", "images", "core-packages-team", "master", "images", "guix", "master", "images"];
const EVALUATION_INTERVAL_SECONDS = 1_500;
/** These succeed, so that they have the logs and products described in `storedLog` and farm.ts. */
const FIRST_BUILDS = 6;
const FIRST_IMAGES = 3;
/** The newest evaluations still have pending builds. */
const UNSETTLED_EVALUATIONS = 4;

/** Fills an empty farm with `count` evaluations; the newest is of master and still runs, and one old build is restarted. */
export function fillHistory(farm: Farm, count: number, now: number): void {
  for (let index = 1; index <= count; index++) {
    const name = index === count ? "master" : ORDER[(index - 1) % ORDER.length];
    const specification = farm.specification(name ?? "");
    if (specification === undefined) continue;
    const start = now - 60 - (count - index) * EVALUATION_INTERVAL_SECONDS;
    const evaluation = farm.startEvaluation(specification, start);
    if (index === count) break;
    const builds = farm.endEvaluation(evaluation, endOf(index, count), start + 300, REBUILT[name ?? ""] ?? 1);
    const age = count - index;
    for (const build of builds) {
      if (age < UNSETTLED_EVALUATIONS) leaveUnsettled(farm, build, now);
      else settle(farm, build, start + 300);
    }
  }
  // A restarted build keeps its log and its products.
  const restarted = [...farm.builds.values()].find(
    ({ evaluation, products }) => evaluation > FIRST_IMAGES && products.length === 2,
  );
  if (restarted !== undefined) farm.restart(restarted);
}

function endOf(index: number, count: number): Exclude<Evaluation["status"], -1> {
  if (count - index < UNSETTLED_EVALUATIONS) return 0;
  if (index === 7) return 1;
  return index === 13 ? 2 : 0;
}

function settle(farm: Farm, build: Build, from: number): void {
  const { random } = farm;
  const start = from + random.between(5, 600);
  const stop = start + random.between(10, 500);
  const image = build.jobset === "images";
  const chance = random.next();
  const fate = build.id <= FIRST_BUILDS || build.evaluation === FIRST_IMAGES ? 1 : chance;
  if (fate < 0.03 && !image) {
    farm.cancel(build);
    return;
  }
  if (fate < 0.07 && !image) {
    farm.finish(build, 2, stop);
    return;
  }
  farm.submit(build);
  build.starttime = start;
  farm.finish(build, fate < 0.1 ? 3 : fate < 0.24 ? 1 : 0, stop);
  build.log = storedLog(build);
}

function leaveUnsettled(farm: Farm, build: Build, now: number): void {
  const fate = farm.random.next();
  if (fate < 0.35) return;
  if (fate < 0.5) {
    farm.submit(build);
    return;
  }
  if (fate < 0.65) {
    farm.start(build, now - farm.random.between(20, 200));
    farm.growLog(build, farm.random.between(20, 60));
    return;
  }
  settle(farm, build, now - 1_150);
}

/** Mostly gzip; every 40th is plain, and of every 50 one is expired. Builds 4 and 5 have the odd ones. */
function storedLog(build: Build): StoredLog | null {
  if (build.id === 4) return new StoredLog("bzip2", () => BZIP2_LOG);
  if (build.id === 5) return new StoredLog("gzip", () => ODD_BYTES);
  if (build.id % 50 === 2) return null;
  const succeeded = build.status === 0;
  return new StoredLog(build.id % 40 === 6 ? "plain" : "gzip", () =>
    Buffer.from(
      logBeginning(build.id) +
        logCompilation(build.id, 1, 40 + (build.id % 7) * 30) +
        logEnd(build.id, build.derivation, succeeded),
    ),
  );
}
