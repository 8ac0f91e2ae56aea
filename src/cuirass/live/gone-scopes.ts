// Whether what a scope is about is still there. Newer versions of Cuirass make a specification for each pull request, and
// delete it with its evaluations and builds: of what is not there any more, no list says a word.

import { Gone } from "../../errors.js";
import type { CuirassClient } from "../client/client.js";
import type { CuirassEvaluationId, QueryText } from "../protocol/ids.js";

/** A check costs a cheap request, or two. */
const POLLS_BETWEEN = 12;

/** What the scopes of builds and of evaluations may name. */
export interface NamedScope {
  readonly specification?: QueryText | null | undefined;
  readonly evaluation?: CuirassEvaluationId | undefined;
}

export class GoneScopes {
  /** What has been looked for, and whether it has been there: what has not may be yet to come. */
  readonly #seen = new Map<QueryText | CuirassEvaluationId, boolean>();
  #polls = 0;

  constructor(private readonly client: CuirassClient) {}

  /**
   * To be called with each poll of all scopes. Never throws: whatever can't be asked now is asked again.
   * @param isSuspected whether something has just gone.
   */
  async find<S extends NamedScope>(scopes: readonly S[], isSuspected: boolean): Promise<ReadonlyMap<S, Error>> {
    const named = scopes.filter(({ specification, evaluation }) => specification != null || evaluation !== undefined);
    this.#polls += 1;
    const isNew = (name: QueryText | CuirassEvaluationId | null | undefined) => name != null && !this.#seen.has(name);
    const isDue =
      isSuspected ||
      this.#polls % POLLS_BETWEEN === 0 ||
      named.some(({ specification, evaluation }) => isNew(specification) || isNew(evaluation));
    if (named.length === 0 || !isDue) return new Map();
    try {
      const gone = await this.#goneNames(named);
      return new Map(named.flatMap((scope) => this.#errorOf(scope, gone) ?? []));
    } catch {
      return new Map();
    }
  }

  forget(): void {
    this.#seen.clear();
    this.#polls = 0;
  }

  async #goneNames(named: readonly NamedScope[]): Promise<ReadonlySet<QueryText | CuirassEvaluationId>> {
    const gone = new Set<QueryText | CuirassEvaluationId>();
    const names = new Set(named.flatMap(({ specification, evaluation }) => [specification, evaluation]));
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    const specifications = new Set(named.flatMap(({ specification }) => specification ?? []));
    const active = specifications.size === 0 ? [] : (await this.client.specifications()).map(({ name }) => name);
    for (const name of specifications) {
      const wasThere = this.#seen.get(name) === true;
      this.#seen.set(name, wasThere || active.includes(name));
      // An inactive one keeps its evaluations.
      const isOut = wasThere && !active.includes(name);
      if (isOut && (await this.client.evaluations(1, name))?.length === 0) gone.add(name);
    }
    for (const id of new Set(named.flatMap(({ evaluation }) => evaluation ?? []))) {
      const exists = (await this.client.shownEvaluation(id)) !== null || (await this.client.hasEvaluation(id));
      if (!exists && this.#seen.get(id) === true) gone.add(id);
      this.#seen.set(id, exists || this.#seen.get(id) === true);
    }
    return gone;
  }

  #errorOf<S extends NamedScope>(scope: S, gone: ReadonlySet<unknown>): [[S, Error]] | undefined {
    const { specification, evaluation } = scope;
    const { server } = this.client;
    if (gone.has(specification)) return [[scope, new Gone(server, "specification", [specification ?? ""])]];
    return gone.has(evaluation) ? [[scope, new Gone(server, "evaluation", [evaluation ?? 0])]] : undefined;
  }
}
