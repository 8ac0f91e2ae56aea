// How far the builds of evaluations are: what is followed by id is read, the evaluation and its whole job list, each poll.
// There are no scopes.

import type { Change, Found, Polls, Wanted } from "../../ci/live/polls.js";
import type { CuirassClient } from "../client/client.js";
import { toEvaluationId } from "../protocol/ids.js";
import type { WireEvaluation, WireJob } from "../protocol/wire.js";

export interface CountedEvaluation {
  readonly evaluation: WireEvaluation;
  readonly jobs: readonly WireJob[];
}

type NoScope = object;

export class CountPolls implements Polls<CountedEvaluation, NoScope> {
  readonly #known = new Map<number, string>();

  constructor(private readonly client: CuirassClient) {}

  async poll({ asked, all, ids }: Wanted<NoScope>): Promise<Found<CountedEvaluation, NoScope>> {
    const changes: Change<CountedEvaluation>[] = [];
    const shown = new Map<number, CountedEvaluation | Error | null>();
    let failed = false;
    for (const id of new Set([...asked, ...(all ? ids : [])])) {
      try {
        const value = await this.#read(id);
        shown.set(id, value);
        const known = this.#known.get(id);
        const state = value === null ? null : this.stateOf(value);
        if (known !== undefined && known !== state) changes.push({ id, value });
        if (state === null) this.#known.delete(id);
        else this.#known.set(id, state);
      } catch (error) {
        shown.set(id, error instanceof Error ? error : new Error(String(error)));
        failed ||= !asked.has(id);
      }
    }
    for (const id of this.#known.keys()) if (!ids.has(id) && !asked.has(id)) this.#known.delete(id);
    return { changes, asked: shown, scopesFault: null, covered: null, failed };
  }

  async #read(id: number): Promise<CountedEvaluation | null> {
    const evaluation = await this.client.shownEvaluation(toEvaluationId(id));
    if (evaluation !== null) {
      return { evaluation, jobs: evaluation.status === 0 ? await this.client.jobs(toEvaluationId(id)) : [] };
    }
    // Throws where the server fails altogether.
    await this.client.hasEvaluation(toEvaluationId(id));
    return null;
  }

  ongoing(): readonly CountedEvaluation[] {
    return [];
  }

  idOf({ evaluation }: CountedEvaluation): number {
    return evaluation.id;
  }

  matches(): boolean {
    return false;
  }

  hasEnded({ evaluation, jobs }: CountedEvaluation): boolean {
    return evaluation.status >= 0 && jobs.every(({ status }) => status >= 0);
  }

  isOngoing(value: CountedEvaluation): boolean {
    return !this.hasEnded(value);
  }

  stateOf({ evaluation, jobs }: CountedEvaluation): string {
    const counts = new Map<number, number>();
    for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
    return JSON.stringify([evaluation.status, ...[...counts].sort(([one], [other]) => one - other)]);
  }

  forget(): void {
    this.#known.clear();
  }
}
