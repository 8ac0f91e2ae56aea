// How evaluations are polled: the newest ones in one short list, and by id what is followed or under way and not in
// it. A list with an evaluation that Cuirass can't show is spoiled (cuirass.md, section 5): then shorter ones are tried.

import type { CuirassClient } from "../client/client.js";
import { GoneScopes } from "./gone-scopes.js";
import { toEvaluationId } from "../protocol/ids.js";
import type { QueryText } from "../protocol/ids.js";
import { ONGOING_MAX } from "../../ci/live/polls.js";
import type { Change, Found, Polls, Wanted } from "../../ci/live/polls.js";
import type { WireEvaluation } from "../protocol/wire.js";
import { placed } from "../../net/rows.js";
import { EVALUATION_PLACE } from "../protocol/wire.js";

export interface EvaluationScope {
  /** Null for all of them. */
  readonly specification: QueryText | null;
}

/** Each costs the server several queries: 15 to 50 ms for three. */
const LIST_MIN = 3;
const LIST_MAX = 192;
/** Of the first list: those under way are among them. */
const LIST_FIRST = 20;
/** Of a list that is spoiled. */
const SPOILED_MAX = 8;
/** Evaluations that are remembered; those under way always are. */
const KNOWN_MAX = 500;
/** Reads by id in one poll, other than of what was asked for. */
const SINGLE_MAX = 20;

export class EvaluationPolls implements Polls<WireEvaluation, EvaluationScope> {
  /** As last seen, in the order in which they were first seen. */
  readonly #known = new Map<number, WireEvaluation>();
  /** Highest id that the lists until now have shown, by specification; null for the list of all. */
  readonly #newest = new Map<string | null, number>();

  readonly #goneScopes: GoneScopes;
  /** What this poll has shown in a state that none before has shown it in. */
  #sighted = new Set<number>();

  /** @param onSight told of evaluations whose state has not been seen before, changed ones among them, before anybody else. */
  constructor(
    private readonly client: CuirassClient,
    private readonly onSight: (ids: readonly number[]) => void = () => undefined,
  ) {
    this.#goneScopes = new GoneScopes(client);
  }

  async poll({ asked, all, ids, scopes }: Wanted<EvaluationScope>): Promise<Found<WireEvaluation, EvaluationScope>> {
    const changes: Change<WireEvaluation>[] = [];
    const shown = new Map<number, WireEvaluation | Error | null>();
    let scopesFault: Error | null = null;
    if (all && scopes.length > 0) {
      try {
        const list = listOf(scopes);
        const evaluations = await this.#readNewest(list);
        for (const evaluation of evaluations) {
          shown.set(evaluation.id, evaluation);
          this.#note(evaluation, evaluation.id > this.#floorOf(evaluation.specification), changes);
        }
        this.#newest.set(list, Math.max(this.#newest.get(list) ?? 0, evaluations.at(-1)?.id ?? 0));
      } catch (error) {
        scopesFault = toError(error);
      }
    }
    const underWay = [...this.#known.values()].filter(
      (one) => !this.hasEnded(one) && scopes.some((scope) => this.matches(scope, one)),
    );
    const unseen = new Set(all ? [...ids, ...underWay.map(({ id }) => id)] : []);
    const rest = [...unseen].filter((id) => !shown.has(id) && !asked.has(id));
    await this.#readSingly(
      [...asked].filter((id) => !shown.has(id)),
      changes,
      shown,
    );
    const areRead = await this.#readSingly(rest.slice(0, SINGLE_MAX), changes, shown);
    const hasLost = changes.some(({ value }) => value === null);
    const gone = all ? await this.#goneScopes.find(scopes, hasLost) : undefined;
    this.#limit();
    if (this.#sighted.size > 0) this.onSight([...this.#sighted]);
    this.#sighted = new Set();
    // Lists that were not wanted for a while lose nothing: what is newer than they have shown is news.
    return { changes, asked: shown, scopesFault, covered: null, gone, failed: scopesFault !== null || !areRead };
  }

