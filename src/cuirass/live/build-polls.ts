// How builds are polled. A few that are followed by id are read one by one; scopes, and many ids, by two requests: the
// queue, and what has finished since. What left the queue without finishing (canceled) is asked for. cuirass.md, section 6.

import { commonScope, includesScope, isSameScope, matchesScope, scopeAround } from "./build-scope.js";
import type { BuildScope } from "./build-scope.js";
import { BUILDS_MAX } from "../protocol/build-query.js";
import type { CuirassClient } from "../client/client.js";
import { EndPlace } from "./end-place.js";
import { FinishedBuilds } from "./finished-builds.js";
import { GoneScopes } from "./gone-scopes.js";
import { toBuildId, toEvaluationId } from "../protocol/ids.js";
import { ONGOING_MAX, REST_MS } from "../../ci/live/polls.js";
import type { Change, Found, Polls, Wanted } from "../../ci/live/polls.js";
import { JobStatuses } from "./job-statuses.js";
import { keyOf } from "../protocol/queue-order.js";
import { furtherOf, isInSight, wouldHaveBeenSeen } from "./queue-sight.js";
import type { Sight } from "./queue-sight.js";
import type { WireBuild } from "../protocol/wire.js";
import { placed } from "../../net/rows.js";
import { BUILD_PLACE } from "../protocol/wire.js";

/** Builds followed by id that are read one by one; for more, the queue is cheaper. */
const SINGLE_MAX = 20;
/** Reads by id, in one poll, of builds that left the queue without finishing. */
const VANISHED_MAX = 100;
/** From so many of one evaluation on, its list is read instead. */
const VANISHED_TOGETHER = 20;
const FAILED_DEPENDENCY = 2;
/** Shortest head of the queue: 0.1 s of the server's time. */
const QUEUE_MIN = 200;
/** How often a longer queue is read as far as Cuirass shows it: 1000 builds, 2 s of the server's time. */
const DEEP_MS = 30_000;
/** Unfinished builds that are remembered. */
const KNOWN_MAX = 5_000;

export class BuildPolls implements Polls<WireBuild, BuildScope> {
  /** Unfinished builds as last seen. */
  readonly #known = new Map<number, WireBuild>();
  readonly #finished: FinishedBuilds;
  readonly #goneScopes: GoneScopes;
  readonly #jobs: JobStatuses;
  #place = new EndPlace();
  #sight: Sight | null = null;
  #deepAt = -Infinity;
  #isLong = false;
  /** When the lists were last read. */
  #listedAt = -Infinity;
  /** The scope of the lists of the polls until now. */
  #listed: BuildScope | null = null;
  /** Which poll has last shown a build that is followed by id. */
  readonly #shownAt = new Map<number, number>();
  #polls = 0;
  /** What this poll has shown in a state that none before has shown it in. */
  #sighted = new Set<number>();

  /** @param onSight told of builds whose state has not been seen before, changed ones among them, before anybody else. */
  constructor(
    private readonly client: CuirassClient,
    private readonly onSight: (ids: readonly number[]) => void = () => undefined,
  ) {
    this.#finished = new FinishedBuilds(client);
    this.#goneScopes = new GoneScopes(client);
    this.#jobs = new JobStatuses(client);
  }

