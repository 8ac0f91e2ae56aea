// Whole answers of queries, given again as long as everything that they rest on still holds; and one execution for all
// who ask the same at the same time.

import { LIFE_BYTES } from "../../cache/memory.js";
import type { Entry, Life, Memory } from "../../cache/memory.js";
import type { OperationScope } from "../../cache/operation-scope.js";
import { SharedSignal } from "../../cache/shared-signal.js";
import { AnswerForms, alone } from "./answer.js";
import type { Answer } from "./answer.js";

/** What is kept of an answer. */
interface Kept {
  readonly answer: Answer;
  readonly foundation: readonly Life[];
}

/** An execution under way. */
interface Running {
  readonly shared: SharedSignal;
  readonly answer: Promise<Answer>;
  /** `Memory.changes` when it began. */
  readonly changes: number;
}

export interface ResponseCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly shared: number;
}

export class ResponseCache {
  readonly #running = new Map<string, Running>();
  #hits = 0;
  #misses = 0;
  #shared = 0;
  /** Part of each key, so that what belongs to an earlier configuration is not found any more. */
  #generation = 0;

  constructor(private readonly memory: Memory) {}

  /** Gives nothing again that was answered before now, or is being answered. */
  forgetAll(): void {
    this.#generation += 1;
    this.#running.clear();
  }

  /** The answer of `key`, when all that it rests on still holds. */
  find(key: string): Answer | null {
    const entry = this.memory.get(this.#keyOf(key)) as Entry<Kept> | undefined;
    if (entry === undefined) return null;
    const now = performance.now();
    for (const { freshUntil } of entry.value.foundation) if (freshUntil <= now) return null;
    this.#hits += 1;
    return entry.value.answer;
  }

  /**
   * What `run` answers, or another's `run` of the same key that is under way, unless something has changed since that
   * one began: it may have read the state of before.
   * @param key says all that the answer depends on, the viewer's rights among it, and no token.
   * @param signal aborts when this client has left; `run` is given up when all have.
   */
  async answer(
    key: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<{ readonly answer: Answer; readonly scope: OperationScope }>,
  ): Promise<Answer> {
    let running = this.#running.get(key);
    if (running?.changes !== this.memory.changes) {
      this.#misses += 1;
      const kept = this.#keyOf(key);
      const shared = new SharedSignal();
      const { changes } = this.memory;
      const answer = run(shared.signal).then(({ answer, scope }) => {
        this.#keep(kept, answer, scope);
        return answer;
      });
      running = { shared, answer, changes };
      this.#running.set(key, running);
      const own = running;
      const end = () => {
        if (this.#running.get(key) === own) this.#running.delete(key);
      };
      answer.then(end, end);
    } else {
      this.#shared += 1;
    }
    return running.shared.wait(running.answer, signal);
  }

  stats(): ResponseCacheStats {
    return { hits: this.#hits, misses: this.#misses, shared: this.#shared };
  }

  #keyOf(key: string): string {
    return `response ${this.#generation} ${key}`;
  }

  #keep(key: string, answer: Answer, { foundation }: OperationScope): void {
    if (foundation === null || answer.status !== 200) return;
    const body = alone(answer.body);
    const forms = new AnswerForms(body, answer.compressible, (bytes) => this.#grow(key, value, bytes));
    const value: Kept = { answer: { ...answer, body, forms }, foundation };
    const bytes = body.length + foundation.length * LIFE_BYTES;
    this.memory.set(key, { value, bytes, life: { freshUntil: Infinity }, since: performance.now() });
  }

  /** Counts one more form of an answer; false when the answer is not kept any more, or has no room. */
  #grow(key: string, value: Kept, bytes: number): boolean {
    const entry = this.memory.peek(key);
    if (entry?.value !== value || entry.bytes + bytes > this.memory.maxEntryBytes) return false;
    this.memory.set(key, { ...entry, bytes: entry.bytes + bytes });
    return this.memory.peek(key)?.value === value;
  }
}
