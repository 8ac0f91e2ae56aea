// Keeps the sandbox's farm alive: every 1 to 3 seconds builds move on and logs grow, every 30 to 60 seconds an
// evaluation appears, and the oldest ones go.

import type { Build, Evaluation, Farm } from "./farm.js";

const STEP_MS = { low: 1_000, high: 3_000 };
const EVALUATION_MS = { low: 30_000, high: 60_000 };
const EVALUATING_SECONDS = 8;
const BUILDING_SECONDS = 12;
const RUNNING_MAX = 6;
/** Half an hour of them: the lab holds the test jobs of an image for longer. */
const EVALUATIONS_KEPT = 40;
/** Few enough that the builds of one evaluation end before many more have come. */
const REBUILT_LIVE: Readonly<Record<string, number>> = { guix: 1, images: 1, master: 0.07, "core-packages-team": 0.2 };
const SPECIFICATION_ORDER = ["images", "master", "guix", "images", "core-packages-team", "master"];

/** Runs until stopped. */
export class Life {
  readonly #timers = new Set<NodeJS.Timeout>();
  #turn = 0;

  constructor(
    private readonly farm: Farm,
    private readonly now: () => number,
  ) {
    this.#repeat(STEP_MS, () => this.step());
    this.#repeat(EVALUATION_MS, () => this.startEvaluation());
  }

  /** Stops all changes; harmless the second time. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  startEvaluation(): void {
    const name = SPECIFICATION_ORDER[this.#turn++ % SPECIFICATION_ORDER.length];
    const specification = this.farm.specification(name ?? "");
    if (specification !== undefined) this.farm.startEvaluation(specification, this.now());
    this.farm.prune(EVALUATIONS_KEPT);
  }

  /** One step of time: logs grow, evaluations end, and of each stage one build moves on. */
  step(): void {
    const { farm } = this;
    const now = this.now();
    for (const evaluation of farm.evaluations.values()) this.#endWhenDue(evaluation, now);
    const builds = [...farm.builds.values()];
    const running = builds.filter(({ status }) => status === -1);
    for (const build of running) farm.growLog(build, farm.random.between(2, 14));

    const ripe = running.find(({ starttime }) => now - starttime >= BUILDING_SECONDS);
    const submitted = builds.find(({ status }) => status === -3);
    const scheduled = this.#mostUrgent(builds);
    if (ripe !== undefined && farm.random.chance(0.7)) this.#finish(ripe, now);
    if (submitted !== undefined && running.length < RUNNING_MAX) farm.start(submitted, now);
    if (scheduled !== undefined && farm.random.chance(0.02)) farm.finish(scheduled, 2, now);
    else if (scheduled !== undefined && (submitted === undefined || farm.random.chance(0.5))) farm.submit(scheduled);
  }

  #endWhenDue(evaluation: Evaluation, now: number): void {
    if (evaluation.status !== -1 || now - evaluation.timestamp < EVALUATING_SECONDS) return;
    const failed = this.farm.random.chance(0.04);
    this.farm.endEvaluation(evaluation, failed ? 1 : 0, now, REBUILT_LIVE[evaluation.specification] ?? 1);
  }

  #finish(build: Build, now: number): void {
    const { random } = this.farm;
    const failed = random.chance(build.jobset === "images" ? 0.1 : 0.2);
    this.farm.finish(build, failed ? (random.chance(0.2) ? 3 : 1) : 0, now);
  }

  #mostUrgent(builds: readonly Build[]): Build | undefined {
    let best: Build | undefined;
    for (const build of builds) {
      if (build.status === -2 && (best === undefined || build.priority < best.priority)) best = build;
    }
    return best;
  }

  #repeat(range: { readonly low: number; readonly high: number }, action: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        action();
        this.#repeat(range, action);
      },
      this.farm.random.between(range.low, range.high),
    );
    this.#timers.add(timer);
  }
}