  ongoing(scope: EvaluationScope): readonly WireEvaluation[] {
    return [...this.#known.values()]
      .filter((one) => !this.hasEnded(one) && this.matches(scope, one))
      .sort((a, b) => a.id - b.id)
      .slice(0, ONGOING_MAX);
  }

  idOf(evaluation: WireEvaluation): number {
    return evaluation.id;
  }

  matches({ specification }: EvaluationScope, evaluation: WireEvaluation): boolean {
    return specification === null || specification === evaluation.specification;
  }

  hasEnded(evaluation: WireEvaluation): boolean {
    return evaluation.status >= 0;
  }

  isOngoing(evaluation: WireEvaluation): boolean {
    return !this.hasEnded(evaluation);
  }

  stateOf({ status }: WireEvaluation): string {
    return String(status);
  }

  forget(): void {
    this.#known.clear();
    this.#newest.clear();
    this.#goneScopes.forget();
  }

  /** The newest evaluations, lowest id first: as many as have come since the last poll, and some more. */
  async #readNewest(list: QueryText | null): Promise<readonly WireEvaluation[]> {
    const floor = this.#floorOf(list);
    const isFirst = floor === Infinity;
    for (let count = isFirst ? LIST_FIRST : LIST_MIN; ; count *= 4) {
      const evaluations = await this.client.evaluations(count, list);
      if (evaluations === null) return this.#readSpoiled(list, isFirst ? -1 : floor);
      const isEnough = isFirst || evaluations.length < count || evaluations.some(({ id }) => id <= floor);
      if (isEnough || count >= LIST_MAX) return placed(evaluations, EVALUATION_PLACE).toReversed();
    }
  }

  /** Evaluations above an id, where the list is spoiled by older ones. One that has just come can always be shown. */
  async #readSpoiled(list: QueryText | null, floor: number): Promise<readonly WireEvaluation[]> {
    let newest: readonly WireEvaluation[] = [];
    while (newest.length < SPOILED_MAX && !newest.some(({ id }) => id <= floor)) {
      const longer = await this.client.evaluations(newest.length + 1, list);
      if (longer === null || longer.length === newest.length) break;
      newest = longer;
    }
    // Nothing can be shown, not even the newest one: or does the server fail altogether?
    if (newest.length === 0) await this.client.specifications();
    return placed(newest, EVALUATION_PLACE).toReversed();
  }

  /** @returns whether all of them could be read. */
  async #readSingly(
    ids: readonly number[],
    changes: Change<WireEvaluation>[],
    shown: Map<number, WireEvaluation | Error | null>,
  ): Promise<boolean> {
    const reads = ids.map(async (id) => {
      try {
        const evaluation = await this.client.shownEvaluation(toEvaluationId(id));
        // A fault of the server looks like an unknown evaluation, but for its page: what is followed is not given up for one.
        if (evaluation === null) await this.client.hasEvaluation(toEvaluationId(id));
        shown.set(id, evaluation);
        if (evaluation !== null) this.#note(evaluation, false, changes);
        else if (this.#known.delete(id)) {
          this.#sighted.add(id);
          changes.push({ id, value: null });
        }
        return true;
      } catch (error) {
        shown.set(id, toError(error));
        return false;
      }
    });
    return !(await Promise.all(reads)).includes(false);
  }

  /** @param tellFirst whether an evaluation of which nothing was known is a change. */
  #note(evaluation: WireEvaluation, tellFirst: boolean, changes: Change<WireEvaluation>[]): void {
    const { id } = evaluation;
    const known = this.#known.get(id);
    this.#known.set(id, evaluation);
    if (known !== undefined && this.stateOf(known) === this.stateOf(evaluation)) return;
    this.#sighted.add(id);
    if (known !== undefined || tellFirst) changes.push({ id, value: evaluation });
  }

  /** Up to where evaluations of a specification are no news; everything, before its first list. */
  #floorOf(specification: string | null): number {
    const floors = [this.#newest.get(specification), this.#newest.get(null)].filter((floor) => floor !== undefined);
    return floors.length === 0 ? Infinity : Math.max(...floors);
  }

  #limit(): void {
    for (const [id, evaluation] of this.#known) {
      if (this.#known.size <= KNOWN_MAX) return;
      if (this.hasEnded(evaluation)) this.#known.delete(id);
    }
  }
}

/** The one list that shows what all of the scopes are about. */
function listOf([first, ...others]: readonly EvaluationScope[]): QueryText | null {
  const specification = first?.specification ?? null;
  return others.every((other) => other.specification === specification) ? specification : null;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
