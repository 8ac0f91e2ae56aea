// What the sandboxes' own state was at each moment, against which a gateway's answers are held.

import type { CuirassSandbox } from "../../src/sandbox/cuirass/index.js";
import type { JobView, LavaSandbox } from "../../src/sandbox/lava/index.js";

interface Moment {
  /** On the clock of `performance.now`; it holds until the next one's. */
  readonly since: number;
  readonly value: string;
}

/** Values of many things over time. */
export class History {
  readonly #moments = new Map<string, Moment[]>();

  record(thing: string, value: string): void {
    const moments = this.#moments.get(thing);
    if (moments === undefined) this.#moments.set(thing, [{ since: performance.now(), value }]);
    else if (moments.at(-1)?.value !== value) moments.push({ since: performance.now(), value });
  }

  /** What it has been between two moments; all values ever had with `from` null. Empty for what was not there yet. */
  between(thing: string, from: number | null, to: number): readonly string[] {
    const moments = this.#moments.get(thing) ?? [];
    return moments
      .filter(({ since }, at) => since <= to && (from === null || (moments[at + 1]?.since ?? Infinity) >= from))
      .map(({ value }) => value);
  }

  now(thing: string): string | undefined {
    return this.#moments.get(thing)?.at(-1)?.value;
  }
}

/** Records test jobs' states: each that a request could be answered with, and each that lasts. */
export class JobTruth {
  readonly states = new History();
  readonly #open = new Set<number>();
  #last = 0;

  constructor(private readonly lava: LavaSandbox) {}

  /** To be called often, and before each request is answered. */
  sample(): void {
    for (let view = this.lava.job(this.#last + 1); view !== undefined; view = this.lava.job(this.#last + 1)) {
      this.#last += 1;
      this.#open.add(this.#last);
    }
    for (const id of this.#open) {
      const view = this.lava.job(id);
      if (view !== undefined) this.states.record(String(id), stateOf(view));
      if (view === undefined || view.state === "Finished") this.#open.delete(id);
    }
  }

  get lastId(): number {
    return this.#last;
  }
}

/** As the graph says it: `RUNNING UNKNOWN`. */
function stateOf({ state, health }: JobView): string {
  return `${state} ${health}`.toUpperCase();
}

const STEPS = ["submitted", "started", "succeeded"] as const;

/** New builds of a Cuirass, moved on one by one; records their statuses. */
export class BuildTruth {
  readonly statuses = new History();
  #builds: readonly number[] = [];
  #moves = 0;

  constructor(private readonly cuirass: CuirassSandbox) {}

  get ids(): readonly number[] {
    return this.#builds;
  }

  /** Begins an evaluation and takes some of its builds. */
  begin(count: number): void {
    const ids = this.cuirass.endEvaluation(this.cuirass.startEvaluation("guix"), "succeeded");
    this.#builds = ids.slice(0, count);
    for (const id of this.#builds) this.statuses.record(String(id), "SCHEDULED");
  }

  /** Moves one on; one that has ended begins anew. */
  move(): void {
    const id = this.#builds[this.#moves % this.#builds.length];
    this.#moves += 1;
    if (id === undefined) return;
    const status = this.statuses.now(String(id));
    const step = STEPS[["SCHEDULED", "SUBMITTED", "STARTED"].indexOf(status ?? "")] ?? "restarted";
    this.cuirass.advance(id, step);
    this.statuses.record(String(id), step === "restarted" ? "SCHEDULED" : step.toUpperCase());
  }
}
