// The builds that have finished since the last poll: Cuirass' undocumented border parameters as a cursor (cuirass.md,
// section 6). Builds are committed late, so each read overlaps the one before, and what it showed is remembered.

import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "../client/client.js";
import { borderOf } from "../protocol/border.js";
import type { Border } from "../protocol/border.js";
import { includesScope, matchesScope } from "./build-scope.js";
import type { BuildScope } from "./build-scope.js";
import type { WireBuild } from "../protocol/wire.js";
import { placed } from "../../net/rows.js";
import { BUILD_PLACE } from "../protocol/wire.js";

/** How much later than its `stoptime` says a finished build may come to light. */
const OVERLAP_SECONDS = 60;
/** Where the first read begins when the server's queue does not tell its time. */
const FIRST_SECONDS = 3_600;
/** Requests of one read; what is left comes with the next one. */
const REQUESTS_MAX = 16;

export interface Finished {
  readonly build: WireBuild;
  /** Whether it ended after the first read of its scope. */
  readonly isNews: boolean;
}

interface Mark {
  readonly stoptime: number;
  readonly status: number;
}

export class FinishedBuilds {
  /** Highest `stoptime` that a whole read has come to, in Unix seconds. */
  #reached: number | null = null;
  /** Where the first read began, in Unix seconds: nothing that ended before is news. */
  begun: number | null = null;
  /** What the reads until now were of. */
  #scope: BuildScope | null = null;
  readonly #marks = new Map<number, Mark>();

  constructor(private readonly client: CuirassClient) {}

  /**
   * Finished builds of a scope that the reads before have not shown, in the order of their end. The first read of a
   * scope only finds out what there is.
   * @param serverTime a time, in Unix seconds, that the server's clock has certainly reached; null when unknown.
   */
  async *read(scope: BuildScope, serverTime: number | null): AsyncGenerator<Finished, void, undefined> {
    const before = this.#scope;
    // What has ended in the narrower scope until now has to be told before the wider one begins at present.
    if (before !== null && !includesScope(before, scope)) yield* this.#readOn(before, before);
    if (before === null || !includesScope(before, scope)) {
      this.#reached = Math.max(serverTime ?? 0, this.#reached ?? Math.floor(Date.now() / 1_000) - FIRST_SECONDS);
      this.begun ??= this.#reached;
    }
    if (yield* this.#readOn(scope, before)) this.#scope = scope;
  }

  /** When a build that is unfinished now had ended, in Unix seconds; null when it had not, as far as is remembered. */
  endOf(id: number): number | null {
    return this.#marks.get(id)?.stoptime ?? null;
  }

  /** Remembers a build that has ended. False when it was remembered already. */
  mark({ id, stoptime, buildstatus: status }: WireBuild): boolean {
    const mark = this.#marks.get(id);
    if (mark !== undefined && mark.stoptime === stoptime && mark.status === status) return false;
    this.#marks.set(id, { stoptime, status });
    return true;
  }

  /** The build is unfinished again. */
  reopen(id: number): void {
    this.#marks.delete(id);
  }

  forget(): void {
    this.#reached = null;
    this.begun = null;
    this.#scope = null;
    this.#marks.clear();
  }

  /** @returns whether it has come to the present. */
  async *#readOn(scope: BuildScope, told: BuildScope | null): AsyncGenerator<Finished, boolean, undefined> {
    let above: Border = { time: Math.max(0, (this.#reached ?? 0) - OVERLAP_SECONDS), id: 0 };
    // Ends of the stretches of time that are left to read, the nearest last; undefined is the present.
    const ends: (Border | undefined)[] = [undefined];
    for (let asked = 0; asked < REQUESTS_MAX && ends.length > 0; asked += 1) {
      const below = ends.at(-1);
      const builds = [...(await this.client.latestBuilds({ ...scope, above, below }, BUILDS_MAX))].sort(byEnd);
      const middle = builds[BUILDS_MAX / 2];
      if (builds.length >= BUILDS_MAX && middle !== undefined) {
        // What was left out is arbitrary: a shorter stretch of time leaves nothing out.
        ends.push(borderOf(middle));
        continue;
      }
      ends.pop();
      for (const build of placed(builds, BUILD_PLACE)) {
        if (this.mark(build)) yield { build, isNews: told !== null && matchesScope(told, build) };
        this.#reached = Math.max(this.#reached ?? 0, build.stoptime);
      }
      if (below !== undefined) above = { time: below.time, id: below.id - 1 };
    }
    for (const [id, { stoptime }] of this.#marks) {
      if (stoptime < (this.#reached ?? 0) - OVERLAP_SECONDS) this.#marks.delete(id);
    }
    return ends.length === 0;
  }
}

function byEnd(a: WireBuild, b: WireBuild): number {
  return a.stoptime - b.stoptime || a.id - b.id;
}