  async poll({ asked, all, ids, scopes }: Wanted<BuildScope>): Promise<Found<WireBuild, BuildScope>> {
    this.#polls += 1;
    const changes: Change<WireBuild>[] = [];
    const shown = new Map<number, WireBuild | Error | null>();
    let scopesFault: Error | null = null;
    let covered: Found<WireBuild, BuildScope>["covered"] = null;
    if (all && (scopes.length > 0 || ids.size > SINGLE_MAX)) {
      const scope = this.#scopeOf(scopes, ids);
      try {
        await this.#readLists(scope, ids, changes, shown);
        if (this.#isLong) await this.#readHidden(scope, scopes.length === 0 ? ids : null, changes, shown);
        this.#listedAt = performance.now();
        if (this.#listed === null || !isSameScope(this.#listed, scope)) covered = (one) => includesScope(scope, one);
        this.#listed = scope;
      } catch (error) {
        scopesFault = toError(error);
      }
    } else if (all && this.#listed !== null && performance.now() - this.#listedAt > REST_MS) {
      this.#forgetLists(ids);
      covered = () => false;
    }
    const unseen = [...ids]
      .filter((id) => all && !shown.has(id) && !asked.has(id))
      .sort((a, b) => (this.#shownAt.get(a) ?? 0) - (this.#shownAt.get(b) ?? 0));
    const rest = [...asked].filter((id) => !shown.has(id));
    await this.#readSingly([...rest, ...unseen.slice(0, SINGLE_MAX)], changes, shown);

    for (const id of ids) if (shown.has(id)) this.#shownAt.set(id, this.#polls);
    for (const id of this.#shownAt.keys()) if (!ids.has(id)) this.#shownAt.delete(id);
    const failed = scopesFault !== null || [...shown].some(([id, value]) => value instanceof Error && !asked.has(id));
    const hasLost = changes.some(({ value }) => value === null);
    const gone = all ? await this.#goneScopes.find(scopes, hasLost) : undefined;
    if (this.#sighted.size > 0) this.onSight([...this.#sighted]);
    this.#sighted = new Set();
    this.#place.begin(this.#finished.begun ?? 0);
    return { changes, asked: shown, scopesFault, covered, gone, failed, place: this.#place.text };
  }

  ongoing(scope: BuildScope): readonly WireBuild[] {
    return [...this.#known.values()]
      .filter((build) => this.isOngoing(build) && matchesScope(scope, build))
      .sort((a, b) => a.starttime - b.starttime || a.id - b.id)
      .slice(0, ONGOING_MAX);
  }

  idOf(build: WireBuild): number {
    return build.id;
  }

  matches(scope: BuildScope, build: WireBuild): boolean {
    return matchesScope(scope, build);
  }

  hasEnded(build: WireBuild): boolean {
    return build.buildstatus >= 0;
  }

  /** A dependency that is mended has it scheduled again. */
  mayGoOn({ buildstatus }: WireBuild): boolean {
    return buildstatus === FAILED_DEPENDENCY;
  }

  isOngoing({ buildstatus }: WireBuild): boolean {
    return buildstatus === -1;
  }

  stateOf({ buildstatus, starttime, stoptime }: WireBuild): string {
    const time = buildstatus >= 0 ? stoptime : buildstatus === -1 ? starttime : 0;
    return `${buildstatus} ${time}`;
  }

  forget(): void {
    this.#forgetLists(new Set());
    this.#shownAt.clear();
    this.#goneScopes.forget();
  }

  #forgetLists(ids: ReadonlySet<number>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    this.#finished.forget();
    this.#jobs.forget();
    this.#place = new EndPlace();
    this.#sight = null;
    this.#listed = null;
    this.#deepAt = -Infinity;
    this.#isLong = false;
  }

  /** What the lists are asked for: as little as holds everything that is followed. */
  #scopeOf(scopes: readonly BuildScope[], ids: ReadonlySet<number>): BuildScope {
    if (ids.size <= SINGLE_MAX && scopes.length > 0) return commonScope(scopes);
    const named = [...ids].flatMap((id) => this.#known.get(id) ?? []);
    return commonScope([...scopes, ...named.map(scopeAround)]);
  }

  async #readLists(
    scope: BuildScope,
    ids: ReadonlySet<number>,
    changes: Change<WireBuild>[],
    shown: Map<number, WireBuild | Error | null>,
  ): Promise<void> {
    // The queue before the finished ones: what ends between the two is in both, and not in neither.
    const { builds, isWhole, isDeep } = await this.#readQueue(scope);
    const before = this.#sight;
    for (const build of placed(builds, BUILD_PLACE)) {
      shown.set(build.id, build);
      this.#note(build, before !== null && wouldHaveBeenSeen(before, build), changes);
    }
    const last = builds.at(-1);
    const horizon = isWhole || last === undefined ? null : keyOf(last);
    this.#sight = isWhole || isDeep ? { scope, horizon } : furtherOf(before, { scope, horizon });

    const vanished = [...this.#known.values()].filter(
      (build) => !shown.has(build.id) && matchesScope(scope, build) && isInSight(horizon, build),
    );
    const clock = Math.max(0, ...builds.map(({ starttime, timestamp }) => Math.max(starttime, timestamp)));
    for await (const { build, isNews } of this.#finished.read(scope, clock === 0 ? null : clock)) {
      shown.set(build.id, build);
      this.#sighted.add(build.id);
      this.#note(build, isNews, changes);
    }
    await this.#findVanished(vanished, changes, shown);
    for (const [id, build] of this.#known) {
      const isTooMuch = this.#known.size > KNOWN_MAX && !shown.has(id);
      if (!ids.has(id) && (isTooMuch || !matchesScope(scope, build))) this.#known.delete(id);
    }
  }

  /** Builds that no list has shown, because the queue is too long. @param named the only ones that are followed. */
  async #readHidden(
    scope: BuildScope,
    named: ReadonlySet<number> | null,
    changes: Change<WireBuild>[],
    shown: Map<number, WireBuild | Error | null>,
  ): Promise<void> {
    const evaluations =
      named === null ? null : new Set([...named].flatMap((id) => this.#known.get(id)?.evaluation ?? []));
    for (const [evaluation, changed] of await this.#jobs.poll(scope, evaluations)) {
      const wanted = new Set(changed.filter((id) => named?.has(id) !== false));
      if (wanted.size >= VANISHED_TOGETHER) {
        for await (const build of this.#jobs.readMany(evaluation, wanted)) {
          shown.set(build.id, build);
          this.#note(build, matchesScope(scope, build), changes);
          wanted.delete(build.id);
        }
      }
      await this.#readSingly([...wanted].slice(0, VANISHED_MAX), changes, shown, scope);
    }
  }

  /** The queue's head, with all that run; every now and then as much of it as Cuirass shows. */
  async #readQueue(scope: BuildScope): Promise<{ builds: readonly WireBuild[]; isWhole: boolean; isDeep: boolean }> {
    const running = [...this.#known.values()].filter(({ buildstatus }) => buildstatus === -1).length;
    const isDeepDue = performance.now() - this.#deepAt >= DEEP_MS;
    let count = this.#isLong && isDeepDue ? BUILDS_MAX : Math.min(BUILDS_MAX, Math.max(QUEUE_MIN, 2 * running));
    let builds = await this.client.queue(scope, count);
    if (builds.length >= count && count < BUILDS_MAX && (isDeepDue || builds.at(-1)?.buildstatus === -1)) {
      count = BUILDS_MAX;
      builds = await this.client.queue(scope, count);
    }
    if (builds.length < QUEUE_MIN) this.#jobs.forget();
    const isDeep = count === BUILDS_MAX;
    if (isDeep) this.#deepAt = performance.now();
    this.#isLong = builds.length >= count;
    return { builds, isWhole: !this.#isLong, isDeep };
  }

  /** Where builds are that left the queue. */
  async #findVanished(
    vanished: readonly WireBuild[],
    changes: Change<WireBuild>[],
    shown: Map<number, WireBuild | Error | null>,
  ): Promise<void> {
    const missing = vanished.filter(({ id }) => !shown.has(id));
    for (const evaluation of new Set(missing.map((build) => build.evaluation))) {
      const wanted = new Set(missing.filter((build) => build.evaluation === evaluation).map(({ id }) => id));
      if (wanted.size < VANISHED_TOGETHER) continue;
      const builds = await this.client.latestBuilds({ evaluation: toEvaluationId(evaluation) }, BUILDS_MAX);
      for (const build of placed(builds, BUILD_PLACE)) {
        if (!wanted.has(build.id)) continue;
        shown.set(build.id, build);
        this.#note(build, false, changes);
      }
    }
    const left = missing.map(({ id }) => id).filter((id) => !shown.has(id));
    await this.#readSingly(left.slice(0, VANISHED_MAX), changes, shown);
  }

  /** @param told in which scope builds of which nothing was known are changes. */
  async #readSingly(
    ids: readonly number[],
    changes: Change<WireBuild>[],
    shown: Map<number, WireBuild | Error | null>,
    told: BuildScope | null = null,
  ): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        try {
          const build = await this.client.build(toBuildId(id));
          shown.set(id, build);
          if (build !== null) this.#note(build, told !== null && matchesScope(told, build), changes);
          else if (this.#known.delete(id)) {
            this.#sighted.add(id);
            changes.push({ id, value: null });
          }
        } catch (error) {
          shown.set(id, toError(error));
        }
      }),
    );
  }

  /** @param tellFirst whether a build of which nothing was known is a change. */
  #note(build: WireBuild, tellFirst: boolean, changes: Change<WireBuild>[]): void {
    const { id } = build;
    this.#jobs.note(build);
    const known = this.#known.get(id);
    const hasEnded = this.hasEnded(build);
    const end = hasEnded ? null : this.#finished.endOf(id);
    // A proxy's old answer: what was begun anew has been started after its end.
    if (end !== null && build.starttime !== 0 && build.starttime < end) return;
    const hasChanged = known !== undefined && this.stateOf(known) !== this.stateOf(build);
    let isFirstSight = known === undefined;
    if (hasEnded) {
      this.#known.delete(id);
      isFirstSight = this.#finished.mark(build);
    } else {
      this.#known.set(id, build);
      this.#finished.reopen(id);
    }
    const isChange = known === undefined ? tellFirst || end !== null : hasChanged;
    if (isChange || isFirstSight) this.#sighted.add(id);
    if (isChange && hasEnded) this.#place.note(build);
    if (isChange) changes.push({ id, value: build, place: this.#place.text });
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
