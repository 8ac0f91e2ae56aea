// Statuses of builds that no list shows, because more wait than one list can hold: from the job lists of evaluations that
// have unfinished builds. So a cancel or a restart is found wherever the build stands, within two polls.

import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "../client/client.js";
import { NEVER_ENDED, borderOf } from "../protocol/border.js";
import { toEvaluationId } from "../protocol/ids.js";
import type { WireBuild } from "../protocol/wire.js";
import { isSameScope } from "./build-scope.js";
import type { BuildScope } from "./build-scope.js";
import { placed } from "../../net/rows.js";
import { BUILD_PLACE } from "../protocol/wire.js";

/** Requests of one poll by which evaluations that have unfinished builds are found: one for each. */
const FOUND_AT_ONCE = 4;
/** Job lists of one poll: 0.2 s of the server's time each. With more evaluations than twice that, it takes more polls. */
const LISTS_MAX = 6;
/** Lists by which many builds that have changed are read. */
const CHANGED_LISTS_MAX = 5;

/** Stands for the status of one that was not there before. */
const UNSEEN = 99;

interface Open {
  readonly builds: readonly number[];
  /** Whether it has got its unfinished builds since the polls began. */
  readonly isNew: boolean;
}

export class JobStatuses {
  /** As last seen, of the evaluations below. */
  readonly #statuses = new Map<number, number>();
  /** Evaluations that have unfinished builds, in the order in which their lists are read. */
  readonly #open = new Map<number, Open>();
  /** Where the search for such evaluations is: below this one; null at its beginning. */
  #below: number | null = null;
  /** Whether the search has come to its end: whatever has unfinished builds afterwards has got them since. */
  #hasFoundAll = false;
  #scope: BuildScope | null = null;

  constructor(private readonly client: CuirassClient) {}

  /** A build was seen elsewhere. */
  note({ id, buildstatus }: WireBuild): void {
    if (this.#statuses.has(id)) this.#statuses.set(id, buildstatus);
  }

  /**
   * Ids of builds that are not as they were when they were seen last, by evaluation.
   * @param named evaluations to poll in place of those that have unfinished builds in the scope.
   */
  async poll(scope: BuildScope, named: ReadonlySet<number> | null): Promise<ReadonlyMap<number, readonly number[]>> {
    if (this.#scope !== null && !isSameScope(this.#scope, scope)) this.forget();
    this.#scope = scope;
    if (named === null) await this.#find(scope);
    else for (const id of named) this.#add(id);
    const due = [...this.#open.keys()].slice(0, Math.min(LISTS_MAX, Math.ceil(this.#open.size / 2)));
    const changed = new Map<number, readonly number[]>();
    for (const id of due) {
      const ids = await this.#read(id, scope);
      if (ids.length > 0) changed.set(id, ids);
    }
    return changed;
  }

  /** Many builds of an evaluation that have changed: those canceled, and those begun anew. */
  async *readMany(evaluation: number, ids: ReadonlySet<number>): AsyncGenerator<WireBuild, void, undefined> {
    const query = { evaluation: toEvaluationId(evaluation), byId: true } as const;
    const lists = [
      (below: typeof NEVER_ENDED) => this.client.latestBuilds({ ...query, below }, BUILDS_MAX),
      (below: typeof NEVER_ENDED) => this.client.queue({ ...query, below }, BUILDS_MAX),
    ];
    for (const read of lists) {
      let below = NEVER_ENDED;
      for (let asked = 0; asked < CHANGED_LISTS_MAX; asked += 1) {
        const builds = await read(below);
        for (const build of placed(builds, BUILD_PLACE)) if (ids.has(build.id)) yield build;
        const last = builds.at(-1);
        if (last === undefined || builds.length < BUILDS_MAX) break;
        below = borderOf(last);
      }
    }
  }

  forget(): void {
    this.#statuses.clear();
    this.#open.clear();
    this.#below = null;
    this.#hasFoundAll = false;
    this.#scope = null;
  }

  #add(evaluation: number): void {
    if (!this.#open.has(evaluation)) this.#open.set(evaluation, { builds: [], isNew: this.#hasFoundAll });
  }

  /** The next evaluations that have unfinished builds, the newest first. */
  async #find({ specification, job, system, evaluation }: BuildScope): Promise<void> {
    for (let asked = 0; asked < FOUND_AT_ONCE; asked += 1) {
      const query = { specification, job, system, evaluation, olderThan: this.#below ?? undefined, byId: true };
      const [build] = await this.client.queue(query, 1);
      if (build === undefined) {
        this.#below = null;
        this.#hasFoundAll = true;
        return;
      }
      this.#add(build.evaluation);
      this.#below = build.evaluation;
    }
  }

  async #read(evaluation: number, { system }: BuildScope): Promise<readonly number[]> {
    const { builds: before, isNew } = this.#open.get(evaluation) ?? { builds: [], isNew: false };
    const jobs = placed(await this.client.jobs(toEvaluationId(evaluation), { system }), ["status"]);
    const changed = jobs.filter(({ build, status }) => {
      const known = this.#statuses.get(build);
      return known === undefined ? isNew && status < 0 : known !== status;
    });
    this.#open.delete(evaluation);
    // What has changed keeps its old status here until it is read, and its evaluation stays as long.
    if (changed.length > 0 || jobs.some(({ status }) => status < 0)) {
      for (const { build, status } of jobs) {
        if (!this.#statuses.has(build)) this.#statuses.set(build, isNew && status < 0 ? UNSEEN : status);
      }
      this.#open.set(evaluation, { builds: jobs.map(({ build }) => build), isNew: false });
    } else for (const id of before) this.#statuses.delete(id);
    return changed.map(({ build }) => build);
  }
}
